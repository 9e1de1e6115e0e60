#include "engine/crypto/merkle.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/seeds.h"

namespace brushwatch {
namespace {

std::string hex(const Digest& d) { return to_hex(d); }
std::string bytes_of(std::string_view digits) {
  std::string out(digits.size() / 2, '\0');
  EXPECT_TRUE(from_hex(digits, {reinterpret_cast<std::uint8_t*>(out.data()), out.size()}));
  return out;
}

/// The entries that implementations of Certificate Transparency test with, and the roots of their first n.
const std::vector<std::string> kEntries = {"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
const std::vector<std::string> kRoots = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

MerkleTree known() {
  MerkleTree tree;
  for (const std::string& entry : kEntries) tree.append(merkle_leaf(bytes_of(entry)));
  return tree;
}
std::vector<std::string> hexes(const std::vector<Digest>& path) {
  std::vector<std::string> out;
  for (const Digest& d : path) out.push_back(hex(d));
  return out;
}

TEST(Merkle, HasTheRootsOfTheKnownVectors) {
  const MerkleTree tree = known();
  for (std::size_t n = 0; n < kRoots.size(); ++n) EXPECT_EQ(hex(tree.root(n)), kRoots[n]) << n;
}

TEST(Merkle, HasTheInclusionProofsOfTheKnownVectors) {
  const MerkleTree tree = known();
  const std::string a = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7", b = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                    c = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4", d = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                    e = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";
  EXPECT_EQ(hexes(tree.inclusion(0, 8)), (std::vector<std::string>{a, b, c}));
  EXPECT_EQ(hexes(tree.inclusion(5, 8)), (std::vector<std::string>{d, e, kRoots[4]}));
  EXPECT_EQ(hexes(tree.inclusion(2, 3)), (std::vector<std::string>{kRoots[2]}));
  EXPECT_EQ(hexes(tree.inclusion(1, 5)), (std::vector<std::string>{kRoots[1], b, d}));
  EXPECT_TRUE(tree.inclusion(0, 1).empty());
}

TEST(Merkle, HasTheConsistencyProofsOfTheKnownVectors) {
  const MerkleTree tree = known();
  const std::string a = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7", b = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                    c = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";
  EXPECT_EQ(hexes(tree.consistency(1, 8)), (std::vector<std::string>{a, b, c}));
  EXPECT_EQ(hexes(tree.consistency(6, 8)),
            (std::vector<std::string>{"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a", "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0", kRoots[4]}));
  EXPECT_EQ(hexes(tree.consistency(2, 5)), (std::vector<std::string>{b, "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}));
  EXPECT_TRUE(tree.consistency(1, 1).empty());
}

/// The definition, as the standard writes it down: slow and without state.
Digest root_by_definition(const std::vector<Digest>& leaves, std::size_t begin, std::size_t end) {
  if (begin == end) return sha256({});
  if (end - begin == 1) return leaves[begin];
  std::size_t k = 1;
  while (2 * k < end - begin) k *= 2;
  const Digest left = root_by_definition(leaves, begin, begin + k), right = root_by_definition(leaves, begin + k, end);
  return sha256(std::string_view("\x01", 1), {reinterpret_cast<const char*>(left.data()), 32}, {reinterpret_cast<const char*>(right.data()), 32});
}

struct Grown {
  MerkleTree tree;
  std::vector<Digest> leaves;
  explicit Grown(std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      leaves.push_back(merkle_leaf("entry " + std::to_string(i)));
      tree.append(leaves.back());
    }
  }
};

TEST(Merkle, HasTheRootOfTheDefinitionAtEverySize) {
  const Grown grown(130);
  for (std::size_t n = 0; n <= 130; ++n) EXPECT_EQ(grown.tree.root(n), root_by_definition(grown.leaves, 0, n)) << n;
}

TEST(Merkle, ProvesEveryEntryInEveryTreeAndNothingElse) {
  const Grown grown(40);
  for (std::uint64_t size = 1; size <= 40; ++size) {
    const Digest root = grown.tree.root(size);
    for (std::uint64_t i = 0; i < size; ++i) {
      const auto proof = grown.tree.inclusion(i, size);
      EXPECT_TRUE(merkle_includes(grown.leaves[i], i, size, proof, root)) << i << " of " << size;
      for (std::uint64_t j = 0; j < 40; ++j) {
        if (j != i) EXPECT_FALSE(merkle_includes(grown.leaves[j], i, size, proof, root));
        if (j != i) EXPECT_FALSE(merkle_includes(grown.leaves[i], j, size, proof, root)) << i << " as " << j << " of " << size;
      }
    }
  }
}

TEST(Merkle, ProvesEveryTreeTheBeginningOfEveryLaterOneAndNothingElse) {
  const Grown grown(40);
  for (std::uint64_t to = 1; to <= 40; ++to) {
    for (std::uint64_t from = 1; from <= to; ++from) {
      const auto proof = grown.tree.consistency(from, to);
      EXPECT_TRUE(merkle_consistent(from, to, grown.tree.root(from), grown.tree.root(to), proof)) << from << " to " << to;
      for (std::uint64_t other = 1; other <= 40; ++other) {
        if (other != from) EXPECT_FALSE(merkle_consistent(from, to, grown.tree.root(other), grown.tree.root(to), proof));
        if (other != to) EXPECT_FALSE(merkle_consistent(from, to, grown.tree.root(from), grown.tree.root(other), proof));
      }
    }
  }
}

TEST(Merkle, BelievesNoProofWithAChangedMissingOrAddedHash) {
  test::for_each_seed(200, [](std::uint64_t seed) {
    const std::uint64_t size = 2 + mix64(seed) % 200, index = mix64(seed + 1) % size, from = 1 + mix64(seed + 2) % (size - 1);
    const Grown grown(size);
    const Digest root = grown.tree.root(size), old = grown.tree.root(from);
    const auto believed = [&](const std::vector<Digest>& proof, bool inclusion) {
      return inclusion ? merkle_includes(grown.leaves[index], index, size, proof, root) : merkle_consistent(from, size, old, root, proof);
    };
    for (const bool inclusion : {true, false}) {
      const auto proof = inclusion ? grown.tree.inclusion(index, size) : grown.tree.consistency(from, size);
      ASSERT_TRUE(believed(proof, inclusion));
      for (std::size_t at = 0; at < proof.size(); ++at) {
        auto changed = proof;
        changed[at][mix64(seed + at) % 32] ^= static_cast<std::uint8_t>(1U << (seed % 8));
        EXPECT_FALSE(believed(changed, inclusion));
        auto shorter = proof;
        shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(at));
        EXPECT_FALSE(believed(shorter, inclusion));
      }
      for (std::size_t at = 0; at <= proof.size(); ++at) {
        auto longer = proof;
        longer.insert(longer.begin() + static_cast<std::ptrdiff_t>(at), at < proof.size() ? proof[at] : root);
        EXPECT_FALSE(believed(longer, inclusion));
      }
    }
  });
}

TEST(Merkle, TakesNoNodeForAnEntry) {
  // The second-preimage trick that the first byte is there to stop: the two children of the root, offered as one entry.
  const MerkleTree tree = known();
  const auto path = tree.inclusion(0, 8);
  std::string children(reinterpret_cast<const char*>(tree.root(4).data()), 32);
  children.append(reinterpret_cast<const char*>(path.back().data()), 32);
  EXPECT_FALSE(merkle_includes(merkle_leaf(children), 0, 1, {}, tree.root(8)));
}

TEST(Merkle, HasNoProofFromTheEmptyTreeAndNoneOfWhatIsNotThere) {
  const Grown grown(5);
  EXPECT_FALSE(merkle_consistent(0, 5, grown.tree.root(0), grown.tree.root(5), {}));
  EXPECT_FALSE(merkle_consistent(5, 4, grown.tree.root(5), grown.tree.root(4), {}));
  EXPECT_FALSE(merkle_includes(grown.leaves[0], 5, 5, {}, grown.tree.root(5)));
  EXPECT_FALSE(merkle_includes(grown.leaves[0], 0, 0, {}, grown.tree.root(0)));
}

}  // namespace
}  // namespace brushwatch

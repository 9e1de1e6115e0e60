#include "alliance/tree_head.h"

#include <gtest/gtest.h>

#include "engine/base/base64.h"
#include "engine/crypto/public_key.h"

namespace brushwatch {
namespace {

struct TreeHeads : ::testing::Test {
  SigningKey key = *SigningKey::from_seed(std::string(32, 's')), other = *SigningKey::from_seed(std::string(32, 'o'));
  std::vector<std::string> trusted{key.public_key()};
  MerkleTree tree;
  TreeHeads() {
    for (int i = 0; i < 11; ++i) tree.append(merkle_leaf("line " + std::to_string(i)));
  }
  [[nodiscard]] TreeHead head(std::uint64_t size) const { return make_tree_head("list/alliance/3", tree, size, &key); }
};

TEST_F(TreeHeads, AreReadAsTheyAreWritten) {
  const TreeHead signed_head = head(7), bare = make_tree_head("public/alliance/0", tree, 0, nullptr);
  for (const TreeHead& h : {signed_head, bare}) {
    const auto again = parse_tree_head(to_json(h));
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, h);
  }
}

TEST_F(TreeHeads, SignTheTextOfTheFormat) {
  const TreeHead h = head(7);
  const auto public_key = PublicKey::ed25519(key.public_key());
  EXPECT_TRUE(public_key->verifies("brushwatch/v1/tree/list/alliance/3/7/" + to_hex(tree.root(7)), h.signature));
}

TEST_F(TreeHeads, AreBelievedOfTrustedKeysOnlyAndOnlyAsSigned) {
  EXPECT_TRUE(signed_by_any(head(7), trusted));
  EXPECT_FALSE(signed_by_any(head(7), {other.public_key()}));
  EXPECT_FALSE(signed_by_any(head(7), {}));
  EXPECT_FALSE(signed_by_any(make_tree_head("list/alliance/3", tree, 7, nullptr), trusted));
  for (int what = 0; what < 4; ++what) {
    TreeHead h = head(7);
    if (what == 0) h.tree = "list/alliance/2";
    if (what == 1) h.size = 8;
    if (what == 2) h.root[0] ^= 1;
    if (what == 3) h.signature[5] = static_cast<char>(h.signature[5] ^ 1);
    EXPECT_FALSE(signed_by_any(h, trusted)) << what;
  }
}

TEST_F(TreeHeads, CarryProofsThatAreReadAsTheyAreWritten) {
  const auto inclusion = parse_tree_proof(to_json(prove_inclusion(tree, 4, head(9))));
  ASSERT_TRUE(inclusion);
  EXPECT_TRUE(inclusion->holds());
  EXPECT_EQ(inclusion->leaf, merkle_leaf("line 4"));
  EXPECT_TRUE(signed_by_any(inclusion->head, trusted));
  const auto consistency = parse_tree_proof(to_json(prove_consistency(tree, 4, head(9))));
  ASSERT_TRUE(consistency);
  EXPECT_TRUE(consistency->holds());
  EXPECT_EQ(consistency->from_root, tree.root(4));
}

TEST_F(TreeHeads, DoNotHoldForAnotherPlaceOrAnotherTree) {
  TreeProof inclusion = prove_inclusion(tree, 4, head(9));
  inclusion.index = 5;
  EXPECT_FALSE(inclusion.holds());
  inclusion = prove_inclusion(tree, 4, head(9));
  inclusion.head.root = tree.root(10);
  EXPECT_FALSE(inclusion.holds());
  TreeProof consistency = prove_consistency(tree, 4, head(9));
  consistency.from_root = tree.root(5);
  EXPECT_FALSE(consistency.holds());
}

TEST_F(TreeHeads, RefuseWhatIsSpelledOtherwise) {
  const std::string good = to_json(head(7));
  const auto with = [&](const std::string& what, const std::string& by) {
    std::string text = good;
    const auto at = text.find(what);
    EXPECT_NE(at, std::string::npos);
    return text.replace(at, what.size(), by);
  };
  for (const std::string& text : {std::string("[]"), std::string("{"), with("\"size\":7", "\"size\":-7"), with("list/alliance/3", "list/alliance"), with("list/alliance/3", "list/alliance/3/7"),
                                  with("list/alliance/3", "List/alliance/3"), with("\"root\":\"", "\"root\":\"0"), with("\"key\"", "\"kee\""), with("\"signature\":\"", "\"signature\":\"AAAA")}) {
    EXPECT_FALSE(parse_tree_head(text)) << text;
  }
  EXPECT_FALSE(parse_tree_proof(good));
  EXPECT_FALSE(parse_tree_proof(R"({"proof":"inclusion","index":0,"leaf":"00","path":[],"head":)" + good + "}"));
  const std::string leaf(64, '0');
  std::string longest = "\"" + leaf + "\"";
  for (int i = 0; i < 64; ++i) longest += ",\"" + leaf + "\"";
  EXPECT_FALSE(parse_tree_proof(R"({"proof":"inclusion","index":0,"leaf":")" + leaf + R"(","path":[)" + longest + R"(],"head":)" + good + "}"));
}

}  // namespace
}  // namespace brushwatch

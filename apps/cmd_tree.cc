// `heads`, `proof`, `verify --proof`: Merkle tree heads over output files, and proofs against them.

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>

#include "alliance/chain.h"
#include "alliance/tree_head.h"
#include "apps/commands.h"
#include "apps/exit_codes.h"
#include "apps/key_file.h"
#include "apps/terminal.h"

namespace brushwatch::app {
namespace {

Result<std::string> read_whole(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  if (!in) return tl::unexpected<Error>(Error(ErrorCode::kNotFound, "cannot read the file").in(path));
  return text.str();
}

/// Every line's tree and index. Errors: kNotFound; kLogCorrupt for a line that is none, or a chain that does not begin at its
/// beginning or is not dense: of such a file no tree can be made (`verify` says more).
Result<void> each_entry(const std::string& path, const std::function<Result<void>(const std::string& tree, const ParsedLine&, std::string_view line)>& visit) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return tl::unexpected<Error>(Error(ErrorCode::kNotFound, "there is no such file").in(path));
  struct Chain { std::string tree; std::uint64_t next = 0; Digest head{}; };
  std::map<std::pair<Stage, std::uint32_t>, Chain> chains;
  for (std::string line; std::getline(in, line);) {
    if (in.eof()) break;  // torn: its writer died, or still writes
    BW_ASSIGN(const ParsedLine parsed, parse_line(line));
    Chain& chain = chains[{parsed.stage, parsed.partition}];
    for (std::size_t o = 0; chain.next == 0 && o < kOutputs; ++o) {
      const auto output = static_cast<Output>(o);
      if (parsed.prev != chain_genesis(output, parsed.stage, parsed.partition)) continue;
      chain = {tree_name(output_name(output), parsed.stage, parsed.partition), 0, parsed.prev};
    }
    if (chain.tree.empty() || parsed.seq != chain.next || parsed.prev != chain.head || parsed.computed_hash() != parsed.hash)
      return tl::unexpected<Error>(Error(ErrorCode::kLogCorrupt, "a line was changed, lost or moved", static_cast<std::int64_t>(parsed.seq)).in(path));
    chain.next = parsed.seq + 1;
    chain.head = parsed.hash;
    BW_TRY(visit(chain.tree, parsed, line));
  }
  return {};
}

Result<std::shared_ptr<const SigningKey>> signer(const TreeCommand& options) {
  if (options.sign.empty()) return std::shared_ptr<const SigningKey>();
  return read_signing_key(options.sign);
}

Result<int> print_heads(const TreeCommand& options) {
  BW_ASSIGN(const auto key, signer(options));
  std::map<std::string, MerkleTree> trees;
  const auto print = [&](const std::string& name, const MerkleTree& tree) { std::printf("%s\n", to_json(make_tree_head(name, tree, tree.size(), key.get())).c_str()); };
  BW_TRY(each_entry(options.file, [&](const std::string& name, const ParsedLine&, std::string_view line) -> Result<void> {
    MerkleTree& tree = trees[name];
    tree.append(merkle_leaf(line));
    if (options.every != 0 && tree.size() % options.every == 0) print(name, tree);
    return {};
  }));
  for (const auto& [name, tree] : trees) {
    if (options.every == 0 || tree.size() % options.every != 0) print(name, tree);
  }
  return kExitOk;
}

Result<int> print_proof(const TreeCommand& options) {
  BW_ASSIGN(const auto key, signer(options));
  MerkleTree tree;
  std::string name;
  BW_TRY(each_entry(options.file, [&](const std::string& of, const ParsedLine& line, std::string_view text) -> Result<void> {
    if (fmt::format("{}/{}", stage_name(line.stage), line.partition) != options.task) return {};
    name = of;
    tree.append(merkle_leaf(text));
    return {};
  }));
  const std::uint64_t size = options.size == 0 ? tree.size() : options.size;
  if (size == 0 || size > tree.size()) return tl::unexpected<Error>(Error(ErrorCode::kNotFound, "the chain has fewer lines", static_cast<std::int64_t>(tree.size())).in(options.task));
  if (options.from == 0 && options.seq >= size) return tl::unexpected<Error>(Error(ErrorCode::kNotFound, "the tree has no such line", static_cast<std::int64_t>(options.seq)).in(options.task));
  if (options.from > size) return fail(ErrorCode::kUsage, "--from is the size of an older tree");
  TreeHead head = make_tree_head(name, tree, size, key.get());
  std::printf("%s\n", to_json(options.from == 0 ? prove_inclusion(tree, options.seq, std::move(head)) : prove_consistency(tree, options.from, std::move(head))).c_str());
  return kExitOk;
}

/// Empty when the proof holds in every respect that was asked for; else why not.
Result<std::string> fault_of(const TreeProof& proof, const ReadOptions& options) {
  if (!proof.holds()) return std::string("the path does not lead to the root of the head");
  if (!options.key.empty()) {
    BW_ASSIGN(const auto keys, read_public_keys(options.key));
    if (!signed_by_any(proof.head, keys)) return std::string("the head is not signed by a key that is trusted");
  }
  if (!options.head.empty()) {
    BW_ASSIGN(const std::string text, read_whole(options.head));
    BW_ASSIGN(const TreeHead known, parse_tree_head(text));
    const bool same_tree = known.tree == proof.head.tree;
    if (proof.from_size && !(same_tree && known.size == *proof.from_size && known.root == proof.from_root)) return std::string("the proof does not begin with the given head");
    if (!proof.from_size && !(same_tree && known.size == proof.head.size && known.root == proof.head.root)) return std::string("the proof does not end with the given head");
  }
  if (proof.from_size) return std::string();
  if (!options.entry.empty()) {
    BW_ASSIGN(std::string entry, read_whole(options.entry));
    if (entry.ends_with('\n')) entry.pop_back();
    if (merkle_leaf(entry) != proof.leaf) return std::string("another entry stands at this place");
  }
  if (!options.file.empty()) {
    bool met = false, same = false;
    BW_TRY(each_entry(options.file, [&](const std::string& tree, const ParsedLine& line, std::string_view text) -> Result<void> {
      if (tree != proof.head.tree || line.seq != proof.index) return {};
      met = true;
      same = merkle_leaf(text) == proof.leaf;
      return {};
    }));
    if (!met) return std::string("the file does not have this line");
    if (!same) return std::string("the file has another line at this place");
  }
  return std::string();
}

Result<int> check(const ReadOptions& options) {
  BW_ASSIGN(const std::string text, read_whole(options.proof));
  BW_ASSIGN(const TreeProof proof, parse_tree_proof(text));
  BW_ASSIGN(const std::string fault, fault_of(proof, options));
  const std::string what = proof.from_size ? fmt::format("tree {} of {} entries begins with its {} entries of then", proof.head.tree, proof.head.size, *proof.from_size)
                                           : fmt::format("entry {} is among the {} of {}", proof.index, proof.head.size, proof.head.tree);
  const std::string by = options.key.empty() ? std::string(proof.head.signature.empty() ? "nobody signed the head" : "signature not checked (--key)") : "signed by " + proof.head.key_id;
  if (options.json) {
    std::printf("%s\n", fmt::format(R"({{"proof":"{}","holds":{},"tree":"{}","size":{},"fault":"{}"}})", proof.from_size ? "consistency" : "inclusion", fault.empty(), proof.head.tree, proof.head.size, fault).c_str());
  } else if (fault.empty()) {
    std::printf("%s  %s; %s\n", paint("proven", "32", colour_on(STDOUT_FILENO)).c_str(), what.c_str(), by.c_str());
  } else {
    std::printf("%s  %s\n  next: ask for the proof again, and compare the head with what others have\n", paint("NOT PROVEN", "1;31", colour_on(STDOUT_FILENO)).c_str(), fault.c_str());
  }
  return fault.empty() ? kExitOk : kExitFindings;
}

int said(const Result<int>& done) { return done ? *done : report(done.error()); }

}  // namespace

int heads(const TreeCommand& options) { return said(print_heads(options)); }
int proof(const TreeCommand& options) { return said(print_proof(options)); }
int verify_proof(const ReadOptions& options) { return said(check(options)); }

}  // namespace brushwatch::app

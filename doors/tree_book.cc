#include "doors/tree_book.h"

#include <algorithm>
#include <filesystem>
#include <mutex>

#include "connectors/file/line_sink.h"

namespace brushwatch::doors {

namespace fs = std::filesystem;

struct TreeBook::Tree {
  MerkleTree entries;
  std::unique_ptr<LineSink> leaves;
  std::uint64_t last_head = 0;  // size of the last head that was written
  bool broken = false;
};
struct TreeBook::Files {
  std::unique_ptr<LineSink> heads;
};

TreeBook::TreeBook(TreeBookOptions options) : options_(std::move(options)), files_(std::make_unique<Files>()) {}
TreeBook::~TreeBook() = default;

Result<std::unique_ptr<TreeBook>> TreeBook::open(TreeBookOptions options) {
  std::unique_ptr<TreeBook> book(new TreeBook(std::move(options)));
  if (!book->options_.directory.empty()) BW_TRY(book->load());
  return book;
}

Result<void> TreeBook::load() {
  std::error_code code;
  fs::create_directories(options_.directory, code);
  if (code) return tl::unexpected<Error>(Error(ErrorCode::kIo, "cannot make the directory of trees", code.value()).in(options_.directory));
  for (const auto& entry : fs::directory_iterator(options_.directory, code)) {
    if (entry.path().extension() != ".leaves") continue;
    std::string name = entry.path().stem().string();
    std::replace(name.begin(), name.end(), '-', '/');
    BW_TRY(tree(name));
  }
  const std::string heads = options_.directory + "/heads.ndjson";
  BW_ASSIGN(files_->heads, open_line_sink(heads));
  return for_each_line(heads, [&](std::string_view line) -> Result<void> {
    BW_ASSIGN(const TreeHead head, parse_tree_head(line));
    if (const auto it = trees_.find(head.tree); it != trees_.end()) it->second->last_head = std::max(it->second->last_head, head.size);
    return {};
  });
}

Result<TreeBook::Tree*> TreeBook::tree(const std::string& name) {
  if (const auto it = trees_.find(name); it != trees_.end()) return it->second.get();
  auto made = std::make_unique<Tree>();
  if (!options_.directory.empty()) {
    std::string file = name;
    std::replace(file.begin(), file.end(), '/', '-');
    file = options_.directory + "/" + file + ".leaves";
    BW_ASSIGN(made->leaves, open_line_sink(file));
    BW_TRY(for_each_line(file, [&](std::string_view line) -> Result<void> {
      Digest leaf{};
      if (!from_hex(line, leaf)) return tl::unexpected<Error>(Error(ErrorCode::kLogCorrupt, "a leaf is 64 hex digits; remove the file, it is made again from the output").in(file));
      made->entries.append(leaf);
      return {};
    }));
  }
  const std::unique_lock lock(mutex_);
  return trees_.emplace(name, std::move(made)).first->second.get();
}

Result<void> TreeBook::add(Output output, std::string_view line) {
  BW_ASSIGN(const ParsedLine parsed, parse_line(line));
  return append(tree_name(output_name(output), parsed.stage, parsed.partition), parsed.seq, line);
}

Result<void> TreeBook::append(const std::string& name, std::uint64_t index, std::string_view entry) {
  BW_ASSIGN(Tree* const to, tree(name));
  if (to->broken) return {};
  const Digest leaf = merkle_leaf(entry);
  const std::unique_lock lock(mutex_);
  if (index != to->entries.size()) {
    // Behind the end: a line again, which must be the same. Beyond it: lines are gone that this book never had.
    to->broken = index > to->entries.size() || to->entries.leaf(index) != leaf;
    return {};
  }
  to->entries.append(leaf);
  if (to->leaves) BW_TRY(to->leaves->append(to_hex(leaf)));
  return {};
}

Result<void> TreeBook::flush(bool final) {
  if (options_.directory.empty()) return {};
  for (const auto& [name, tree] : trees_) {
    if (tree->broken) continue;
    BW_TRY(tree->leaves->flush());
    const auto write = [&](std::uint64_t size) -> Result<void> {
      BW_TRY(files_->heads->append(to_json(make_tree_head(name, tree->entries, size, options_.key.get()))));
      tree->last_head = size;
      return {};
    };
    const std::uint64_t size = tree->entries.size(), every = options_.head_every;
    while (size / every > tree->last_head / every) BW_TRY(write((tree->last_head / every + 1) * every));
    if (final && size > tree->last_head) BW_TRY(write(size));
  }
  return files_->heads->flush();
}

const TreeBook::Tree* TreeBook::whole(std::string_view name, std::uint64_t& size) const {
  const auto it = trees_.find(name);
  if (it == trees_.end() || it->second->broken) return nullptr;
  if (size == 0) size = it->second->entries.size();
  return size <= it->second->entries.size() ? it->second.get() : nullptr;
}

std::vector<TreeHead> TreeBook::heads(std::string_view beginning) const {
  const std::shared_lock lock(mutex_);
  std::vector<TreeHead> out;
  for (auto it = trees_.lower_bound(beginning); it != trees_.end() && it->first.starts_with(beginning); ++it) {
    if (!it->second->broken) out.push_back(make_tree_head(it->first, it->second->entries, it->second->entries.size(), options_.key.get()));
  }
  return out;
}

std::optional<TreeHead> TreeBook::head(std::string_view name, std::uint64_t size) const {
  const std::shared_lock lock(mutex_);
  const Tree* const of = whole(name, size);
  if (of == nullptr) return std::nullopt;
  return make_tree_head(std::string(name), of->entries, size, options_.key.get());
}

std::optional<TreeProof> TreeBook::inclusion(std::string_view name, std::uint64_t index, std::uint64_t size) const {
  const std::shared_lock lock(mutex_);
  const Tree* const of = whole(name, size);
  if (of == nullptr || index >= size) return std::nullopt;
  return prove_inclusion(of->entries, index, make_tree_head(std::string(name), of->entries, size, options_.key.get()));
}

std::optional<TreeProof> TreeBook::consistency(std::string_view name, std::uint64_t from, std::uint64_t size) const {
  const std::shared_lock lock(mutex_);
  const Tree* const of = whole(name, size);
  if (of == nullptr || from == 0 || from > size) return std::nullopt;
  return prove_consistency(of->entries, from, make_tree_head(std::string(name), of->entries, size, options_.key.get()));
}

std::size_t TreeBook::broken() const {
  const std::shared_lock lock(mutex_);
  return static_cast<std::size_t>(std::count_if(trees_.begin(), trees_.end(), [](const auto& t) { return t.second->broken; }));
}

}  // namespace brushwatch::doors

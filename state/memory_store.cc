#include "state/memory_store.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <utility>

#include "engine/base/hash.h"

namespace brushwatch {
namespace {

// The snapshot file (docs/formats/state.md): magic (8, the last byte is the version) | count (8)
// | { key bytes (4) | value bytes (4) | key | value } … | crc32c of all before (4). Little-endian.
constexpr std::string_view kMagic("BWMEM\0\0\1", 8);
constexpr const char* kFileName = "/memory.store";

using Entries = std::map<std::string, std::string, std::less<>>;

template <class T>
void put_int(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}
template <class T>
bool take_int(std::string_view& in, T& value) {
  if (in.size() < sizeof(T)) return false;
  value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) value |= static_cast<T>(static_cast<unsigned char>(in[i])) << (8 * i);
  in.remove_prefix(sizeof(T));
  return true;
}

class MemoryStore final : public StateStore {
 public:
  MemoryStore() = default;
  explicit MemoryStore(Entries entries) : entries_(std::move(entries)) {}

  Result<std::optional<std::string>> get(std::string_view key) override {
    const std::lock_guard lock(mutex_);
    return lookup(key);
  }

  Result<void> multi_get(std::span<const std::string> keys, std::vector<std::optional<std::string>>& values) override {
    const std::lock_guard lock(mutex_);
    values.clear();
    for (const std::string& key : keys) values.push_back(lookup(key));
    return {};
  }

  Result<void> write(const StoreBatch& batch) override {
    const std::lock_guard lock(mutex_);
    batch.for_each([this](bool is_put, std::string_view key, std::string_view value) {
      if (is_put) {
        entries_.insert_or_assign(std::string(key), std::string(value));
      } else if (const auto found = entries_.find(key); found != entries_.end()) {
        entries_.erase(found);
      }
    });
    return {};
  }

  Result<void> scan_from(std::string_view from, std::string_view prefix, const Visit& visit) override {
    // A copy, so that the visitor may write to the store, as it may with RocksDB's iterator snapshot.
    std::vector<std::pair<std::string, std::string>> found;
    {
      const std::lock_guard lock(mutex_);
      for (auto it = entries_.lower_bound(from); it != entries_.end() && it->first.starts_with(prefix); ++it) {
        found.emplace_back(*it);
      }
    }
    for (const auto& [key, value] : found) {
      if (!visit(key, value)) break;
    }
    return {};
  }

  Result<void> snapshot(const std::string& directory) override {
    std::string bytes(kMagic);
    {
      const std::lock_guard lock(mutex_);
      put_int<std::uint64_t>(bytes, entries_.size());
      for (const auto& [key, value] : entries_) {
        put_int(bytes, static_cast<std::uint32_t>(key.size()));
        put_int(bytes, static_cast<std::uint32_t>(value.size()));
        bytes.append(key).append(value);
      }
    }
    put_int(bytes, crc32c(bytes));
    std::error_code error;
    if (std::filesystem::exists(directory, error)) return fail(ErrorCode::kStateIo, "the snapshot directory exists already");
    // Written aside and renamed: a directory of that name is always a whole snapshot.
    const std::string aside = directory + ".part";
    std::filesystem::remove_all(aside, error);
    if (!std::filesystem::create_directories(aside, error)) return io_error(error);
    std::ofstream file(aside + kFileName, std::ios::binary);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    file.close();
    if (!file) return fail(ErrorCode::kStateIo, "cannot write the snapshot file");
    std::filesystem::rename(aside, directory, error);
    if (error) return io_error(error);
    return {};
  }

 private:
  static tl::unexpected<Error> io_error(const std::error_code& error) {
    return fail(ErrorCode::kStateIo, "cannot make the snapshot directory (errno)", error.value());
  }
  std::optional<std::string> lookup(std::string_view key) const {
    const auto found = entries_.find(key);
    return found == entries_.end() ? std::nullopt : std::optional<std::string>(found->second);
  }

  std::mutex mutex_;
  Entries entries_;
};

}  // namespace

std::unique_ptr<StateStore> make_memory_store() { return std::make_unique<MemoryStore>(); }

Result<std::unique_ptr<StateStore>> open_memory_store(const std::string& directory) {
  std::ifstream file(directory + kFileName, std::ios::binary);
  if (!file) return fail(ErrorCode::kStateIo, "no snapshot of a memory store here");
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto corrupt = [] { return fail(ErrorCode::kStateCorrupt, "the snapshot of a memory store is damaged"); };
  if (bytes.size() < kMagic.size() + 4 || !bytes.starts_with(kMagic.substr(0, 7))) return corrupt();
  if (bytes[7] > kMagic[7]) return fail(ErrorCode::kStateVersion, "the snapshot was written by a newer build", bytes[7]);
  std::string_view body(bytes.data(), bytes.size() - 4), tail = std::string_view(bytes).substr(body.size());
  std::uint32_t crc = 0;
  take_int(tail, crc);
  if (crc != crc32c(body)) return corrupt();
  body.remove_prefix(kMagic.size());
  std::uint64_t count = 0;
  if (!take_int(body, count)) return corrupt();
  Entries entries;
  for (std::uint64_t i = 0; i < count; ++i) {
    std::uint32_t key_bytes = 0, value_bytes = 0;
    if (!take_int(body, key_bytes) || !take_int(body, value_bytes)) return corrupt();
    if (body.size() < std::size_t{key_bytes} + value_bytes) return corrupt();
    entries.emplace_hint(entries.end(), body.substr(0, key_bytes), body.substr(key_bytes, value_bytes));
    body.remove_prefix(std::size_t{key_bytes} + value_bytes);
  }
  if (!body.empty()) return corrupt();
  return std::make_unique<MemoryStore>(std::move(entries));
}

}  // namespace brushwatch

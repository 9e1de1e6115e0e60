#include "state/snapshot.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/temp_dir.h"

namespace brushwatch {
namespace {

namespace fs = std::filesystem;

std::string read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}
void write(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

SnapshotManifest about() {
  SnapshotManifest m;
  m.created = {1'762'000'000'123};
  m.identity = 0xFEDC'BA98'7654'3210;
  m.writer_epoch = 3;
  m.epoch = 12;
  m.next_round = 345;
  m.offsets = {7, 0, 1ULL << 40};
  return m;
}

/// A snapshot of two small files.
struct Made {
  test::TempDir dir;
  std::string folder = dir.path("epoch-12");
  Made() {
    const auto made = create_snapshot(folder, about(), [](const std::string& to) -> Result<void> {
      fs::create_directories(to);
      write(to + "/CURRENT", "MANIFEST-1\n");
      write(to + "/000001.sst", std::string(3'000'000, 'x'));
      write(to + "/LOCK", "");
      return {};
    });
    EXPECT_TRUE(made) << made.error().message();
  }
  std::string file(const std::string& name) const { return folder + "/state/" + name; }
};

TEST(SnapshotManifest, ReadsWhatItWrote) {
  SnapshotManifest m = about();
  m.files = {{"000001.sst", 5, std::string(64, 'a')}, {"CURRENT", 0, std::string(64, 'b')}};
  const auto read = SnapshotManifest::parse(m.text());
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->text(), m.text());
  EXPECT_EQ(read->created, m.created);
  EXPECT_EQ(read->identity, m.identity);
  EXPECT_EQ(read->offsets, m.offsets);
  EXPECT_EQ(read->bytes(), 5U);
}

TEST(SnapshotManifest, RefusesEveryChangedByteAndEveryCut) {
  SnapshotManifest m = about();
  m.files = {{"000001.sst", 5, std::string(64, 'a')}};
  const std::string text = m.text();
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(SnapshotManifest::parse(changed)) << "byte " << i;
    EXPECT_FALSE(SnapshotManifest::parse(text.substr(0, i))) << "cut at " << i;
  }
}

TEST(SnapshotManifest, RefusesANewerVersionByItsNumber) {
  std::string text = about().text();
  text.replace(text.find(" 1\n"), 3, " 2\n");
  const auto read = SnapshotManifest::parse(text);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kStateVersion);
}

TEST(Snapshot, IsVerifiedAndRestoredElsewhere) {
  const Made made;
  const auto verified = verify_snapshot(made.folder);
  ASSERT_TRUE(verified) << verified.error().message();
  EXPECT_EQ(verified->files.size(), 2U) << "a lock belongs to a process";
  const std::string state = made.dir.path("elsewhere/state");
  const auto restored = restore_snapshot(made.folder, state);
  ASSERT_TRUE(restored) << restored.error().message();
  EXPECT_EQ(restored->next_round, 345U);
  EXPECT_EQ(read(state + "/CURRENT"), "MANIFEST-1\n");
  EXPECT_EQ(fs::file_size(state + "/000001.sst"), 3'000'000U);
  EXPECT_EQ(list_snapshots(made.dir.path("")), std::vector<std::string>{"epoch-12"});
}

TEST(Snapshot, NamesTheFileThatWasChangedLostOrAdded) {
  const auto fault = [](const Made& made) {
    const auto verified = verify_snapshot(made.folder);
    EXPECT_FALSE(verified);
    if (verified) return std::string();
    EXPECT_EQ(verified.error().code, ErrorCode::kStateCorrupt);
    const auto restored = restore_snapshot(made.folder, made.dir.path("state"));
    EXPECT_FALSE(restored);
    EXPECT_FALSE(fs::exists(made.dir.path("state"))) << "half of a state is none";
    return verified.error().context;
  };
  const Made changed;
  std::fstream(changed.file("000001.sst"), std::ios::in | std::ios::out | std::ios::binary).seekp(2'999'999) << 'y';
  EXPECT_EQ(fault(changed), "000001.sst");
  const Made lost;
  fs::remove(lost.file("CURRENT"));
  EXPECT_EQ(fault(lost), "CURRENT");
  const Made added;
  write(added.file("000002.sst"), "?");
  EXPECT_EQ(fault(added), "000002.sst");
}

TEST(Snapshot, IsNotRestoredOverAState) {
  const Made made;
  fs::create_directories(made.dir.path("state"));
  write(made.dir.path("state/CURRENT"), "mine");
  const auto restored = restore_snapshot(made.folder, made.dir.path("state"));
  ASSERT_FALSE(restored);
  EXPECT_EQ(restored.error().code, ErrorCode::kStateForeign);
  EXPECT_EQ(read(made.dir.path("state/CURRENT")), "mine");
}

TEST(Snapshot, ThatWasNotFinishedIsNone) {
  test::TempDir dir;
  const auto made = create_snapshot(dir.path("epoch-1"), about(), [](const std::string& to) -> Result<void> {
    fs::create_directories(to);
    return fail(ErrorCode::kStateIo, "no space");
  });
  EXPECT_FALSE(made);
  EXPECT_TRUE(list_snapshots(dir.path("")).empty());
  EXPECT_EQ(verify_snapshot(dir.path("epoch-1")).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace brushwatch

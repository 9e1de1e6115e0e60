#pragma once
/// Records of a platform or carrier that could not be decoded, as that party is told of them.
///
/// A letter says which record (source, offset, length), what was wrong with it (error, field) and the hash of its line in the
/// chain of dead letters. It does not repeat the record: who sent it has it, and what was refused may hold what must not stand in a topic.
///
/// Audience the party alone: amber_strict, to platforms and carriers, owned by it. A record that came without a party is nobody's here.
/// Memory   the newest `each` letters of each party, some 600 B one. Who is further behind misses what is older, and is told so.
/// Order    of the chain of dead letters, as StreamKey has it. A line that came before is dropped.
/// Threads  add() and publish() from one thread at a time; follow() from any.

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "doors/access.h"
#include "doors/stream_key.h"

namespace brushwatch::doors {

Marking dead_letter_marking(std::string_view party);

class DeadLetters {
 public:
  /// A bad change of a sender's format is thousands of letters before somebody looks; 6 MB a party.
  static constexpr std::size_t kEach = 10'000;
  explicit DeadLetters(const std::set<std::string>& parties, std::size_t each = kEach);

  /// Stages a line of the dead letters. Cost: a few µs for a line of one of the parties, else a search of its first bytes.
  /// Errors: kLogCorrupt for a line of a party that is none.
  Result<void> add(std::string_view line);
  /// What was staged is visible now; whether there was anything.
  bool publish();

  struct Letter {
    StreamKey key;
    std::shared_ptr<const std::string> json;
  };
  struct Piece {
    std::vector<Letter> letters;
    StreamKey reached;    ///< go on after this one
    bool missed = false;  ///< letters behind `after` are not held any more
  };
  /// What `who` may see beyond `after`, at most `most` letters, in order.
  [[nodiscard]] Piece follow(const StreamKey& after, const Principal& who, std::size_t most) const;

 private:
  struct Shelf {
    Marking marking;
    std::deque<Letter> letters;
    StreamKey dropped{};  // everything up to here is gone
    bool dropped_any = false;
  };
  const std::size_t each_;
  std::vector<std::pair<std::string, Letter>> staged_;
  mutable std::mutex mutex_;
  std::map<std::string, Shelf, std::less<>> shelves_;
};

}  // namespace brushwatch::doors

#include "doors/event_stream.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

namespace brushwatch::doors {
namespace {

/// How long a client waits before it reconnects: long enough that 500 of them do not hammer a restarting server.
constexpr int kRetryMs = 2'000;

/// What the next piece depends on: where the client stands, and all that may_see() and the choice of topics ask.
std::string name_of(const EventStreamOptions& options, std::size_t most) {
  std::string out = to_bytes(options.after);
  std::uint32_t topics = 0;
  for (const Topic topic : options.topics) topics |= 1U << static_cast<unsigned>(topic);
  fmt::format_to(std::back_inserter(out), " {} {} {} {}", static_cast<unsigned>(options.who.role), topics, most, options.who.party);
  return out;
}

class EventStream final : public HttpStream {
 public:
  EventStream(std::shared_ptr<StreamFan> fan, EventStreamOptions options, std::shared_ptr<std::atomic<int>> clients, std::shared_ptr<const StreamLag> lag)
      : fan_(std::move(fan)), options_(std::move(options)), clients_(std::move(clients)), lag_(std::move(lag)) {
    ++*clients_;
  }
  ~EventStream() override { --*clients_; }
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;

  std::optional<HttpPiece> next(std::size_t most) override {
    // The connection asks again when the piece before is written.
    if (writing_) lag_->written(*std::exchange(writing_, std::nullopt));
    if (!greeted_) {
      greeted_ = true;
      return piece(fmt::format("retry: {}\n", kRetryMs) + (options_.resync ? resync() : place()));
    }
    // Whatever the client may not see is passed over here; a bound keeps one call short even when that is nearly everything.
    for (int turn = 0; turn < 4; ++turn) {
      const auto found = fan_->next(options_, most);
      // A store that cannot be read now can perhaps be read at the next connection, which goes on at the same place.
      if (!found) return std::nullopt;
      const bool moved = options_.after < found->reached;
      options_.after = found->reached;
      if (found->resync) return piece(resync());
      if (found->told) told_ = *found->told;
      if (found->text) {
        if (lag_ && caught_up_) writing_ = found->first;
        return found->text;
      }
      if (!moved) {
        caught_up_ = true;
        return nullptr;
      }
    }
    return piece(place());
  }

  /// A comment; and the id alone, which moves the client's Last-Event-ID over what it may not see (HTML §9.2.6: no data, no message).
  HttpPiece heartbeat() override { return piece(told_ != options_.after ? ":\n" + place() : ":\n\n"); }

 private:
  static HttpPiece piece(std::string text) { return std::make_shared<const std::string>(std::move(text)); }
  std::string place() {
    told_ = options_.after;
    return fmt::format("id: {}\n\n", to_text(options_.after));
  }
  std::string resync() {
    told_ = options_.after;
    return fmt::format("id: {0}\nevent: resync\ndata: {{\"oldest\":\"{0}\"}}\n\n", to_text(options_.after));
  }

  std::shared_ptr<StreamFan> fan_;
  EventStreamOptions options_;
  std::shared_ptr<std::atomic<int>> clients_;
  std::shared_ptr<const StreamLag> lag_;
  StreamKey told_{};
  std::optional<StreamKey> writing_;  // the oldest message of the piece that is on its way
  bool greeted_ = false, caught_up_ = false;
};

}  // namespace

Result<StreamFan::Piece> StreamFan::next(const EventStreamOptions& options, std::size_t most) {
  std::string name = name_of(options, most);
  if (const auto known = pieces_.find(name); known != pieces_.end()) return known->second;
  BW_ASSIGN(const auto found, model_.follow(options.after, options.topics, options.who, most));
  ++made_;
  Piece out{nullptr, found.reached, std::nullopt, std::nullopt, found.resync};
  if (!found.items.empty()) {
    std::string text;
    for (const auto& item : found.items) {
      fmt::format_to(std::back_inserter(text), "id: {}\nevent: {}\ndata: ", to_text(item.key), topic_name(item.topic));
      text += *item.json;
      text += "\n\n";
    }
    out.first = found.items.front().key;
    out.told = found.items.back().key;
    out.text = std::make_shared<const std::string>(std::move(text));
  }
  // What lies between two places never changes: a line, once visible, stays as it is. "Nothing yet" and "begin anew" do.
  if (!out.resync && options.after < out.reached) {
    if (order_.size() >= kPiecesMost) {
      pieces_.erase(order_.front());
      order_.pop_front();
    }
    pieces_.emplace(name, out);
    order_.push_back(std::move(name));
  }
  return out;
}

std::shared_ptr<HttpStream> make_event_stream(std::shared_ptr<StreamFan> fan, EventStreamOptions options, std::shared_ptr<std::atomic<int>> clients,
                                              std::shared_ptr<const StreamLag> lag) {
  return std::make_shared<EventStream>(std::move(fan), std::move(options), std::move(clients), std::move(lag));
}

}  // namespace brushwatch::doors

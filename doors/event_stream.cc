#include "doors/event_stream.h"

#include <fmt/format.h>

#include <iterator>

namespace brushwatch::doors {
namespace {

/// How long a client waits before it reconnects: long enough that 500 of them do not hammer a restarting server.
constexpr int kRetryMs = 2'000;

class EventStream final : public HttpStream {
 public:
  EventStream(const ReadModel& model, EventStreamOptions options, std::shared_ptr<std::atomic<int>> clients)
      : model_(model), options_(std::move(options)), clients_(std::move(clients)) {
    ++*clients_;
  }
  ~EventStream() override { --*clients_; }
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;

  std::optional<std::string> next(std::size_t most) override {
    std::string out;
    if (!greeted_) {
      greeted_ = true;
      out = fmt::format("retry: {}\n", kRetryMs);
      if (options_.resync) resync(out);
      else tell_place(out);
    }
    // Whatever the client may not see is passed over here; a bound keeps one call short even when that is nearly everything.
    for (int turn = 0; turn < 4; ++turn) {
      auto piece = model_.follow(options_.after, options_.topics, options_.who, most);
      // A store that cannot be read now can perhaps be read at the next connection, which goes on at the same place.
      if (!piece) return std::nullopt;
      const bool moved = piece->resync || options_.after < piece->reached;
      options_.after = piece->reached;
      if (piece->resync) resync(out);
      for (const auto& item : piece->items) {
        fmt::format_to(std::back_inserter(out), "id: {}\nevent: {}\ndata: ", to_text(item.key), topic_name(item.topic));
        out += *item.json;
        out += "\n\n";
      }
      if (!piece->items.empty()) told_ = piece->items.back().key;
      if (!moved || !out.empty()) return out;
    }
    tell_place(out);
    return out;
  }

  /// A comment; and the id alone, which moves the client's Last-Event-ID over what it may not see (HTML §9.2.6: no data, no message).
  std::string heartbeat() override {
    std::string out = ":\n";
    if (told_ != options_.after) tell_place(out);
    else out += '\n';
    return out;
  }

 private:
  void tell_place(std::string& out) {
    fmt::format_to(std::back_inserter(out), "id: {}\n\n", to_text(options_.after));
    told_ = options_.after;
  }
  void resync(std::string& out) {
    fmt::format_to(std::back_inserter(out), "id: {0}\nevent: resync\ndata: {{\"oldest\":\"{0}\"}}\n\n", to_text(options_.after));
    told_ = options_.after;
  }

  const ReadModel& model_;
  EventStreamOptions options_;
  std::shared_ptr<std::atomic<int>> clients_;
  StreamKey told_{};
  bool greeted_ = false;
};

}  // namespace

std::shared_ptr<HttpStream> make_event_stream(const ReadModel& model, EventStreamOptions options, std::shared_ptr<std::atomic<int>> clients) {
  return std::make_shared<EventStream>(model, std::move(options), std::move(clients));
}

}  // namespace brushwatch::doors

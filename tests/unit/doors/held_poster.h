#pragma once
/// The two ends of webhooks that a test holds in its hands: who posts, and what time it is.

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>

#include "connectors/webhook/webhook_poster.h"

namespace brushwatch::test {

/// Keeps the posts until the test answers them; answers come from a thread that is not the caller's, as with a real poster.
class HeldPoster final : public WebhookPoster {
 public:
  struct Held {
    WebhookPost post;
    WebhookDone done;
    [[nodiscard]] std::string header(std::string_view name) const {
      for (const auto& [key, value] : post.headers) if (key == name) return value;
      return {};
    }
  };
  void post(WebhookPost post, WebhookDone done) override {
    const std::lock_guard lock(mutex_);
    held_.push_back({std::move(post), std::move(done)});
    came_.notify_all();
  }
  void stop() override {
    for (auto& h : take_all()) h.done({0, "stopped", 0});
  }
  /// The next post; waits for it.
  Held next() {
    std::unique_lock lock(mutex_);
    came_.wait(lock, [this] { return !held_.empty(); });
    Held out = std::move(held_.front());
    held_.pop_front();
    return out;
  }
  std::size_t held() {
    const std::lock_guard lock(mutex_);
    return held_.size();
  }
  std::deque<Held> take_all() {
    const std::lock_guard lock(mutex_);
    return std::move(held_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<Held> held_;
};

}  // namespace brushwatch::test

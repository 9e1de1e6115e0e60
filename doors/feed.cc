#include "doors/feed.h"

#include "engine/base/thread.h"

namespace brushwatch::doors {

ModelFeed::ModelFeed(ReadModel& model, std::size_t max_bytes) : model_(model), max_bytes_(max_bytes), thread_([this] { work(); }) {}

ModelFeed::~ModelFeed() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void ModelFeed::line(Output output, std::string_view line) {
  if (!is_read(output)) return;
  collecting_.lines.emplace_back(output, std::string(line));
  collecting_.bytes += line.size();
}

void ModelFeed::hand_over(const Progress& progress) {
  std::unique_lock lock(mutex_);
  if (collecting_.lines.empty()) {
    // Most rounds: no line, only the time goes on. The thread looks at it when it next wakes; nobody waits for it.
    const bool sleeping = !progress_ && queue_.empty() && !busy_;
    progress_ = progress;
    if (sleeping) changed_.notify_all();
    return;
  }
  changed_.wait(lock, [&] { return queued_bytes_ == 0 || queued_bytes_ + collecting_.bytes <= max_bytes_ || ending_; });
  collecting_.progress = progress;
  queued_bytes_ += collecting_.bytes;
  progress_.reset();
  queue_.push_back(std::move(collecting_));
  collecting_ = {};
  changed_.notify_all();
}

void ModelFeed::settle() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return queue_.empty() && !progress_ && !busy_; });
}

std::uint64_t ModelFeed::unreadable() const {
  const std::lock_guard lock(mutex_);
  return unreadable_;
}

void ModelFeed::work() {
  come_second();
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return ending_ || !queue_.empty() || progress_; });
    if (queue_.empty() && !progress_) return;
    busy_ = true;
    Batch batch;
    if (!queue_.empty()) {
      batch = std::move(queue_.front());
      queue_.pop_front();
    } else {
      batch.progress = *progress_;
      progress_.reset();
    }
    lock.unlock();
    std::uint64_t unreadable = 0;
    for (const auto& [output, line] : batch.lines) {
      if (!model_.add(output, line)) ++unreadable;
    }
    // A store that cannot be written now keeps the lines staged; the next round tries again.
    if (!model_.publish(batch.progress)) ++unreadable;
    lock.lock();
    unreadable_ += unreadable;
    queued_bytes_ -= batch.bytes;
    busy_ = false;
    changed_.notify_all();
  }
}

}  // namespace brushwatch::doors

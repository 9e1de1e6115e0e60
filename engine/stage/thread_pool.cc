#include "engine/stage/thread_pool.h"

namespace brushwatch {

ThreadPool::ThreadPool(unsigned threads) {
  for (unsigned i = 1; i < threads; ++i) crew_.emplace_back([this] { work(); });
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  start_.notify_all();
  for (std::thread& t : crew_) t.join();
}

void ThreadPool::for_each(std::uint32_t n, const std::function<void(std::uint32_t)>& body) {
  if (crew_.empty() || n <= 1) {
    for (std::uint32_t i = 0; i < n; ++i) body(i);
    return;
  }
  std::unique_lock lock(mutex_);
  body_ = &body;
  count_ = n;
  next_ = 0;
  running_ = n;
  ++generation_;
  start_.notify_all();
  while (next_ < count_) {
    const std::uint32_t i = next_++;
    lock.unlock();
    body(i);
    lock.lock();
    --running_;
  }
  done_.wait(lock, [&] { return running_ == 0; });
  body_ = nullptr;
}

void ThreadPool::work() {
  std::unique_lock lock(mutex_);
  std::uint64_t seen = 0;
  for (;;) {
    start_.wait(lock, [&] { return stop_ || (generation_ != seen && next_ < count_); });
    if (stop_) return;
    seen = generation_;
    while (next_ < count_) {
      const std::uint32_t i = next_++;
      const auto* body = body_;
      lock.unlock();
      (*body)(i);
      lock.lock();
      if (--running_ == 0) done_.notify_all();
    }
  }
}

}  // namespace brushwatch

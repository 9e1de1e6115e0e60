#pragma once
/// A fixed crew for parallel loops over partitions; the caller works too. One loop at a time.

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace brushwatch {

class ThreadPool {
 public:
  /// `threads` ≥ 1 counts the caller: 1 starts no thread.
  explicit ThreadPool(unsigned threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  /// Runs body(0) … body(n-1), each once, on any thread; returns when all are done.
  void for_each(std::uint32_t n, const std::function<void(std::uint32_t)>& body);

 private:
  void work();
  std::vector<std::thread> crew_;
  std::mutex mutex_;
  std::condition_variable start_, done_;
  const std::function<void(std::uint32_t)>* body_ = nullptr;
  std::uint32_t count_ = 0, next_ = 0, running_ = 0;
  std::uint64_t generation_ = 0;
  bool stop_ = false;
};

}  // namespace brushwatch

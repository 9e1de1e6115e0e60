#include "connectors/webhook/webhook_poster.h"

#include <curl/curl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstring>
#include <map>
#include <mutex>
#include <thread>

#include "engine/base/check.h"
#include "engine/base/thread.h"

namespace brushwatch {
namespace {

constexpr std::size_t kAnswerMost = 64 * 1024;
constexpr std::size_t kFew = 8;
constexpr int kGatherMs = 2;
constexpr std::size_t kEventsMost = 256;  ///< of one turn; as many posts as run at once (doors/webhooks.h)
constexpr int kIdleMs = 1'000;
/// A day: no receiver may put a message off for longer than the last step of the schedule.
constexpr int kRetryAfterMost = 86'400;

struct SlistFree {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Slist = std::unique_ptr<curl_slist, SlistFree>;

Slist slist_of(const std::vector<std::string>& lines) {
  Slist out;
  for (const std::string& line : lines) {
    curl_slist* longer = curl_slist_append(out.get(), line.c_str());
    (void)out.release();
    out.reset(longer);
  }
  return out;
}

struct EasyFree {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using Easy = std::unique_ptr<CURL, EasyFree>;

/// One post on its way. libcurl holds pointers into it.
struct Job {
  WebhookPost post;
  WebhookDone done;
  WebhookAnswer answer;
  AddressRule rule = AddressRule::kPublicOnly;
  bool address_refused = false;
  std::size_t answer_bytes = 0;
  Slist headers;
  Easy easy;
};

extern "C" {
curl_socket_t open_checked(void* client, curlsocktype, curl_sockaddr* address) {
  auto& job = *static_cast<Job*>(client);
  if (!may_connect(address->addr, job.rule)) {
    job.address_refused = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}
std::size_t throw_away(char*, std::size_t size, std::size_t n, void* client) {
  auto& job = *static_cast<Job*>(client);
  job.answer_bytes += size * n;
  return job.answer_bytes <= kAnswerMost ? size * n : 0;  // anything but the full size ends the transfer
}
std::size_t look_at_header(char* bytes, std::size_t size, std::size_t n, void* client) {
  auto& job = *static_cast<Job*>(client);
  std::string_view line(bytes, size * n);
  constexpr std::string_view kRetryAfter = "retry-after:";
  if (line.size() > kRetryAfter.size() && ::strncasecmp(line.data(), kRetryAfter.data(), kRetryAfter.size()) == 0) {
    line.remove_prefix(kRetryAfter.size());
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    int seconds = 0;
    // The form with a date is not read: a receiver's clock is its own affair.
    const auto [end, code] = std::from_chars(line.data(), line.data() + line.size(), seconds);
    if (code == std::errc{} && end != line.data() && seconds > 0) job.answer.retry_after_s = std::min(seconds, kRetryAfterMost);
  }
  return size * n;
}
}

std::string_view word_of(CURLcode code) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT: return "timeout";
    case CURLE_COULDNT_RESOLVE_HOST: return "unresolved";
    case CURLE_PEER_FAILED_VERIFICATION: case CURLE_SSL_CONNECT_ERROR: case CURLE_SSL_CACERT_BADFILE: case CURLE_SSL_CERTPROBLEM: return "tls";
    case CURLE_WRITE_ERROR: return "answer_too_large";
    default: return "connection";
  }
}

/// Transfers driven by epoll: a turn costs what has happened, however many posts wait for an answer (curl_multi_poll looks at each of them).
class CurlPoster final : public WebhookPoster {
 public:
  explicit CurlPoster(WebhookPosterOptions options)
      : options_(std::move(options)), resolve_(slist_of(options_.resolve)), multi_(curl_multi_init()), epoll_(::epoll_create1(EPOLL_CLOEXEC)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    // A kept connection saves a TLS handshake a message; this many are some 20 MB.
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, 512L);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlPoster::watch);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlPoster::set_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = wake_;
    BW_CHECK(multi_ != nullptr && epoll_ >= 0 && wake_ >= 0 && ::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event) == 0, "a process at its start has descriptors left");
    thread_ = std::thread([this] { work(); });
  }
  ~CurlPoster() override {
    stop();
    idle_.clear();
    curl_multi_cleanup(multi_);
    ::close(epoll_);
    ::close(wake_);
  }
  CurlPoster(const CurlPoster&) = delete;
  CurlPoster& operator=(const CurlPoster&) = delete;

  void post(WebhookPost post, WebhookDone done) override {
    auto job = std::make_unique<Job>();
    job->post = std::move(post);
    job->done = std::move(done);
    job->rule = options_.rule;
    {
      const std::lock_guard lock(mutex_);
      if (!ending_) arrived_.push_back(std::move(job));
    }
    if (job) job->done({0, "stopped", 0});
    else wake();
  }
  void stop() override {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    wake();
    if (thread_.joinable()) thread_.join();
  }

 private:
  using Clock = std::chrono::steady_clock;

  static int watch(CURL*, curl_socket_t socket, int what, void* self, void*) {
    const int epoll = static_cast<CurlPoster*>(self)->epoll_;
    epoll_event event{};
    event.data.fd = socket;
    if (what == CURL_POLL_REMOVE) return (void)::epoll_ctl(epoll, EPOLL_CTL_DEL, socket, &event), 0;
    event.events = (what & CURL_POLL_IN ? EPOLLIN : 0U) | (what & CURL_POLL_OUT ? EPOLLOUT : 0U);
    if (::epoll_ctl(epoll, EPOLL_CTL_MOD, socket, &event) == 0) return 0;
    return ::epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event) == 0 ? 0 : -1;
  }
  static int set_timer(CURLM*, long ms, void* self) {
    static_cast<CurlPoster*>(self)->due_ = ms < 0 ? Clock::time_point::max() : Clock::now() + std::chrono::milliseconds(ms);
    return 0;
  }
  void wake() const {
    const std::uint64_t one = 1;
    (void)!::write(wake_, &one, sizeof one);  // fails only when it would be woken anyway
  }

  void work() {
    come_second();
    std::array<epoll_event, kEventsMost> events;
    for (;;) {
      std::vector<std::unique_ptr<Job>> arrived;
      bool ending = false;
      {
        const std::lock_guard lock(mutex_);
        arrived.swap(arrived_);
        ending = ending_;
      }
      for (auto& job : arrived) begin(std::move(job));
      if (ending) break;
      const int n = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait_ms());
      int running = 0;
      for (int i = 0; i < n; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        if (event.data.fd == wake_) {
          std::uint64_t times = 0;
          (void)!::read(wake_, &times, sizeof times);
          continue;
        }
        const int what = (event.events & EPOLLIN ? CURL_CSELECT_IN : 0) | (event.events & EPOLLOUT ? CURL_CSELECT_OUT : 0) | (event.events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
        curl_multi_socket_action(multi_, event.data.fd, what, &running);
      }
      if (due_ <= Clock::now()) {
        due_ = Clock::time_point::max();
        curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
      }
      finish();
      // To wake up costs as much as a step of a post: with many of them, what comes within two milliseconds is taken up together.
      if (running_.size() > kFew) std::this_thread::sleep_for(std::chrono::milliseconds(kGatherMs));
    }
    while (!running_.empty()) end(running_.begin()->first, CURLE_ABORTED_BY_CALLBACK);
  }
  [[nodiscard]] int wait_ms() const {
    if (due_ == Clock::time_point::max()) return kIdleMs;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(due_ - Clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, kIdleMs));
  }

  /// What is the same for every post. Such a handle is used again: its TLS sessions and its some thirty settings stay.
  [[nodiscard]] Easy prepared() const {
    Easy out(curl_easy_init());
    CURL* const easy = out.get();
    const char* const schemes = options_.rule == AddressRule::kAlsoLoopback ? "http,https" : "https";
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, schemes);
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_RESOLVE, resolve_.get());
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");  // also none from the environment
    curl_easy_setopt(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!options_.ca_file.empty()) {
      curl_easy_setopt(easy, CURLOPT_CAINFO, options_.ca_file.c_str());
      curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
    }
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, options_.connect_ms);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, options_.total_ms);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // a resolver that hangs does not hold up the end of the process
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_checked);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, throw_away);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, look_at_header);
    return out;
  }

  void begin(std::unique_ptr<Job> job) {
    if (idle_.empty()) idle_.push_back(prepared());
    job->easy = std::move(idle_.back());
    idle_.pop_back();
    CURL* const easy = job->easy.get();
    Job* const raw = job.get();
    std::vector<std::string> lines;
    for (const auto& [name, value] : job->post.headers) lines.push_back(name + ": " + value);
    lines.emplace_back("Expect:");  // no second round trip for a small body
    job->headers = slist_of(lines);
    curl_easy_setopt(easy, CURLOPT_URL, job->post.url.c_str());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, job->post.body.data());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(job->post.body.size()));
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, job->headers.get());
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, raw);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, raw);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, raw);
    running_.emplace(easy, std::move(job));
    curl_multi_add_handle(multi_, easy);
  }

  void finish() {
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg == CURLMSG_DONE) end(message->easy_handle, message->data.result);
    }
  }

  void end(CURL* easy, CURLcode code) {
    auto node = running_.extract(easy);
    Job& job = *node.mapped();
    long status = 0;
    if (code == CURLE_OK) curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    job.answer.status = static_cast<int>(status);
    if (code != CURLE_OK) job.answer.error = code == CURLE_ABORTED_BY_CALLBACK ? "stopped" : job.address_refused ? "address_refused" : word_of(code);
    curl_multi_remove_handle(multi_, easy);
    idle_.push_back(std::move(job.easy));
    job.done(job.answer);
  }

  const WebhookPosterOptions options_;
  const Slist resolve_;
  CURLM* multi_;
  const int epoll_, wake_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Job>> arrived_;
  bool ending_ = false;
  // The thread's own.
  Clock::time_point due_ = Clock::time_point::max();  // when libcurl wants to look at its times
  std::vector<Easy> idle_;
  std::map<CURL*, std::unique_ptr<Job>> running_;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<WebhookPoster>> make_webhook_poster(WebhookPosterOptions options) {
  // Once a process; a second call is free. Not thread-safe before that: posters are made at start-up.
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  const curl_version_info_data* about = curl_version_info(CURLVERSION_NOW);
  if (started != CURLE_OK || (about->features & CURL_VERSION_SSL) == 0) return fail(ErrorCode::kUnsupported, "libcurl has no TLS");
  return std::make_unique<CurlPoster>(std::move(options));
}

}  // namespace brushwatch

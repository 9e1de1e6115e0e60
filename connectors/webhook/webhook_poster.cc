#include "connectors/webhook/webhook_poster.h"

#include <curl/curl.h>
#include <sys/socket.h>

#include <charconv>
#include <chrono>
#include <cstring>
#include <map>
#include <mutex>
#include <thread>

#include "engine/base/thread.h"

namespace brushwatch {
namespace {

constexpr std::size_t kAnswerMost = 64 * 1024;
constexpr std::size_t kFew = 8;
constexpr int kGatherMs = 2;
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

/// One post on its way. libcurl holds pointers into it.
struct Job {
  WebhookPost post;
  WebhookDone done;
  WebhookAnswer answer;
  AddressRule rule = AddressRule::kPublicOnly;
  bool address_refused = false;
  std::size_t answer_bytes = 0;
  Slist headers, resolve;
  std::unique_ptr<CURL, EasyFree> easy;
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

class CurlPoster final : public WebhookPoster {
 public:
  explicit CurlPoster(WebhookPosterOptions options) : options_(std::move(options)), multi_(curl_multi_init()) {
    // A kept connection saves a TLS handshake a message; this many are some 20 MB.
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, 512L);
    thread_ = std::thread([this] { work(); });
  }
  ~CurlPoster() override {
    stop();
    curl_multi_cleanup(multi_);
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
    else curl_multi_wakeup(multi_);
  }
  void stop() override {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    curl_multi_wakeup(multi_);
    if (thread_.joinable()) thread_.join();
  }

 private:
  void work() {
    come_second();
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
      int running = 0;
      curl_multi_perform(multi_, &running);
      finish();
      // Woken by post() and by sockets; the time is only an upper end.
      curl_multi_poll(multi_, nullptr, 0, 1'000, nullptr);
      // Each turn costs a look at every post that runs (libcurl polls, it has no queue of events): with many of them, what comes within two
      // milliseconds is taken up together.
      if (running_.size() > kFew) std::this_thread::sleep_for(std::chrono::milliseconds(kGatherMs));
    }
    while (!running_.empty()) end(running_.begin()->first, CURLE_ABORTED_BY_CALLBACK);
  }

  void begin(std::unique_ptr<Job> job) {
    CURL* easy = curl_easy_init();
    Job* raw = job.get();
    job->easy.reset(easy);
    std::vector<std::string> lines;
    for (const auto& [name, value] : job->post.headers) lines.push_back(name + ": " + value);
    lines.emplace_back("Expect:");  // no second round trip for a small body
    job->headers = slist_of(lines);
    job->resolve = slist_of(options_.resolve);
    const char* const schemes = options_.rule == AddressRule::kAlsoLoopback ? "http,https" : "https";
    curl_easy_setopt(easy, CURLOPT_URL, job->post.url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, schemes);
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, job->post.body.data());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(job->post.body.size()));
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, job->headers.get());
    curl_easy_setopt(easy, CURLOPT_RESOLVE, job->resolve.get());
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
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, raw);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, throw_away);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, raw);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, look_at_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, raw);
    curl_multi_add_handle(multi_, easy);
    running_.emplace(easy, std::move(job));
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
    job.done(job.answer);
  }

  const WebhookPosterOptions options_;
  CURLM* multi_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Job>> arrived_;
  bool ending_ = false;
  std::map<CURL*, std::unique_ptr<Job>> running_;  // the thread's own
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

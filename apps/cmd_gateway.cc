// `gateway`: raw records in, records without personal data out. `oprf`: the key holder's side of linking across members.

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>

#include "apps/commands.h"
#include "apps/coprocess.h"
#include "apps/exit_codes.h"
#include "apps/key_file.h"
#include "apps/gateway_pump.h"
#include "apps/terminal.h"
#include "doors/gateway.h"
#include "doors/limiter.h"
#include "engine/base/hash.h"
#include "engine/crypto/bytes.h"
#include "engine/crypto/oprf.h"

namespace brushwatch::app {
namespace {

Result<std::string> read_secret(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  if (!in) return tl::unexpected<Error>(Error(ErrorCode::kNotFound, "cannot read the file").in(path));
  return text.str();
}

/// Replaces the file as a whole, and overwrites the old bytes first: what is destroyed is not to be found on the disk's free space
/// as easily. (A copying file system or a backup keeps its own; docs/gateway.md.)
Result<void> replace_secret(const std::string& path, std::string_view text) {
  const std::string fresh = path + ".new";
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const bool written = fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  if (!written) return tl::unexpected<Error>(Error(ErrorCode::kIo, "cannot write the keys", errno).in(fresh));
  if (const int old = ::open(path.c_str(), O_WRONLY | O_CLOEXEC); old >= 0) {
    const off_t size = ::lseek(old, 0, SEEK_END);
    const std::string zeros(static_cast<std::size_t>(std::max<off_t>(size, 0)), '\0');
    const bool wiped = ::pwrite(old, zeros.data(), zeros.size(), 0) == static_cast<ssize_t>(zeros.size()) && ::fsync(old) == 0;
    ::close(old);
    if (!wiped) return tl::unexpected<Error>(Error(ErrorCode::kIo, "cannot overwrite the old keys", errno).in(path));
  }
  if (std::rename(fresh.c_str(), path.c_str()) != 0) return tl::unexpected<Error>(Error(ErrorCode::kIo, "cannot put the keys in place", errno).in(path));
  return {};
}

Result<int> keys(const GatewayCommand& options) {
  std::vector<doors::GatewayKey> keys;
  if (::access(options.keys.c_str(), F_OK) == 0) {
    BW_ASSIGN(const std::string text, read_secret(options.keys));
    BW_ASSIGN(keys, doors::read_gateway_keys(text));
  }
  const auto at = parse_time(options.at);
  if (!at) return fail(ErrorCode::kUsage, "--at and --before are RFC 3339 times");
  if (options.erase) {
    // An epoch is over when the next has begun: what ended before that moment goes.
    while (keys.size() > 1 && keys[1].from <= *at) keys.erase(keys.begin());
  } else {
    if (!keys.empty() && *at <= keys.back().from) return fail(ErrorCode::kUsage, "a new epoch begins after the last one");
    keys.push_back({*at, random_bytes(32)});
  }
  BW_TRY(replace_secret(options.keys, doors::write_gateway_keys(keys)));
  std::printf("%zu epochs\n", keys.size());
  return kExitOk;
}

Result<int> pass_all(const GatewayCommand& options) {
  BW_ASSIGN(const std::string text, read_secret(options.keys));
  doors::GatewayOptions gateway_options;
  gateway_options.member = options.member;
  BW_ASSIGN(gateway_options.keys, doors::read_gateway_keys(text));
  for (const std::string& kind : options.link) gateway_options.link.insert(kind);
  std::unique_ptr<Coprocess> holder;
  if (!options.evaluator.empty()) {
    BW_ASSIGN(holder, Coprocess::start(options.evaluator));
    gateway_options.evaluate = [&holder](std::string_view element) -> Result<std::string> {
      BW_ASSIGN(const std::string answer, holder->ask(to_hex({reinterpret_cast<const std::uint8_t*>(element.data()), element.size()})));
      std::string out(kOprfElementBytes, '\0');
      if (!from_hex(answer, {reinterpret_cast<std::uint8_t*>(out.data()), out.size()})) return fail(ErrorCode::kBackpressure, "the key holder refused", 0, Retry::kBackoff);
      return out;
    };
  }
  doors::Gateway gateway(std::move(gateway_options));
  BW_TRY(pump({options.in, options.out, options.position, options.follow}, gateway));
  const auto& c = gateway.counters();
  std::fprintf(stderr, "%llu records, %llu refused, %llu pseudonyms, %llu members dropped, %llu evaluations\n", static_cast<unsigned long long>(c.records),
               static_cast<unsigned long long>(c.refused), static_cast<unsigned long long>(c.replaced), static_cast<unsigned long long>(c.dropped),
               static_cast<unsigned long long>(c.evaluated));
  return c.refused == 0 ? kExitOk : kExitFindings;
}

Result<int> evaluate_all(const GatewayCommand& options) {
  BW_ASSIGN(const std::string key, read_oprf_key(options.keys));
  // Who asks for every phone number there is learns who is listed: the budget is the defence.
  doors::Limiter budget({.per_second = options.per_second, .burst = options.per_second, .per_day = options.per_day}, system_clock());
  for (std::string line; std::getline(std::cin, line);) {
    std::string element(kOprfElementBytes, '\0');
    std::string answer = "refused";
    if (budget.ask(options.member) == 0 && from_hex(line, {reinterpret_cast<std::uint8_t*>(element.data()), element.size()})) {
      if (const auto evaluated = oprf_evaluate(key, element)) answer = to_hex({reinterpret_cast<const std::uint8_t*>(evaluated->data()), evaluated->size()});
    }
    std::printf("%s\n", answer.c_str());
    std::fflush(stdout);
  }
  return kExitOk;
}

Result<int> oprf_new(const GatewayCommand& options) {
  std::string seed = random_bytes(32);
  BW_ASSIGN(const std::string key, oprf_derive_key(seed, "brushwatch alliance"));
  wipe(seed);
  if (::access(options.keys.c_str(), F_OK) == 0) return tl::unexpected<Error>(Error(ErrorCode::kUsage, "the file exists; keys are never overwritten").in(options.keys));
  BW_TRY(replace_secret(options.keys, to_hex({reinterpret_cast<const std::uint8_t*>(key.data()), key.size()}) + "\n"));
  return kExitOk;
}

int said(const Result<int>& done) { return done ? *done : report(done.error()); }

}  // namespace

Result<std::string> read_oprf_key(const std::string& path) {
  BW_ASSIGN(std::string text, read_secret(path));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  std::string key(kOprfScalarBytes, '\0');
  const bool hex = from_hex(text, {reinterpret_cast<std::uint8_t*>(key.data()), key.size()});
  wipe(text);
  if (!hex) return fail(ErrorCode::kConfigSyntax, "the key is 64 hex digits; `brushwatch oprf key FILE` makes one");
  return key;
}

int gateway(const GatewayCommand& options) { return said(pass_all(options)); }
int gateway_keys(const GatewayCommand& options) { return said(keys(options)); }
int oprf_evaluate_lines(const GatewayCommand& options) { return said(evaluate_all(options)); }
int oprf_key(const GatewayCommand& options) { return said(oprf_new(options)); }

}  // namespace brushwatch::app

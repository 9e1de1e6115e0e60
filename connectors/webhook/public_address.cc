#include "connectors/webhook/public_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace brushwatch {
namespace {

struct Range4 {
  std::uint8_t a, b, c, d;
  int bits;
};
/// Everything of IPv4 that is not the public internet, and one public address that is a cloud's own metadata service.
constexpr Range4 kClosed4[] = {
    {0, 0, 0, 0, 8},        {10, 0, 0, 0, 8},       {100, 64, 0, 0, 10},   {127, 0, 0, 0, 8},    {169, 254, 0, 0, 16},  {172, 16, 0, 0, 12},
    {192, 0, 0, 0, 24},     {192, 0, 2, 0, 24},     {192, 31, 196, 0, 24}, {192, 52, 193, 0, 24}, {192, 88, 99, 0, 24}, {192, 168, 0, 0, 16},
    {192, 175, 48, 0, 24},  {198, 18, 0, 0, 15},    {198, 51, 100, 0, 24}, {203, 0, 113, 0, 24}, {224, 0, 0, 0, 4},     {240, 0, 0, 0, 4},
    {168, 63, 129, 16, 32},
};

using Bytes16 = std::array<std::uint8_t, 16>;
struct Range6 {
  Bytes16 prefix;
  int bits;
};
/// What is closed inside 2000::/3, the only part of IPv6 that is the public internet. Everything outside it is closed as a whole:
/// loopback, IPv4-mapped, NAT64, unique local, link-local, multicast.
constexpr Range6 kClosed6[] = {
    {{0x20, 0x01, 0x00}, 23},                    // protocol assignments, Teredo among them: carries an IPv4 address inside
    {{0x20, 0x01, 0x0d, 0xb8}, 32},              // documentation
    {{0x20, 0x02}, 16},                          // 6to4: likewise
    {{0x26, 0x20, 0x00, 0x4f, 0x80, 0x00}, 48},  // AS112
    {{0x3f, 0xff, 0x00}, 20},                    // documentation
};

template <class Bytes>
bool begins_with(const Bytes& address, const Bytes& prefix, int bits) {
  for (std::size_t i = 0; bits > 0; ++i, bits -= 8) {
    const auto mask = static_cast<std::uint8_t>(bits >= 8 ? 0xff : 0xff << (8 - bits));
    if (((address[i] ^ prefix[i]) & mask) != 0) return false;
  }
  return true;
}

tl::unexpected<Error> refused(std::string_view why) { return fail(ErrorCode::kConfigRange, why); }

/// A host that a resolver would read as a number is one only in its one plain spelling: "0x7f.1" and "2130706433" are tricks.
bool looks_numeric(std::string_view host) {
  const std::string_view last = host.substr(host.rfind('.') + 1);
  return !last.empty() && (last.find_first_not_of("0123456789") == std::string_view::npos || last.starts_with("0x") || last.starts_with("0X"));
}

}  // namespace

Result<void> check_webhook_url(std::string_view url, AddressRule rule) {
  if (url.size() > kWebhookUrlMost) return refused("the URL is longer than 2048 bytes");
  for (const char c : url) {
    if (c <= ' ' || c > '~' || c == '\\' || c == '"' || c == '<' || c == '>') return refused("a URL has printable ASCII only, without spaces, quotes or backslashes");
  }
  constexpr std::string_view kSecure = "https://", kPlain = "http://";
  const bool plain = url.starts_with(kPlain);
  if (!url.starts_with(kSecure) && !(plain && rule == AddressRule::kAlsoLoopback)) return refused("the URL must begin with https://");
  url.remove_prefix(plain ? kPlain.size() : kSecure.size());
  if (url.find('#') != std::string_view::npos) return refused("a fragment is not sent to a server");
  std::string_view authority = url.substr(0, url.find_first_of("/?"));
  if (authority.find('@') != std::string_view::npos) return refused("no user name or password in the URL");
  std::string_view host = authority, port;
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) return refused("an IPv6 address ends with ]");
    host = authority.substr(1, close - 1);
    in6_addr address{};
    if (::inet_pton(AF_INET6, std::string(host).c_str(), &address) != 1) return refused("not an IPv6 address");
    port = authority.substr(close + 1);
    if (!port.empty() && port.front() != ':') return refused("after ] comes a port or the path");
  } else {
    const std::size_t colon = authority.find(':');
    host = authority.substr(0, colon);
    port = colon == std::string_view::npos ? std::string_view() : authority.substr(colon);
    const auto name = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_'; };
    if (host.empty() || host.size() > 253 || !std::all_of(host.begin(), host.end(), name) || host.front() == '.' || host.find("..") != std::string_view::npos) {
      return refused("the host is no name");
    }
    in_addr address{};
    if (looks_numeric(host) && ::inet_pton(AF_INET, std::string(host).c_str(), &address) != 1) return refused("an IPv4 address is four plain numbers");
  }
  if (port == ":") return refused("a colon without a port");
  if (!port.empty()) {
    unsigned number = 0;
    const auto [end, code] = std::from_chars(port.data() + 1, port.data() + port.size(), number);
    // Below 1024 live other protocols than HTTP; nobody shall have us knock at a mail server.
    if (code != std::errc{} || end != port.data() + port.size() || number > 65535 || (number != 443 && number < 1024)) return refused("the port is 443 or 1024 to 65535");
  }
  return {};
}

bool may_connect(const sockaddr& address, AddressRule rule) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &v4.sin_addr, 4);
    if (rule == AddressRule::kAlsoLoopback && bytes[0] == 127) return true;
    return std::none_of(std::begin(kClosed4), std::end(kClosed4), [&](const Range4& r) { return begins_with(bytes, {r.a, r.b, r.c, r.d}, r.bits); });
  }
  if (address.sa_family != AF_INET6) return false;
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address, sizeof v6);
  Bytes16 bytes{};
  std::memcpy(bytes.data(), &v6.sin6_addr, 16);
  if (rule == AddressRule::kAlsoLoopback && bytes == Bytes16{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}) return true;
  if ((bytes[0] & 0xe0) != 0x20) return false;
  return std::none_of(std::begin(kClosed6), std::end(kClosed6), [&](const Range6& r) { return begins_with(bytes, r.prefix, r.bits); });
}

}  // namespace brushwatch

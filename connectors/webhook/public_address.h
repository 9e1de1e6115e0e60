#pragma once
/// Where a member may have us send: which URLs are taken at all, and which addresses may be connected to.
///
/// The URL check is of its text alone. The address check is made on the very address that a connection is about to be opened to
/// (webhook_poster.h), so nothing can change between the check and its use: not a name that resolves anew, not a redirect.
///
/// Source   IANA special-purpose address registries (RFC 6890 and its updates); OWASP SSRF prevention.
/// Fails    to tell a public address that routes back into our own network: such a network needs an outbound firewall.

#include <string>
#include <string_view>

#include "engine/base/result.h"

struct sockaddr;

namespace brushwatch {

enum class AddressRule : std::uint8_t {
  kPublicOnly,
  kAlsoLoopback,  ///< for tests and one's own machine: plain http and 127.0.0.0/8, ::1 as well
};

/// Longer ones are a mistake; browsers and proxies cut at about this.
inline constexpr std::size_t kWebhookUrlMost = 2048;

/// https, a host name or a literal address, port 443 or one above 1023, no user, no fragment, printable ASCII only.
/// Errors: kConfigRange, with what is wrong as text.
Result<void> check_webhook_url(std::string_view url, AddressRule rule);

/// True when a connection to this socket address may be opened. Whatever is neither IPv4 nor IPv6 may not.
bool may_connect(const sockaddr& address, AddressRule rule);

}  // namespace brushwatch

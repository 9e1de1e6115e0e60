#pragma once
/// Who a request comes from.

#include <optional>
#include <string_view>

#include "connectors/http/server.h"
#include "doors/access.h"

namespace brushwatch::doors {

struct Identity {
  std::optional<Principal> who;
  std::string_view error;  ///< OAuth's word (RFC 6750 §3.1) when a token was shown and refused: "invalid_token"; else ""
};

class Authenticator {
 public:
  virtual ~Authenticator() = default;
  /// From any thread.
  virtual Identity identify(const HttpRequest& request) = 0;
};

/// Refuses everybody: what a door without any configured access has.
class NobodyAuthenticator final : public Authenticator {
 public:
  Identity identify(const HttpRequest&) override { return {}; }
};

/// Takes everybody for one principal. For a door that only this machine reaches; apps refuse it on any other address.
class EverybodyAuthenticator final : public Authenticator {
 public:
  explicit EverybodyAuthenticator(Principal who) : who_(std::move(who)) {}
  Identity identify(const HttpRequest&) override { return {who_, {}}; }

 private:
  Principal who_;
};

}  // namespace brushwatch::doors

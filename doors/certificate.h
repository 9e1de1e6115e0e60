#pragma once
/// Client certificates: who a certificate of the alliance's own authority speaks for. Deny by default: one that is in no line is nobody.
///
/// A line is `SUBJECT -> ROLE[:PARTY[:NAME]]`. SUBJECT is the certificate's subject as RFC 2253 writes it (`CN=ops,O=Taobao,C=CN`, the order
/// of `openssl x509 -noout -subject -nameopt RFC2253`) or `sha256:` and the certificate's digest in hex; a line with the digest goes
/// before one with the subject. PARTY is needed for platforms and carriers. NAME is the actor of commands and the key of limits; without
/// it the subject is. Who has a token as well gets the token's `sub` here: four eyes are not two log-ins.
/// Threads  from any; nothing changes after the start.
/// Fails    on a certificate that was withdrawn before its end: take its line out and start anew.

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "doors/identity.h"

namespace brushwatch::doors {

struct CertificateRule {
  std::string subject;  ///< "" when the digest decides
  std::string digest;   ///< 64 hex digits in lower case, or ""
  Principal who;
};
/// nullopt when the line is none.
std::optional<CertificateRule> read_certificate_rule(std::string_view line);

class CertificateAuthenticator final : public Authenticator {
 public:
  /// `tokens` decides about requests that show a token, whatever the certificate says; null: those are refused.
  explicit CertificateAuthenticator(const std::vector<CertificateRule>& rules, std::unique_ptr<Authenticator> tokens = nullptr);
  Identity identify(const HttpRequest& request) override;

 private:
  std::map<std::string, Principal, std::less<>> by_subject_, by_digest_;
  std::unique_ptr<Authenticator> tokens_;
};

}  // namespace brushwatch::doors

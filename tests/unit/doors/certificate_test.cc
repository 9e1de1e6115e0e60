// Client certificates: real ones, made by openssl, shown over TLS to a running door.

#include "doors/certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "connectors/http/client.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/doors/door.h"
#include "tests/unit/doors/may_call.h"

namespace brushwatch::doors {
namespace {

using ::testing::HasSubstr;
using test::DoorFixture;
using test::kMayCall;
using test::kWho;

TEST(CertificateRule, ReadsWhoASubjectOrADigestSpeaksFor) {
  auto rule = read_certificate_rule("CN=ops,O=Taobao,C=CN -> platform:taobao");
  ASSERT_TRUE(rule);
  EXPECT_EQ(rule->subject, "CN=ops,O=Taobao,C=CN");
  EXPECT_EQ(rule->who.role, Role::kPlatform);
  EXPECT_EQ(rule->who.party, "taobao");
  EXPECT_EQ(rule->who.name, "CN=ops,O=Taobao,C=CN") << "the actor is the whole subject: another house may have an ops as well";
  rule = read_certificate_rule("CN=li -> senior::officer:li");
  ASSERT_TRUE(rule);
  EXPECT_EQ(rule->who.party, "");
  EXPECT_EQ(rule->who.name, "officer:li");
  rule = read_certificate_rule("sha256:" + std::string(64, 'a') + " -> auditor");
  ASSERT_TRUE(rule);
  EXPECT_EQ(rule->digest, std::string(64, 'a'));
  EXPECT_EQ(rule->subject, "");
}

TEST(CertificateRule, RefusesWhatNamesNobodyOrNothing) {
  for (const std::string line : {"", "CN=a", "CN=a -> ", "CN=a -> public", "CN=a -> king", "CN=a->senior", " -> senior", "ops -> senior", "CN=a -> platform", "CN=a -> carrier:",
                                 "CN=a -> senior:taobao", "sha256:abc -> senior", "CN=a\n -> senior"}) {
    EXPECT_FALSE(read_certificate_rule(line)) << line;
  }
  EXPECT_FALSE(read_certificate_rule("sha256:" + std::string(64, 'A') + " -> senior"));
}

/// An authority and what it signs, by openssl.
class Authority {
 public:
  explicit Authority(std::string name) : name_(std::move(name)) {
    run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout " + key(name_) + " -out " + file(name_) + " -days 2 -subj '/CN=" + name_ + "'");
  }
  /// `subject` as openssl takes it: "/C=CN/O=Taobao/CN=ops". Days may be in the past.
  void sign(const std::string& name, const std::string& subject, const std::string& more = "") {
    std::ofstream(dir_.path("ext")) << "subjectAltName=IP:127.0.0.1,DNS:localhost\n";
    run("openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout " + key(name) + " -out " + dir_.path("csr") + " -subj '" + subject + "'");
    run("openssl x509 -req -in " + dir_.path("csr") + " -CA " + file(name_) + " -CAkey " + key(name_) + " -CAcreateserial -out " + file(name) + " -extfile " + dir_.path("ext") + (more.empty() ? " -days 2" : more));
  }
  [[nodiscard]] std::string file(const std::string& name) const { return dir_.path(name + ".pem"); }
  [[nodiscard]] std::string key(const std::string& name) const { return dir_.path(name + ".key"); }
  [[nodiscard]] std::string own() const { return file(name_); }
  /// SHA-256 of the certificate as openssl says it.
  [[nodiscard]] std::string digest(const std::string& name) const {
    run("openssl x509 -in " + file(name) + " -noout -fingerprint -sha256 | sed 's/.*=//; s/://g' | tr A-F a-f > " + dir_.path("digest"));
    std::ifstream in(dir_.path("digest"));
    std::string out;
    in >> out;
    return out;
  }

 private:
  static void run(const std::string& command) {
    if (std::system((command + " 2>/dev/null").c_str()) != 0) std::abort();
  }
  std::string name_;
  test::TempDir dir_;
};

struct ClientCertificates : ::testing::Test {
  static Authority& alliance() {
    static Authority of("alliance");
    static const bool signed_all = [] {
      of.sign("door", "/CN=localhost");
      for (const auto& [role, letter] : kWho) {
        if (!role.empty()) of.sign(role, "/C=CN/O=" + role + "/CN=ops");
      }
      of.sign("unknown", "/C=CN/O=Elsewhere/CN=ops");
      return true;
    }();
    (void)signed_all;
    return of;
  }
  static std::unique_ptr<CertificateAuthenticator> by_subject(std::unique_ptr<Authenticator> tokens = nullptr) {
    std::vector<CertificateRule> rules;
    for (const auto& [role, letter] : kWho) {
      if (!role.empty()) rules.push_back(*read_certificate_rule("CN=ops,O=" + role + ",C=CN -> " + role + (letter == 'p' || letter == 'c' ? ":taobao" : "")));
    }
    return std::make_unique<CertificateAuthenticator>(rules, std::move(tokens));
  }
  static TlsFiles tls() { return {alliance().file("door"), alliance().key("door"), alliance().own()}; }
  /// With the certificate of that name of `of`; "" = with none.
  static Result<HttpAnswer> ask(const DoorFixture& door, const std::string& name, const std::string& method, const std::string& path, const Authority& of = alliance(),
                                std::vector<std::pair<std::string, std::string>> headers = {}) {
    HttpAddress address{"localhost", door.server->port(), true, alliance().own(), "", ""};
    if (!name.empty()) {
      address.certificate = of.file(name);
      address.key = of.key(name);
    }
    headers.emplace_back("Content-Type", "application/json");
    headers.emplace_back("Idempotency-Key", "key-0001");
    return http_call(address, method, path, headers, method == "POST" ? "{}" : "", 30'000);
  }
};

TEST_F(ClientCertificates, EveryRouteTakesWhomItTakesByToken) {
  const auto who = by_subject();
  DoorFixture door({.commands = false, .authenticator = who.get(), .tls = tls()});
  std::vector<std::pair<std::string, char>> everybody = kWho;
  everybody.emplace_back("unknown", '-');
  int checked = 0, wrong = 0;
  for (const Route& route : routes()) {
    const std::string name = std::string(route.method) + " " + std::string(route.path);
    std::string path(route.path);
    if (const auto at = path.find("{id}"); at != std::string::npos) path.replace(at, 4, "A-0000000000000001");
    // A stream has no end: HEAD asks the same question.
    const std::string method = route.verb == Verb::kStream ? "HEAD" : std::string(route.method);
    for (const auto& [role, letter] : everybody) {
      const bool may = kMayCall.at(name).find(letter) != std::string::npos;
      const int refused = letter == '-' ? 401 : 403;
      const auto answer = ask(door, role, method, path);
      ++checked;
      // What comes of it when it is let in is other tests' business: here is nothing to be found.
      const bool right = answer && (may ? answer->status != 401 && answer->status != 403 : answer->status == refused);
      if (right) continue;
      ++wrong;
      ADD_FAILURE() << name << " as " << role << ": " << (answer ? std::to_string(answer->status) : answer.error().message());
    }
  }
  EXPECT_EQ(checked, static_cast<int>(routes().size() * (kWho.size() + 1)));
  std::printf("authz_cells %d authz_cells_wrong %d\n", checked, wrong);
  if (const char* file = std::getenv("BW_AUTHZ_CERTIFICATES")) std::ofstream(file) << "{\"authz_cells\":" << checked << ",\"authz_cells_wrong\":" << wrong << "}\n";
}

TEST_F(ClientCertificates, OfAnotherAuthorityOrOutOfDateDoNotEvenGetAHandshake) {
  const auto who = by_subject();
  DoorFixture door({.authenticator = who.get(), .tls = tls()});
  Authority other("other");
  other.sign("analyst", "/C=CN/O=analyst/CN=ops");  // the same subject
  EXPECT_FALSE(ask(door, "analyst", "GET", "/api/v1/health", other));
  alliance().sign("old", "/C=CN/O=analyst/CN=ops", " -days -1");
  EXPECT_FALSE(ask(door, "old", "GET", "/api/v1/health"));
  const auto well = ask(door, "analyst", "GET", "/api/v1/health");
  ASSERT_TRUE(well) << well.error().message();
  EXPECT_EQ(well->status, 200);
}

TEST_F(ClientCertificates, NothingThatAClientWritesMakesItSomebodyElse) {
  const auto who = by_subject();
  DoorFixture door({.authenticator = who.get(), .tls = tls()});
  for (const char* header : {"x-role", "x-client-cert", "x-ssl-client-s-dn", "peer", "subject"}) {
    const auto answer = ask(door, "unknown", "GET", "/api/v1/health", alliance(), {{header, "CN=ops,O=regulator,C=CN"}});
    ASSERT_TRUE(answer) << answer.error().message();
    EXPECT_EQ(answer->status, 401) << header;
  }
  // A token that nobody here can check is not passed over for the certificate beside it.
  const auto both = ask(door, "analyst", "GET", "/api/v1/health", alliance(), {{"Authorization", "Bearer abc"}});
  ASSERT_TRUE(both) << both.error().message();
  EXPECT_EQ(both->status, 401);
  const auto plain = door.ask("/api/v1/health");
  EXPECT_EQ(plain.status, 0) << "no HTTP without TLS";
}

TEST_F(ClientCertificates, ADigestNamesOneCertificateAndATokenDecidesWhereItIsShown) {
  const std::string digest = alliance().digest("member");
  const std::vector<CertificateRule> rules{*read_certificate_rule("CN=ops,O=member,C=CN -> member"), *read_certificate_rule("sha256:" + digest + " -> auditor::the auditor")};
  CertificateAuthenticator who(rules, std::make_unique<EverybodyAuthenticator>(Principal{Role::kMember, "by token", ""}));
  DoorFixture door({.authenticator = &who, .tls = tls()});
  const auto audits = ask(door, "member", "GET", "/api/v1/cases");
  ASSERT_TRUE(audits) << audits.error().message();
  EXPECT_EQ(audits->status, 200);
  const auto token = ask(door, "member", "GET", "/api/v1/cases", alliance(), {{"Authorization", "Bearer x"}});
  ASSERT_TRUE(token) << token.error().message();
  EXPECT_EQ(token->status, 403);
}

TEST_F(ClientCertificates, AStreamOverTlsTellsWhatComes) {
  const auto who = by_subject();
  DoorFixture door({.heartbeat_ms = 20, .authenticator = who.get(), .tls = tls()});
  for (int n = 1; n <= 3; ++n) door.tell(static_cast<std::uint64_t>(n), {.id = fmt::format("A-{:016x}", n)});
  // curl -N would be as good; the client here wants the end, so the door is stopped while it reads.
  std::thread stop([&] {
    while (door.ask("/", "").status == 0 && door.model.counts().lines < 3) std::this_thread::yield();
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (std::chrono::steady_clock::now() < until) {
      const auto health = ask(door, "analyst", "GET", "/api/v1/health");
      if (health && health->body.find("\"stream_clients\":1") != std::string::npos) break;
    }
    door.tell(4, {.id = "A-0000000000000004"});
    // Told when the next question is answered: both go through the readers' thread, in order.
    (void)ask(door, "analyst", "GET", "/api/v1/health");
    door.server->stop();
  });
  const auto all = ask(door, "analyst", "GET", "/api/v1/stream?since=start");
  stop.join();
  ASSERT_TRUE(all) << all.error().message();
  for (int n = 1; n <= 3; ++n) EXPECT_THAT(all->body, HasSubstr(fmt::format("A-{:016x}", n)));
}

TEST(TlsFront, RefusesFilesThatItCannotUse) {
  HttpOptions options;
  options.tls = {"/nowhere.pem", "/nowhere.key", ""};
  const auto server = HttpServer::start(options, {});
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code, ErrorCode::kConfigRange);
  EXPECT_THAT(server.error().message(), HasSubstr("/nowhere.pem"));
}

}  // namespace
}  // namespace brushwatch::doors

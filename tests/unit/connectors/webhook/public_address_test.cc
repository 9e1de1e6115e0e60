#include "connectors/webhook/public_address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cstring>
#include <string>
#include <vector>

namespace brushwatch {
namespace {

bool open_to(const std::string& text, AddressRule rule = AddressRule::kPublicOnly) {
  sockaddr_storage storage{};
  auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
  if (::inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) storage.ss_family = AF_INET;
  else if (::inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) == 1) storage.ss_family = AF_INET6;
  else ADD_FAILURE() << text << " is no address";
  return may_connect(*reinterpret_cast<sockaddr*>(&storage), rule);
}

TEST(PublicAddress, OpensNothingThatIsNotThePublicInternet) {
  for (const char* address : {"0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255", "127.0.0.1", "127.255.255.254",
                              "169.254.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.255",
                              "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.7", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "168.63.129.16",
                              "::", "::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1",
                              "fc00::1", "fd00:ec2::254", "fdff:ffff::1", "fe80::1", "febf::1", "fec0::1", "ff02::1", "2001::1", "2001:0:7f00:1::", "2001:db8::1", "2002:7f00:1::1",
                              "2002:a9fe:a9fe::1", "3fff::1", "5f00::1", "4000::1"}) {
    EXPECT_FALSE(open_to(address)) << address;
  }
  for (const char* address : {"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.1", "169.253.255.255", "169.255.0.0",
                              "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "168.63.129.17",
                              "2400:3200::1", "2606:4700:4700::1111", "2001:200::1", "2001:4860:4860::8888", "2003::1", "2001:db9::1"}) {
    EXPECT_TRUE(open_to(address)) << address;
  }
}

TEST(PublicAddress, OpensLoopbackOnlyWhenToldSoAndNothingElseThen) {
  EXPECT_TRUE(open_to("127.0.0.1", AddressRule::kAlsoLoopback));
  EXPECT_TRUE(open_to("::1", AddressRule::kAlsoLoopback));
  for (const char* address : {"10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "fe80::1", "0.0.0.0", "::"}) EXPECT_FALSE(open_to(address, AddressRule::kAlsoLoopback)) << address;
  sockaddr local{};
  local.sa_family = AF_UNIX;
  EXPECT_FALSE(may_connect(local, AddressRule::kAlsoLoopback));
}

TEST(PublicAddress, TakesPlainUrlsOnly) {
  for (const char* url : {"https://member.example/hooks", "https://member.example", "https://member.example:8443/a?b=c", "https://1.2.3.4/x", "https://[2400:3200::1]:443/x",
                          "https://a-b.c_d.example/%20"}) {
    EXPECT_TRUE(check_webhook_url(url, AddressRule::kPublicOnly)) << url;
  }
  for (const char* url : {"", "http://member.example/", "HTTPS://member.example/", "ftp://member.example/", "file:///etc/passwd", "gopher://x/", "//member.example/", "member.example",
                          "https://", "https:///x", "https://user@member.example/", "https://user:pass@member.example/", "https://good.example@127.0.0.1/", "https://member.example/#x",
                          "https://member.example:22/", "https://member.example:25/", "https://member.example:80/", "https://member.example:0/", "https://member.example:99999/",
                          "https://member.example:/", "https://member.example:44 3/", "https://member.example:+443/", "https://mem ber.example/", "https://member.example/\r\nHost: x",
                          "https://member.example\\@127.0.0.1/", "https://\xe4\xb8\xad.example/", "https://2130706433/", "https://0x7f000001/", "https://0x7f.1/", "https://127.1/",
                          "https://0177.0.0.1/", "https://127.0.0.01/", "https://127.0.0.1.2/", "https://[::1/", "https://[::1]x/", "https://[fe80::1%25eth0]/", "https://[127.0.0.1]/",
                          "https://.example/", "https://a..example/", "https://%31%32%37.0.0.1/", "https://member.example%2f@x/"}) {
    EXPECT_FALSE(check_webhook_url(url, AddressRule::kPublicOnly)) << url;
  }
  EXPECT_FALSE(check_webhook_url("https://a.example/" + std::string(kWebhookUrlMost, 'x'), AddressRule::kPublicOnly));
  EXPECT_TRUE(check_webhook_url("http://127.0.0.1:8080/x", AddressRule::kAlsoLoopback));
}

}  // namespace
}  // namespace brushwatch

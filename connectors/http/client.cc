#include "connectors/http/client.h"

#include <utility>  // before Asio: Boost 1.74 needs std::exchange

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>

#include <charconv>
#include <chrono>
#include <iterator>

namespace brushwatch {
namespace {

/// Sends `request` over TLS and gives all that comes back until the end; "" and a word when it did not get that far.
Result<std::string> over_tls(const HttpAddress& address, const std::string& request, int timeout_ms, std::string& why) {
  namespace net = boost::asio;
  namespace ssl = boost::asio::ssl;
  ssl::context context(ssl::context::tls_client);
  boost::system::error_code ec;
  const auto cannot = [&](const std::string& file) { return tl::unexpected<Error>(Error(ErrorCode::kConfigRange, "cannot be used for TLS").in(file + ": " + ec.message())); };
  if (!address.ca.empty()) context.load_verify_file(address.ca, ec);
  else context.set_default_verify_paths(ec);
  if (ec) return cannot(address.ca);
  if (!address.certificate.empty()) {
    context.use_certificate_chain_file(address.certificate, ec);
    if (ec) return cannot(address.certificate);
    context.use_private_key_file(address.key, ssl::context::pem, ec);
    if (ec) return cannot(address.key);
  }
  net::io_context io;
  ssl::stream<net::ip::tcp::socket> stream(io, context);
  stream.set_verify_mode(ssl::verify_peer, ec);
  stream.set_verify_callback(ssl::host_name_verification(address.host), ec);
  SSL_set_tlsext_host_name(stream.native_handle(), address.host.c_str());
  std::string answer;
  bool ended = false;
  // One chain of asynchronous steps, so that one clock bounds all of them.
  net::ip::tcp::resolver resolver(io);
  const auto failed = [&](const boost::system::error_code& code) {
    if (code) why = code.message();
    return static_cast<bool>(code);
  };
  resolver.async_resolve(address.host, std::to_string(address.port), [&](auto resolved, const auto& found) {
    if (failed(resolved)) return;
    net::async_connect(stream.next_layer(), found, [&](auto connected, const auto&) {
      if (failed(connected)) return;
      stream.async_handshake(ssl::stream_base::client, [&](auto greeted) {
        if (failed(greeted)) return;
        net::async_write(stream, net::buffer(request), [&](auto written, std::size_t) {
          if (failed(written)) return;
          net::async_read(stream, net::dynamic_buffer(answer), [&](auto read, std::size_t) { ended = read == net::error::eof || !failed(read); });
        });
      });
    });
  });
  io.run_for(std::chrono::milliseconds(timeout_ms));
  if (!ended && why.empty()) why = "no answer in time";
  return ended ? answer : std::string();
}

}  // namespace

Result<HttpAddress> parse_http_address(const std::string& text) {
  std::string_view rest = text;
  constexpr std::string_view kScheme = "http://", kSecure = "https://";
  HttpAddress out;
  out.tls = rest.starts_with(kSecure);
  if (out.tls) rest.remove_prefix(kSecure.size());
  else if (rest.starts_with(kScheme)) rest.remove_prefix(kScheme.size());
  rest = rest.substr(0, rest.find('/'));
  const auto colon = rest.rfind(':');
  if (colon != std::string_view::npos) {
    const std::string_view port = rest.substr(colon + 1);
    const auto [end, code] = std::from_chars(port.data(), port.data() + port.size(), out.port);
    if (code != std::errc{} || end != port.data() + port.size() || out.port == 0) return tl::unexpected<Error>(Error(ErrorCode::kConfigRange, "no port of an address").in(text));
    rest = rest.substr(0, colon);
  }
  if (rest.empty()) return tl::unexpected<Error>(Error(ErrorCode::kConfigRange, "no host of an address").in(text));
  out.host = rest;
  return out;
}

Result<HttpAnswer> http_call(const HttpAddress& address, const std::string& method, const std::string& path,
                             const std::vector<std::pair<std::string, std::string>>& headers, const std::string& body, int timeout_ms) {
  const auto away = [&](std::string_view what) {
    return tl::unexpected<Error>(Error(ErrorCode::kIo, "no answer over HTTP", 0, Retry::kBackoff).in(address.host + ":" + std::to_string(address.port) + path + ": " + std::string(what)));
  };
  // 1.0: the answer ends with the connection and comes in one piece.
  std::string request = method + " " + path + " HTTP/1.0\r\nHost: " + address.host + "\r\nConnection: close\r\n";
  for (const auto& [name, value] : headers) request += name + ": " + value + "\r\n";
  if (!body.empty() || method != "GET") request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  request += "\r\n" + body;
  std::string answer;
  if (address.tls) {
    std::string why;
    BW_ASSIGN(answer, over_tls(address, request, timeout_ms, why));
    if (answer.empty()) return away(why);
  } else {
    boost::asio::ip::tcp::iostream stream;
    stream.expires_after(std::chrono::milliseconds(timeout_ms));
    stream.connect(address.host, std::to_string(address.port));
    if (!stream) return away(stream.error().message());
    stream << request << std::flush;
    answer.assign(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  }
  const auto end = answer.find("\r\n\r\n");
  if (end == std::string::npos) return away("it broke off");
  return HttpAnswer{std::atoi(answer.c_str() + answer.find(' ') + 1), answer.substr(end + 4)};
}

Result<std::string> http_get(const HttpAddress& address, const std::string& path, int timeout_ms) {
  BW_ASSIGN(HttpAnswer answer, http_call(address, "GET", path, {}, {}, timeout_ms));
  if (answer.status != 200) return tl::unexpected<Error>(Error(ErrorCode::kNotFound, "answered with another status than 200", answer.status).in(path));
  return std::move(answer.body);
}

}  // namespace brushwatch

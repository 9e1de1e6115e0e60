#include "connectors/http/client.h"

#include <utility>  // before Asio: Boost 1.74 needs std::exchange

#include <boost/asio/ip/tcp.hpp>

#include <charconv>
#include <chrono>
#include <iterator>

namespace brushwatch {

Result<HttpAddress> parse_http_address(const std::string& text) {
  std::string_view rest = text;
  constexpr std::string_view kScheme = "http://";
  if (rest.starts_with(kScheme)) rest.remove_prefix(kScheme.size());
  rest = rest.substr(0, rest.find('/'));
  HttpAddress out;
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
  boost::asio::ip::tcp::iostream stream;
  stream.expires_after(std::chrono::milliseconds(timeout_ms));
  stream.connect(address.host, std::to_string(address.port));
  if (!stream) return away(stream.error().message());
  // 1.0: the answer ends with the connection and comes in one piece.
  stream << method << " " << path << " HTTP/1.0\r\nHost: " << address.host << "\r\nConnection: close\r\n";
  for (const auto& [name, value] : headers) stream << name << ": " << value << "\r\n";
  if (!body.empty() || method != "GET") stream << "Content-Length: " << body.size() << "\r\n";
  stream << "\r\n" << body << std::flush;
  const std::string answer{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
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

#include "connectors/http/reply.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace brushwatch {
namespace {

std::string_view title_of(unsigned status) {
  switch (status) {
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return "Error";
  }
}

}  // namespace

HttpReply problem(unsigned status, std::string_view code, std::string_view detail, std::string_view trace_id,
                  const std::vector<ProblemField>& errors) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> json(buffer);
  const auto text = [&json](std::string_view s) { json.String(s.data(), static_cast<rapidjson::SizeType>(s.size())); };
  const auto member = [&](std::string_view name, std::string_view value) {
    json.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
    text(value);
  };
  json.StartObject();
  member("type", "urn:brushwatch:problem:" + std::string(code));
  member("title", title_of(status));
  json.Key("status");
  json.Uint(status);
  member("detail", detail);
  member("code", code);
  json.Key("errors");
  json.StartArray();
  for (const ProblemField& field : errors) {
    json.StartObject();
    member("pointer", field.pointer);
    member("detail", field.detail);
    json.EndObject();
  }
  json.EndArray();
  member("trace_id", trace_id);
  json.EndObject();
  HttpReply reply;
  reply.status = status;
  reply.body.assign(buffer.GetString(), buffer.GetSize());
  reply.content_type = "application/problem+json";
  return reply;
}

}  // namespace brushwatch

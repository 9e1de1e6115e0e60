#include "doors/proof_routes.h"

#include "doors/answer.h"

namespace brushwatch::doors {
namespace {

constexpr std::size_t kTreeNameMost = 64;

}  // namespace

HttpReply tree_heads(const TreeBook& trees, const HttpRequest& request, std::string_view beginning) {
  Query query(request.query, {"tree"});
  const std::string wanted = query.text("tree", kTreeNameMost);
  if (!query.why().empty()) return bad_parameter(request, query);
  std::string out;
  for (const TreeHead& head : trees.heads(wanted.empty() ? beginning : std::string_view(wanted))) {
    if (!head.tree.starts_with(beginning)) continue;
    out += (out.empty() ? "" : ",") + to_json(head);
  }
  return {200, "{\"items\":[" + out + "]}"};
}

HttpReply inclusion_proof(const TreeBook& trees, const HttpRequest& request) {
  Query query(request.query, {"tree", "index", "size"});
  const std::string tree = query.text("tree", kTreeNameMost);
  const auto index = query.number("index", 0, INT64_MAX, 0), size = query.number("size", 1, INT64_MAX, 0);
  if (!query.why().empty()) return bad_parameter(request, query);
  const auto proof = trees.inclusion(tree, static_cast<std::uint64_t>(index), static_cast<std::uint64_t>(size));
  return proof ? HttpReply{200, to_json(*proof)} : not_found(request);
}

HttpReply consistency_proof(const TreeBook& trees, const HttpRequest& request, std::string_view beginning) {
  Query query(request.query, {"tree", "from", "size"});
  const std::string tree = query.text("tree", kTreeNameMost);
  const auto from = query.number("from", 1, INT64_MAX, 1), size = query.number("size", 1, INT64_MAX, 0);
  if (!query.why().empty()) return bad_parameter(request, query);
  if (!tree.starts_with(beginning)) return not_found(request);
  const auto proof = trees.consistency(tree, static_cast<std::uint64_t>(from), static_cast<std::uint64_t>(size));
  return proof ? HttpReply{200, to_json(*proof)} : not_found(request);
}

}  // namespace brushwatch::doors

#pragma once
/// Heads and proofs over HTTP. A hash tells nothing of its line (each line holds the hash of the one before it), so whoever may ask at
/// all may ask of every tree.

#include "connectors/http/server.h"
#include "doors/tree_book.h"

namespace brushwatch::doors {

/// ?tree=BEGINNING of names. `beginning` is what all trees of this route begin with.
HttpReply tree_heads(const TreeBook& trees, const HttpRequest& request, std::string_view beginning = {});
/// ?tree=&index=[&size=]
HttpReply inclusion_proof(const TreeBook& trees, const HttpRequest& request);
/// ?tree=&from=[&size=]
HttpReply consistency_proof(const TreeBook& trees, const HttpRequest& request, std::string_view beginning = {});

}  // namespace brushwatch::doors

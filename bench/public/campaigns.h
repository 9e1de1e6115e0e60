#pragma once
/// Real orders of Olist with campaigns of fake ones put in, and what each detector says of each order when it comes.

#include <cstdint>
#include <filesystem>
#include <vector>

namespace brushwatch::bench {

struct ShopOrder {
  std::int64_t time_s = 0;
  std::uint32_t shop = 0, buyer = 0;
  bool fake = false;
};

struct Orders {
  std::vector<ShopOrder> orders;  ///< in order of time
  std::uint32_t shops = 0;
};

/// The sample's orders, each to the first seller by id of its items.
Orders read_olist(const std::filesystem::path& folder);
/// Adds 20 campaigns of 30 fake orders by fresh buyers, evenly within `hours`, at shops with 2 to 10 honest orders: §4.2 of the
/// protocol. Deterministic in the seed.
Orders with_campaigns(const Orders& honest, double hours, std::uint64_t seed);

}  // namespace brushwatch::bench

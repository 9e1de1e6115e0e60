#pragma once
/// W1 and W2 (../README.md) on plain structs in hash maps: the least that the work itself costs.
///
/// No state outlives the process. Integers only: the same orders give the same alerts as in the other engines.

#include <xxhash.h>

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include <tsl/robin_map.h>

namespace peers {

/// What the work reads of an order. Views live as long as the parsed record.
struct Order {
  std::int64_t time_ms = 0;
  std::int64_t paid_fen = 0;
  std::string_view id, shop, buyer, device;  ///< shop: 8 bytes
};

inline std::uint64_t hash_of(std::string_view text) { return XXH3_64bits(text.data(), text.size()); }
/// A shop's id is 8 bytes: big-endian, so that the order of numbers is the order of the texts.
inline std::uint64_t shop_word(std::string_view id) {
  std::uint64_t word = 0;
  std::memcpy(&word, id.data(), sizeof word);
  return __builtin_bswap64(word);
}
inline void append_shop(std::string& out, std::uint64_t word) {
  word = __builtin_bswap64(word);
  out.append(reinterpret_cast<const char*>(&word), sizeof word);
}

/// Entry z: 64 ln(64 / z) rounded, the linear count when z of the 64 registers are still 0.
inline constexpr std::array<std::uint16_t, 65> kLinear = {
    0,  266, 222, 196, 177, 163, 151, 142, 133, 126, 119, 113, 107, 102, 97, 93, 89, 85, 81, 78, 74, 71,
    68, 65,  63,  60,  58,  55,  53,  51,  48,  46,  44,  42,  40,  39,  37, 35, 33, 32, 30, 28, 27, 25,
    24, 23,  21,  20,  18,  17,  16,  15,  13,  12,  11,  10,  9,   7,   6,  5,  4,  3,  2,  1,  0};

/// The numbers of a shop alert.
struct Raised {
  std::int64_t minute = 0, count = 0, amount = 0, distinct = 0, repeat = 0, score = 0;
};
inline void write_alert(const Raised& r, std::string_view shop, std::string_view order, std::string& alert) {
  alert.append(R"("k":"shop","shop":")").append(shop).append(R"(","minute":)").append(std::to_string(r.minute));
  alert.append(R"(,"order":")").append(order).append(R"(","count":)").append(std::to_string(r.count));
  alert.append(R"(,"amount":)").append(std::to_string(r.amount)).append(R"(,"distinct":)").append(std::to_string(r.distinct));
  alert.append(R"(,"repeat":)").append(std::to_string(r.repeat)).append(R"(,"score":)").append(std::to_string(r.score));
}

/// W1's row of a shop: 616 bytes.
struct ShopRow {
  std::array<std::int64_t, 10> amounts{};  ///< by minute % 10, fen
  std::int64_t baseline = 0;               ///< orders a minute × 65536
  std::array<std::uint32_t, 10> counts{};  ///< by minute % 10
  std::int32_t minute = 0;                 ///< newest seen, since the epoch; 0 = a new row
  std::int32_t block = 0;                  ///< minute / 10 of the registers
  std::int32_t alert_minute = 0;
  std::uint32_t block_count = 0;
  std::uint32_t device_next = 0, device_size = 0;
  std::array<std::uint32_t, 100> devices{};
  std::array<std::uint8_t, 64> registers{};

  void advance(std::int32_t to) {
    if (to - minute > 64) {
      counts.fill(0);
      amounts.fill(0);
      baseline = 0;
      minute = to;
      return;
    }
    while (minute < to) {
      baseline += ((static_cast<std::int64_t>(counts[minute % 10]) << 16) - baseline) >> 5;
      ++minute;
      counts[minute % 10] = 0;
      amounts[minute % 10] = 0;
    }
  }
  [[nodiscard]] std::int64_t distinct() const {
    std::int64_t sum = 0;
    std::size_t zeros = 0;
    for (const std::uint8_t r : registers) {
      sum += (std::int64_t{1} << 48) >> r;
      zeros += r == 0;
    }
    const std::int64_t raw = (std::int64_t{2904} << 48) / sum;
    return raw <= 160 && zeros > 0 ? kLinear[zeros] : raw;
  }
  /// True when the order raises an alert, whose numbers are then in `raised`. `buyer`, `device`: hash_of() their texts.
  bool fold(std::int64_t time_ms, std::int64_t paid_fen, std::uint64_t buyer, std::uint64_t device_hash, Raised& raised) {
    const auto m = static_cast<std::int32_t>(time_ms / 60'000);
    if (minute == 0) {
      minute = m;
      block = m / 10;
    }
    if (m > minute) advance(m);
    else if (m <= minute - 10) return false;
    counts[m % 10] += 1;
    amounts[m % 10] += paid_fen;
    if (minute / 10 != block) {
      block = minute / 10;
      block_count = 0;
      registers.fill(0);
    }
    ++block_count;
    const auto rank = static_cast<std::uint8_t>(std::countl_zero(buyer << 6 | 32) + 1);
    if (registers[buyer >> 58] < rank) registers[buyer >> 58] = rank;
    const auto device = static_cast<std::uint32_t>(device_hash);
    std::int64_t repeat = 0;
    for (std::uint32_t i = 0; i < device_size; ++i) repeat += devices[i] == device;
    devices[device_next] = device;
    device_next = device_next == 99 ? 0 : device_next + 1;
    if (device_size < 100) ++device_size;

    std::int64_t count = 0, amount = 0;
    for (const std::uint32_t c : counts) count += c;
    for (const std::int64_t a : amounts) amount += a;
    const std::int64_t d = distinct();
    const auto at_most = [](std::int64_t limit, std::int64_t v) { return v < limit ? v : limit; };
    const std::int64_t burst = at_most(400, 100 * count / ((10 * baseline >> 16) + 4));
    const std::int64_t few = at_most(300, 10 * (block_count > d ? block_count - d : 0));
    const std::int64_t score = burst + at_most(300, 10 * repeat) + few + (amount / count < 1500 ? 100 : 0);
    if (score < 500 || count < 20 || alert_minute == minute) return false;
    alert_minute = minute;
    raised = {minute, count, amount, d, repeat, score};
    return true;
  }
};

/// W2's row of a buyer: the last 16 (shop, hour).
struct BuyerRow {
  std::array<std::uint64_t, 16> shops{};
  std::array<std::int32_t, 16> hours{};
  std::uint32_t used = 0;

  /// Calls pair(other shop) for each shop that the buyer went to in the same hour, when this one is new in it.
  template <class Pair> void fold(std::uint64_t shop, std::int32_t hour, Pair&& pair) {
    for (std::uint32_t i = 0; i < used; ++i) {
      if (shops[i] == shop && hours[i] == hour) return;
    }
    std::uint32_t oldest = 0;
    for (std::uint32_t i = 0; i < used; ++i) {
      if (hours[i] == hour) pair(shops[i]);
      if (hours[i] < hours[oldest]) oldest = i;
    }
    const std::uint32_t place = used < 16 ? used++ : oldest;
    shops[place] = shop;
    hours[place] = hour;
  }
};

struct PairKey {
  std::uint64_t a = 0, b = 0;
  std::int32_t hour = 0;
  bool operator==(const PairKey&) const = default;
};
struct PairHash {
  std::size_t operator()(const PairKey& k) const {
    std::uint64_t x = (k.a * 0x9E3779B97F4A7C15ULL ^ k.b) + static_cast<std::uint64_t>(k.hour);  // splitmix64's finaliser below
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
    return x ^ (x >> 31);
  }
};
struct WordHash {
  std::size_t operator()(std::uint64_t w) const { return PairHash{}(PairKey{w, 0, 0}); }
};

/// Both works over all keys, in this process's memory.
class Work {
 public:
  explicit Work(bool pairs) : with_pairs_(pairs) {}
  /// Calls alert(line) for each alert that the order raises.
  template <class Alert> void fold(const Order& order, Alert&& alert) {
    const std::uint64_t shop = shop_word(order.shop);
    const std::uint64_t buyer = hash_of(order.buyer);
    if (Raised raised; shops_[shop].fold(order.time_ms, order.paid_fen, buyer, hash_of(order.device), raised)) {
      line_.assign("{");
      write_alert(raised, order.shop, order.id, line_);
      alert(line_ += '}');
    }
    if (!with_pairs_) return;
    const auto hour = static_cast<std::int32_t>(order.time_ms / 3'600'000);
    buyers_[buyer].fold(shop, hour, [&](std::uint64_t other) {
      const PairKey key{shop < other ? shop : other, shop < other ? other : shop, hour};
      ++pair_updates_;
      if (++pairs_[key] != 5) return;
      line_.assign(R"({"k":"pair","a":")");
      append_shop(line_, key.a);
      line_.append(R"(","b":")");
      append_shop(line_, key.b);
      line_.append(R"(","hour":)").append(std::to_string(hour)) += '}';
      alert(line_);
    });
    if (hour > newest_hour_) expire(hour);
  }
  [[nodiscard]] std::uint64_t pair_updates() const { return pair_updates_; }

 private:
  /// A pair's count lives for an hour after its own hour has ended.
  void expire(std::int32_t hour) {
    newest_hour_ = hour;
    for (auto it = pairs_.begin(); it != pairs_.end();) it = it->first.hour < hour - 1 ? pairs_.erase(it) : std::next(it);
  }

  bool with_pairs_;
  std::uint64_t pair_updates_ = 0;
  std::int32_t newest_hour_ = 0;
  std::string line_;
  tsl::robin_map<std::uint64_t, ShopRow, WordHash> shops_;
  tsl::robin_map<std::uint64_t, BuyerRow, WordHash> buyers_;
  tsl::robin_map<PairKey, std::uint32_t, PairHash> pairs_;
};

}  // namespace peers

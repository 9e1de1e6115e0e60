#include "bench/public/shopee_rule.h"

#include <algorithm>

namespace brushwatch::bench {

void ShopeeRule::check(std::uint32_t id, Shop& shop) {
  if (shop.orders.size() - shop.first < static_cast<std::size_t>(options_.ratio) * std::max(1U, shop.buyers)) return;
  for (std::size_t i = std::max(shop.first, shop.marked); i < shop.orders.size(); ++i) ++brushed_[pair(id, shop.orders[i].buyer)];
  shop.marked = shop.orders.size();
}

void ShopeeRule::leave_before(std::uint32_t id, Shop& shop, std::int64_t time_s, std::int64_t horizon_s) {
  // Seconds leave one after the other; between two of them the window is a state of its own, until the next order enters.
  while (shop.first < shop.orders.size() && shop.orders[shop.first].time_s < time_s) {
    const std::int64_t second = shop.orders[shop.first].time_s;
    for (; shop.first < shop.orders.size() && shop.orders[shop.first].time_s == second; ++shop.first) {
      if (in_window_.add(pair(id, shop.orders[shop.first].buyer), -1) == 0) --shop.buyers;
    }
    if (second + options_.window_s + 1 < horizon_s && shop.first < shop.orders.size()) check(id, shop);
  }
  if (shop.first > 64 && shop.first * 2 > shop.orders.size()) {
    shop.orders.erase(shop.orders.begin(), shop.orders.begin() + static_cast<std::ptrdiff_t>(shop.first));
    shop.marked -= std::min(shop.marked, shop.first);
    shop.first = 0;
  }
}

void ShopeeRule::arrive(std::int64_t time_s, std::uint32_t id, std::uint32_t buyer) {
  if (id >= shops_.size()) shops_.resize(static_cast<std::size_t>(id) + 1);
  Shop& shop = shops_[id];
  leave_before(id, shop, time_s - options_.window_s, time_s);
  shop.orders.push_back({time_s, buyer});
  if (in_window_.add(pair(id, buyer), 1) == 1) ++shop.buyers;
  if (shop.touched_s != time_s) {
    shop.touched_s = time_s;
    touched_.push_back(id);
  }
}

void ShopeeRule::release(std::int64_t until_s) {
  for (; released_ <= until_s; ++released_) {
    auto& second = waiting_[static_cast<std::size_t>(released_ % static_cast<std::int64_t>(waiting_.size()))];
    if (second.empty()) continue;
    // Orders of one second enter together; then each of their shops is looked at once.
    touched_.clear();
    for (const Waiting& w : second) in_window_.prefetch(pair(w.shop, w.buyer));
    for (const Waiting& w : second) {
      // Whoever enters pushes the shop's oldest out; its slot is as far away as the newcomer's.
      if (w.shop >= shops_.size()) continue;
      const Shop& shop = shops_[w.shop];
      for (std::size_t i = shop.first; i < std::min(shop.first + 2, shop.orders.size()); ++i) in_window_.prefetch(pair(w.shop, shop.orders[i].buyer));
    }
    for (const Waiting& w : second) arrive(released_, w.shop, w.buyer);
    for (const std::uint32_t id : touched_) check(id, shops_[id]);
    second.clear();
  }
}

void ShopeeRule::add(std::int64_t time_s, std::uint32_t shop, std::uint32_t buyer) {
  if (!begun_) {
    begun_ = true;
    newest_ = time_s;
    released_ = time_s - options_.lateness_s;
  }
  if (time_s > newest_) {
    newest_ = time_s;
    if (newest_ - released_ > 4 * static_cast<std::int64_t>(waiting_.size())) {
      release(released_ + static_cast<std::int64_t>(waiting_.size()));  // all that waits; the seconds after it are empty
      released_ = newest_ - options_.lateness_s;
    } else {
      release(newest_ - options_.lateness_s - 1);
    }
  }
  if (time_s < released_) {
    ++late_;
    return;
  }
  waiting_[static_cast<std::size_t>(time_s % static_cast<std::int64_t>(waiting_.size()))].push_back({shop, buyer});
}

void ShopeeRule::finish() {
  if (!begun_) return;
  release(newest_);
  for (std::uint32_t id = 0; id < shops_.size(); ++id) leave_before(id, shops_[id], INT64_MAX, INT64_MAX);
}

std::uint32_t ShopeeRule::brushed(std::uint32_t shop, std::uint32_t buyer) const {
  const auto at = brushed_.find(pair(shop, buyer));
  return at == brushed_.end() ? 0 : at->second;
}

}  // namespace brushwatch::bench

#include "connectors/codec/status_map.h"

#include <unordered_map>

#include "connectors/codec/name_table.h"
#include "engine/base/hash.h"

namespace brushwatch {
namespace {

using S = ScanCode;
constexpr ScanCodeRow kScanRows[] = {
    // Kuaidi100 `state` (domain.md §2.2)
    {"kuaidi100", "101", S::kCreated}, {"kuaidi100", "102", S::kCreated}, {"kuaidi100", "1", S::kPickedUp},
    {"kuaidi100", "103", S::kPickedUp}, {"kuaidi100", "0", S::kInTransit}, {"kuaidi100", "1001", S::kArrived},
    {"kuaidi100", "1002", S::kInTransit}, {"kuaidi100", "1003", S::kForwarded}, {"kuaidi100", "5", S::kOutForDelivery},
    {"kuaidi100", "501", S::kAtStation}, {"kuaidi100", "3", S::kSigned}, {"kuaidi100", "301", S::kSigned},
    {"kuaidi100", "302", S::kSigned}, {"kuaidi100", "303", S::kSignedProxy}, {"kuaidi100", "304", S::kSignedStation},
    {"kuaidi100", "2", S::kException}, {"kuaidi100", "6", S::kReturning}, {"kuaidi100", "4", S::kReturned},
    {"kuaidi100", "14", S::kRefused}, {"kuaidi100", "7", S::kForwarded}, {"kuaidi100", "10", S::kCustoms},
    {"kuaidi100", "11", S::kCustoms}, {"kuaidi100", "12", S::kCustoms}, {"kuaidi100", "13", S::kCustoms},
    {"kuaidi100", "401", S::kCancelled},
    // Kdniao StateEx
    {"kdniao", "10", S::kCreated}, {"kdniao", "1", S::kPickedUp}, {"kdniao", "2", S::kInTransit},
    {"kdniao", "201", S::kArrived}, {"kdniao", "204", S::kArrived}, {"kdniao", "205", S::kArrived},
    {"kdniao", "206", S::kDeparted}, {"kdniao", "202", S::kOutForDelivery}, {"kdniao", "211", S::kAtStation},
    {"kdniao", "3", S::kSigned}, {"kdniao", "301", S::kSigned}, {"kdniao", "302", S::kSigned},
    {"kdniao", "304", S::kSignedProxy}, {"kdniao", "311", S::kSignedStation}, {"kdniao", "4", S::kException},
    {"kdniao", "401", S::kException}, {"kdniao", "402", S::kException}, {"kdniao", "403", S::kException},
    {"kdniao", "405", S::kException}, {"kdniao", "412", S::kException}, {"kdniao", "404", S::kReturning},
    {"kdniao", "407", S::kReturning}, {"kdniao", "406", S::kReturned}, {"kdniao", "5", S::kForwarded},
    {"kdniao", "6", S::kCustoms}, {"kdniao", "601", S::kCustoms}, {"kdniao", "602", S::kCustoms},
    {"kdniao", "603", S::kCustoms}, {"kdniao", "604", S::kCustoms}, {"kdniao", "415", S::kCancelled},
    // WeChat logistics.onPathUpdate
    {"wechat", "100003", S::kCreated}, {"wechat", "100001", S::kPickedUp}, {"wechat", "200001", S::kInTransit},
    {"wechat", "300002", S::kOutForDelivery}, {"wechat", "300003", S::kSigned}, {"wechat", "300004", S::kException},
    {"wechat", "400002", S::kException}, {"wechat", "400001", S::kCancelled},
    // SF route codes, as seen in samples
    {"sf", "54", S::kPickedUp}, {"sf", "50", S::kPickedUp}, {"sf", "30", S::kInTransit}, {"sf", "36", S::kDeparted},
    {"sf", "31", S::kArrived}, {"sf", "80", S::kSigned}, {"sf", "8000", S::kSigned}, {"sf", "99", S::kReturning},
    {"sf", "631", S::kReturning}, {"sf", "648", S::kReturning},
    // STO scan names
    {"sto", "收件", S::kPickedUp}, {"sto", "发件", S::kDeparted}, {"sto", "到件", S::kArrived}, {"sto", "装袋", S::kInTransit},
    {"sto", "派件", S::kOutForDelivery}, {"sto", "客户签收", S::kSigned}, {"sto", "驿站代收", S::kAtStation},
};

using T = EventType;
constexpr OrderStatusRow kOrderRows[] = {
    // Taobao open platform: trades (domain.md §2.1)
    {"taobao", "WAIT_BUYER_PAY", T::kOrderCreated}, {"taobao", "TRADE_NO_CREATE_PAY", T::kOrderCreated},
    {"taobao", "PAY_PENDING", T::kOrderCreated}, {"taobao", "WAIT_PRE_AUTH_CONFIRM", T::kOrderCreated},
    {"taobao", "WAIT_SELLER_SEND_GOODS", T::kOrderPaid}, {"taobao", "PAID_FORBID_CONSIGN", T::kOrderPaid},
    {"taobao", "SELLER_CONSIGNED_PART", T::kOrderShipped}, {"taobao", "WAIT_BUYER_CONFIRM_GOODS", T::kOrderShipped},
    {"taobao", "TRADE_BUYER_SIGNED", T::kOrderSigned}, {"taobao", "TRADE_FINISHED", T::kOrderConfirmed},
    {"taobao", "TRADE_CLOSED", T::kOrderClosed}, {"taobao", "TRADE_CLOSED_BY_TAOBAO", T::kOrderClosed},
    // Taobao: refunds. Only the first and the last step are events of ours.
    {"taobao", "WAIT_SELLER_AGREE", T::kOrderRefundRequested}, {"taobao", "WAIT_BUYER_RETURN_GOODS", T::kOrderOther},
    {"taobao", "WAIT_SELLER_CONFIRM_GOODS", T::kOrderOther}, {"taobao", "SELLER_REFUSE_BUYER", T::kOrderOther},
    {"taobao", "CLOSED", T::kOrderOther}, {"taobao", "SUCCESS", T::kOrderRefunded},
    // JD and PDD (background knowledge, to be confirmed with the member)
    {"jd", "WAIT_SELLER_STOCK_OUT", T::kOrderPaid}, {"jd", "WAIT_GOODS_RECEIVE_CONFIRM", T::kOrderShipped},
    {"jd", "FINISHED_L", T::kOrderConfirmed}, {"jd", "TRADE_CANCELED", T::kOrderClosed},
    {"pdd", "1", T::kOrderPaid}, {"pdd", "2", T::kOrderShipped}, {"pdd", "3", T::kOrderSigned},
};

constexpr std::string_view kScanWords[] = {
    "other", "created", "picked_up", "arrived", "departed", "in_transit", "out_for_delivery", "at_station", "signed",
    "signed_proxy", "signed_station", "exception", "returning", "returned", "refused", "forwarded", "customs", "cancelled"};
const NameTable kScanWordTable(kScanWords);

struct OrderWord { std::string_view word; EventType type; };
constexpr OrderWord kOrderWords[] = {
    {"created", T::kOrderCreated}, {"paid", T::kOrderPaid}, {"shipped", T::kOrderShipped}, {"signed", T::kOrderSigned},
    {"confirmed", T::kOrderConfirmed}, {"refund_requested", T::kOrderRefundRequested}, {"refunded", T::kOrderRefunded},
    {"closed", T::kOrderClosed}, {"merchant_transfer", T::kOrderMerchantTransfer}, {"compensated", T::kOrderCompensated}};

/// Tmall trades come through Taobao's interface with Taobao's names.
std::string_view order_table(std::string_view source) { return source == "tmall" ? "taobao" : source; }

/// (source, code) → row index. Keys are hashes: a stranger's code that collides with one of ~100 rows is a 10^-17 matter.
std::unordered_map<std::uint64_t, std::size_t> index_of(auto rows, auto code) {
  std::unordered_map<std::uint64_t, std::size_t> index;
  for (std::size_t i = 0; i < rows.size(); ++i) index.emplace(hash_combine(hash64(rows[i].source), hash64(code(rows[i]))), i);
  return index;
}

}  // namespace

std::span<const ScanCodeRow> scan_code_rows() { return kScanRows; }
std::span<const OrderStatusRow> order_status_rows() { return kOrderRows; }

std::optional<ScanCode> scan_code_from_word(std::string_view word) {
  const int index = kScanWordTable.find(word);
  if (index < 0) return std::nullopt;
  return static_cast<ScanCode>(index);
}

std::string_view scan_code_word(ScanCode code) { return kScanWords[static_cast<std::size_t>(code)]; }

std::optional<ScanCode> scan_code_of(std::string_view source, std::string_view code) {
  static const auto index = index_of(scan_code_rows(), [](const ScanCodeRow& r) { return r.code; });
  const auto it = index.find(hash_combine(hash64(source), hash64(code)));
  if (it == index.end()) return std::nullopt;
  return kScanRows[it->second].canonical;
}

std::optional<EventType> order_type_of(std::string_view source, std::string_view status) {
  static const auto index = index_of(order_status_rows(), [](const OrderStatusRow& r) { return r.status; });
  const auto it = index.find(hash_combine(hash64(order_table(source)), hash64(status)));
  if (it != index.end()) return kOrderRows[it->second].type;
  for (const OrderWord& w : kOrderWords) if (w.word == status) return w.type;
  return std::nullopt;
}

}  // namespace brushwatch

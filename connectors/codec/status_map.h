#pragma once
/// From the sources' own status codes to canonical ones, keyed by (source, code).
///
/// Two popular tracking code sets clash: Kuaidi100 `2` is a problem and `401` a cancellation, Kdniao `2` is in transit and
/// `401` "no information" (domain.md §2.2). So a code means nothing without its source, and an unmapped one is kept as
/// "other" and counted, never dropped. The tables are published in api/mapping/*.csv; a test holds both together.

#include <optional>
#include <span>
#include <string_view>

#include "engine/event/event.h"

namespace brushwatch {

struct ScanCodeRow {
  std::string_view source, code;
  ScanCode canonical;
};
struct OrderStatusRow {
  std::string_view source, status;
  EventType type;
};
/// The whole tables, in the order of api/mapping/scan_codes.csv and order_status.csv.
std::span<const ScanCodeRow> scan_code_rows();
std::span<const OrderStatusRow> order_status_rows();

/// The contract's own word ("picked_up"); nullopt when it is none. Every source may use these.
std::optional<ScanCode> scan_code_from_word(std::string_view word);
std::string_view scan_code_word(ScanCode code);
/// The source's own code; nullopt when nobody mapped it.
std::optional<ScanCode> scan_code_of(std::string_view source, std::string_view code);

/// A trade or refund status to the order event it announces; nullopt when nobody mapped it. kOrderOther is a known status
/// that announces nothing of its own (a refund that waits for the seller's parcel). The contract's words ("paid") are
/// understood from every source.
std::optional<EventType> order_type_of(std::string_view source, std::string_view status);

}  // namespace brushwatch

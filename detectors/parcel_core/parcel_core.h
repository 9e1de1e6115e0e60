#pragma once
/// The core of stage `parcel`: joins the platform's notices with the carrier's scans of one waybill, and tells shop and
/// party what became of it, again when late data changes it.
///
/// Input    parcel.notice, parcel.scan; key carrier + waybill. They may come in any order: the shop's log and the
///          carrier's log know nothing of each other.
/// Output   ParcelSummary to `shop` (one for each order that claims the number) and to `party` (pickup outlet, signing
///          courier), once the parcel is signed; revision + 1 when marks or weight change later, and to `shop` when the end of the
///          track or the earliest signature does.
/// State    sizeof(ParcelCore) a row. Names go 17 days after the last record, the row 180 days after it: that is the memory
///          in which a number counts as recycled, and the end of its epoch.
/// Order    every field is a minimum, a union or a bounded sorted set of what was seen, so the last revision does not depend
///          on the order of arrival. Fixed at the first telling: the moment and the evidence of the summary, sku and qty.
///          scans, first_scan, distance and outlets of a summary are as of its telling (to a shop without the outlet, when no pickup
///          was seen by then); they alone are no reason for another.
/// Fails    when more than two foreign orders share a number before it is signed: the two earliest are kept. After the
///          signature each further one is told in turn. Shop ids longer than 96 bytes with their order: order text goes first.

#include <array>
#include <compare>
#include <cstdint>

#include "detectors/weekly/weekly.h"

namespace brushwatch {

/// One scan, reduced to what the automaton and the map need. Sorted by time.
struct TrackScan {
  std::uint32_t second = 0;   ///< event time, s since 1970
  std::uint16_t region4 = 0;  ///< city of the GB/T 2260 code
  std::int16_t lat_c = 0, lon_c = 0;  ///< hundredths of a degree; both 0 = unknown
  ScanCode code = ScanCode::kOther;
  OutletKind kind = OutletKind::kUnknown;
  auto operator<=>(const TrackScan&) const = default;
  [[nodiscard]] bool located() const { return lat_c != 0 || lon_c != 0; }
};

/// The end of a track, small enough to be compared with others: the last three legs before and with the signature, and how the
/// scans came in. Packed into ParcelSummaryEvent::track.
struct TrackPrint {
  static constexpr std::int64_t kStepS = 2;        ///< of a leg: tracks of one program agree to the second, give or take one
  static constexpr std::uint16_t kPrompt = 0xFFFF;
  std::array<std::uint16_t, 3> legs{};  ///< steps of 2 s, oldest first; 36 h and more is 65535. All 0: fewer than four scans
  std::uint16_t upload = 0;  ///< all scans of 12 h and more came in one upload: its hour since 1970 mod 65000, + 1. kPrompt: a scan
                             ///< came within the hour. 0: neither

  [[nodiscard]] std::uint64_t packed() const {
    return legs[0] | std::uint64_t{legs[1]} << 16 | std::uint64_t{legs[2]} << 32 | std::uint64_t{upload} << 48;
  }
  static TrackPrint of(std::uint64_t packed) {
    return {{static_cast<std::uint16_t>(packed), static_cast<std::uint16_t>(packed >> 16), static_cast<std::uint16_t>(packed >> 32)},
            static_cast<std::uint16_t>(packed >> 48)};
  }
  [[nodiscard]] bool has_legs() const { return legs != std::array<std::uint16_t, 3>{}; }
  [[nodiscard]] bool in_one_upload() const { return upload != 0 && upload != kPrompt; }
};

/// What was said about one order or outlet.
struct ToldParcel {
  std::int64_t complete_ms = 0;  ///< `signed_time` of all its summaries
  std::uint64_t evidence = 0;    ///< their position: the smaller of the signature's and the notice's
  std::uint32_t weight_g = 0;
  std::uint16_t marks = 0;
  std::uint16_t revisions = 0;   ///< 0 = nothing said yet
  std::uint64_t track = 0;       ///< to `shop` only
  std::int64_t delivered_ms = 0;
};

/// An order that claims the number.
struct NoticeSlot {
  std::uint64_t identity = 0;  ///< hash of the order; 0 = empty slot
  std::uint64_t shop = 0;      ///< hash
  Pid sku = 0, buyer = 0, consignee = 0;
  std::int64_t event_ms = 0;
  std::int64_t paid_ms = 0;    ///< 0 unknown
  std::uint64_t position = 0;
  ToldParcel told;
  std::uint32_t region6 = 0, qty = 0;
  std::uint16_t category = 0;
  std::uint8_t shop_size = 0, subject_size = 0, order_size = 0;
  std::array<char, 99> names{};  ///< shop, subject, order; subject, then order, are left out when they do not fit
};

struct ParcelCore {
  static constexpr std::size_t kTrack = 16;   ///< honest parcels have 8 ± 2 scans; duplicates fold into one
  static constexpr std::size_t kWeights = 3;  ///< a median needs three; more would only follow the network's copies
  static constexpr std::size_t kOthers = 4;
  /// [0] is the order of the physical parcel: the earliest notice. [1] is a foreign order on the same number.
  std::array<NoticeSlot, 2> notices;
  std::array<std::uint32_t, kOthers> others;  ///< fingerprints of foreign orders already told and let go

  std::array<TrackScan, kTrack> track;        ///< the earliest distinct scans
  std::array<std::uint64_t, kWeights> weights;  ///< second << 32 | grams: the earliest distinct weighings, sorted
  std::int64_t sign_ms;                       ///< earliest signature; 0 = not signed
  std::uint64_t sign_position;
  std::int64_t first_scan_ms;                 ///< 0 = never scanned
  std::int64_t last_ms;                       ///< newest record
  std::int64_t outlet_ms;                     ///< of the scan that names the outlet
  ToldParcel told_outlet, told_courier;
  std::uint32_t sign_region6;
  std::uint32_t codes;                        ///< bit per ScanCode seen
  std::uint32_t first_upload_s, last_upload_s;  ///< ingest times of the scans, s since 1970; first 0 = never scanned
  std::uint32_t least_lag_s;                    ///< smallest time between a scan and its upload
  std::int16_t sign_lat_c, sign_lon_c;
  std::uint8_t kinds;                         ///< bit per OutletKind seen
  std::uint8_t tracked, weighed, other;       ///< used slots of track, weights, others
  std::uint8_t outlet_rank;                   ///< 0 none, 1 any scan, 2 pickup
  KeptText<47> outlet, sign_outlet, courier;  ///< outlet and courier codes are ~10 bytes; longer than 47: no party is told

  [[nodiscard]] bool is_signed() const { return sign_ms != 0; }
  [[nodiscard]] bool seen(ScanCode code) const { return (codes >> static_cast<unsigned>(code)) & 1; }
  [[nodiscard]] bool seen(OutletKind kind) const { return (kinds >> static_cast<unsigned>(kind)) & 1; }
  /// Sent back, on to another address, or called off: signing elsewhere or moving after the signature is then no break.
  [[nodiscard]] bool redirected() const {
    return seen(ScanCode::kForwarded) || seen(ScanCode::kReturning) || seen(ScanCode::kReturned) ||
           seen(ScanCode::kRefused) || seen(ScanCode::kCancelled);
  }
  [[nodiscard]] std::span<const TrackScan> scans() const { return {track.data(), tracked}; }
  /// Median of the earliest weighings (the lower one of two), g; 0 = never weighed.
  [[nodiscard]] std::uint32_t weight_g() const;
  /// From the first located scan to where it was signed (else the last located scan), km; 0 when not known.
  [[nodiscard]] std::uint32_t distance_km() const;
  /// Of a signed parcel; the legs are unknown when the signature is not among the kept scans.
  [[nodiscard]] TrackPrint print() const;
};

/// After the bits of ParcelMark: signed in another county of the consignee's city. No break of a track (stations stand on the other
/// side of a county line), so D17 sets it and does not count it; D20 weighs its share.
inline constexpr std::uint32_t kMarkOtherCounty = 1U << 11;
/// D21's: how a parcel was signed for. Signed for by hand (the consignee's or a neighbour's, and at no station or locker), and so in
/// the night.
inline constexpr std::uint32_t kMarkHandSigned = 1U << 12;
inline constexpr std::uint32_t kMarkNightSigned = 1U << 13;

/// ctx.marks at stage `parcel`: bits for notices[0] as they are, bits for notices[1] shifted by this.
inline constexpr unsigned kSecondNoticeShift = 16;
/// A summary to `party` with no scans withdraws what was told there: outlet, courier or order turned out to be another one.
inline constexpr bool is_withdrawal(const ParcelSummaryEvent& summary) { return summary.scans == 0; }

/// At stage `party` a summary comes under its outlet's key or under its courier's: which one, by the row's key.
inline SubjectKind party_kind(const NamedId& id, std::uint64_t key) {
  return party_key(PartyKind::kCourier, id.hash) == key ? SubjectKind::kCourier : SubjectKind::kOutlet;
}
/// Its id is absent when the key is neither's.
inline Subject party_of(const ParcelSummaryEvent& summary, std::uint64_t key) {
  if (summary.outlet && party_key(PartyKind::kOutlet, summary.outlet.hash) == key) return {SubjectKind::kOutlet, summary.outlet};
  if (summary.courier && party_key(PartyKind::kCourier, summary.courier.hash) == key) return {SubjectKind::kCourier, summary.courier};
  return {};
}

const StageCore& parcel_core();

}  // namespace brushwatch

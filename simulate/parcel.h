#pragma once
/// Tracks: the scans of a real parcel as the network makes them, and of one that exists only in a carrier's computer.

#include <span>

#include "simulate/plan.h"

namespace brushwatch::simulate {

struct TrackOrder {
  std::uint8_t carrier = 0;
  std::uint32_t from = 0;             ///< outlet that picks up
  std::uint16_t county = 0;           ///< where it goes
  std::uint32_t to_n = 0;             ///< which of the county's outlets
  EventTime created;
  std::uint32_t weight_g = 0;         ///< on an honest scale, before the carrier rounds to 10 g
  EventTime pickup_at{}, sign_at{};   ///< ms 0 = as the network does it; both are given for a bag that nobody delivers
};

/// Draws the scans of real parcels. Natural faults, unless switched off: lost 1.5 % each, doubled 0.5 %, swapped 0.3 %,
/// half-filled 1.5 %, PDA clock N(0, 40 s), upload lognormal median 2 min p99 2 h, and 0.2 % more than 24 h late.
class Network {
 public:
  Network(const Province& province, const WorldOptions& options, WorldSummary& summary)
      : province_(province), options_(options), summary_(summary) {}
  /// Fills `scans`; returns the time of the signature. With pickup_at and sign_at the bag passes the hub and is stamped signed
  /// at the last outlet, by one courier, without going out for delivery.
  EventTime real_track(const TrackOrder& order, Chance& chance, std::vector<PlannedScan>& scans) const;
  /// `gaps` after creation: arrive and depart at the first outlet, arrive and depart at the last one, signed. No pickup, no
  /// weight, no hub, no courier; all of it is uploaded at `bulk_upload`.
  EventTime virtual_track(const TrackOrder& order, std::span<const std::int64_t> gaps, EventTime bulk_upload, Chance& chance,
                          std::vector<PlannedScan>& scans) const;
  /// A delay, divided by the world's time compression.
  [[nodiscard]] std::int64_t delay(std::int64_t ms) const {
    return options_.time_compression == 1.0 ? ms : static_cast<std::int64_t>(static_cast<double>(ms) / options_.time_compression);
  }

 private:
  void make_faults(Chance& chance, std::vector<PlannedScan>& scans) const;
  const Province& province_;
  const WorldOptions& options_;
  WorldSummary& summary_;
};

}  // namespace brushwatch::simulate

#pragma once
/// A labelled world: an honest province, attacks acting in it, and honest look-alikes, as the NDJSON streams of api/README.md.
///
/// Honest behaviour is drawn first from published scales; attackers act in that world through the same writer, which knows no
/// label. docs/world.md tells the model, its constants and where it departs from reality. Same options → same bytes, on every
/// machine (chance.h).

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "simulate/truth.h"

namespace brushwatch::simulate {

/// The files of a world. Orders also carries parcel.notice (platforms write both), reference also commitment.signed.
enum class Stream : std::uint8_t { kReference, kOrders, kReviews, kParcels, kViews, kComplaints };
inline constexpr std::size_t kStreams = 6;
std::string_view stream_name(Stream stream);  ///< "orders"; the file is "orders.ndjson"
/// How far behind the stream's newest event an event may be before it counts as late: orders and views 1 h, scans 48 h,
/// reviews and complaints 24 h (the detectors' allowed lateness). Reference data is never late.
std::int64_t allowed_lateness_ms(Stream stream);

/// What an attacker may hide, one by one; each from 0 (nothing) to 3. A level of camouflage is all of them at that level.
enum class Knob : std::uint8_t {
  kPace,      ///< jitter, hours, how fast orders are paid and confirmed
  kAccounts,  ///< accounts, phones and payers of their own for each order
  kCover,     ///< workers' orders elsewhere
  kWeight,    ///< parcels filled up to the catalogue's weight
  kBrowsing,  ///< visits before the order that read like a buyer's
  kWords,     ///< reviews rewritten, later, and not all with five stars
  kMoney,     ///< rewards off the platform
  kTrack,     ///< tracks jittered or copied, numbers younger and of the same city, senders in turn
};
inline constexpr std::size_t kKnobs = 8;
using Knobs = std::array<std::uint8_t, kKnobs>;
std::string_view knob_name(Knob knob);  ///< "pace"

struct WorldOptions {
  std::uint64_t seed = 7;
  std::uint32_t shops = 2000;             ///< 1 .. 999,999; all scripts together need 14
  std::uint32_t days = 3;                 ///< days with new orders, 1 .. 366; parcels run on up to 6 days more
  /// Orders a shop takes on a mean ordinary day, before promotions (× 1.4 or so) and the season. 1.8 gives ~0.6 M events
  /// at 2000 shops × 3 days. Real mean is 34 (6.7 M a day over 200 k shops): a small world must stay small.
  double orders_per_shop_day = 1.8;
  double views_per_order = 6;             ///< thinned from the measured 44.5, so that views do not drown a demo
  EventTime start{1'793'548'800'000};     ///< 2026-11-02 00:00 in Shanghai, a Monday
  double guilty_shop_share = 0.04;        ///< but every attack asked for gets at least one whole ring
  std::vector<std::string> attacks = {"S2", "S3", "S4", "S5", "S8"};
  std::vector<std::string> lookalikes;    ///< beyond H1 and H3: "H2", "H5" … (scenario.h)
  std::uint32_t rings_per_script = 1;     ///< of the scripts with rings of fixed size; S2–S5 and S8 grow with guilty_shop_share
  int camouflage = 0;                     ///< 0 .. 3: what all attackers hide (docs/world.md); −1: the levels take turns
  std::optional<Knobs> knobs;             ///< of all attackers, instead of one level; `camouflage` is then only what the truth says
  std::uint32_t quiet_days = 0;           ///< the scripts of schemes.cc begin after these: a province has a past. S2–S5, S8 do not wait
  bool quarrels = false;                  ///< honest reviews are edited (2 %), honest low stars reported as malice (4 %)
  bool live_spikes = true;                ///< H1
  bool parcel_stations = true;            ///< H3
  double intensity = 1.0;                 ///< of fake orders: 1 = at least 60 per guilty shop
  double time_compression = 1.0;          ///< divides all delays after payment; 1 .. 100
  bool scan_faults = true;                ///< lost, doubled, swapped scans, PDA clocks and slow uploads at real rates
  // Injected on top, for accounting tests: share of lines (not of reference), counted exactly.
  double late_share = 0.0005;             ///< ingested after the allowed lateness
  double duplicate_share = 0.001;         ///< the same line again, 1–60 s later
  double out_of_order_share = 0.005;      ///< delayed by 1–10 min
};

struct StreamSummary {
  std::uint64_t lines = 0, bytes = 0;
  std::uint64_t late = 0;          ///< lines behind the stream's newest event by more than the allowed lateness
  std::uint64_t out_of_order = 0;  ///< lines behind the stream's newest event at all
};
struct WorldSummary {
  std::array<StreamSummary, kStreams> streams{};
  std::array<std::uint64_t, 128> by_type{};  ///< lines per EventType
  std::uint64_t lines = 0, bytes = 0;
  std::uint64_t orders = 0, fake_orders = 0, lookalike_orders = 0;  ///< created; the fakes and look-alikes are part of `orders`
  std::uint64_t injected_late = 0, injected_duplicates = 0, injected_out_of_order = 0;
  std::uint64_t lost_scans = 0, doubled_scans = 0;  ///< natural scan faults
  EventTime first_ingest = EventTime::max(), last_ingest = EventTime::min();
  std::vector<TruthRing> rings;
  std::vector<TruthOrder> truth_orders;
};

/// Receives the world, line by line, in nondecreasing ingest_time per stream.
class EventSink {
 public:
  virtual ~EventSink() = default;
  /// `line` has no line end and is valid during the call. An error stops the generator and is returned by it.
  virtual Result<void> write(Stream stream, EventTime ingest, std::string_view line) = 0;
};
using Progress = std::function<void(std::uint32_t days_done, std::uint32_t days, std::uint64_t lines)>;

/// Cost: about 2 µs a line on one core; memory about two days of lines (docs/world.md has numbers).
/// Errors: kConfigRange when an option is out of range or an attack is unknown (the context names it); the sink's own.
Result<WorldSummary> generate_world(const WorldOptions& options, EventSink& sink, const Progress& progress = {});

/// Writes <dir>/{reference,orders,reviews,parcels,views,complaints}.ndjson, <dir>/world.json (options and counts), and the
/// side files <dir>/truth/{truth,orders}.ndjson. Creates the folders, replaces the files. Errors: kIo; as above.
Result<WorldSummary> generate_to_directory(const WorldOptions& options, const std::string& dir, const Progress& progress = {});

}  // namespace brushwatch::simulate

#include "simulate/world.h"

#include <rapidjson/document.h>

#include <algorithm>
#include <fstream>
#include <regex>
#include <set>

#include "engine/base/hash.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/simulate/recorded_world.h"

namespace brushwatch::simulate {
namespace {

using Object = rapidjson::Document;
Object parsed(const std::string& line) {
  Object object;
  object.Parse(line.data(), line.size());
  EXPECT_FALSE(object.HasParseError()) << line;
  return object;
}
std::string text(const Object& object, const char* name) { return object.HasMember(name) ? object[name].GetString() : ""; }
std::set<std::string> names(const Object& object) {
  std::set<std::string> set;
  for (const auto& member : object.GetObject()) set.insert(member.name.GetString());
  return set;
}
std::string order_of(const Object& object) { return text(object, "source") + ":" + text(object, "order_id"); }

/// One world for all tests that only look.
const RecordedWorld& world() {
  static const RecordedWorld kWorld(tiny_world());
  return kWorld;
}

TEST(World, SameSeedGivesTheSameBytes) {
  const RecordedWorld again(tiny_world());
  EXPECT_EQ(world().lines, again.lines);
}

TEST(World, AnotherSeedGivesOtherBytesInEveryStream) {
  const RecordedWorld other(tiny_world(8));
  for (std::size_t s = 0; s < kStreams; ++s) EXPECT_NE(world().lines[s], other.lines[s]) << stream_name(static_cast<Stream>(s));
}

TEST(World, BytesAreTheSameOnEveryMachine) {
  // Changes whenever the model changes; then look at the difference and write the new number here. It must not change between
  // compilers, libraries or processors.
  std::uint64_t hash = 0;
  for (const auto& stream : world().lines)
    for (const std::string& line : stream) hash = hash_combine(hash, hash64(line));
  EXPECT_EQ(hash, 1'991'977'527'390'956'182ULL);
}

TEST(World, StreamsAreSortedByIngestTimeAndSayIt) {
  for (std::size_t s = 0; s < kStreams; ++s) {
    EXPECT_FALSE(world().lines[s].empty());
    EXPECT_TRUE(std::is_sorted(world().ingests[s].begin(), world().ingests[s].end()));
    for (std::size_t i = 0; i < world().lines[s].size(); i += 17)
      EXPECT_EQ(parsed(world().lines[s][i])["ingest_time"].GetInt64(), world().ingests[s][i].ms);
  }
}

TEST(World, EveryLineIsAnObjectOfThePublicContract) {
  for (const auto& stream : world().lines)
    for (const std::string& line : stream) {
      const Object object = parsed(line);
      ASSERT_NE(event_type_from_name(text(object, "type")), EventType::kNone) << line;
      ASSERT_FALSE(text(object, "source").empty());
      const std::int64_t ahead = object["event_time"].GetInt64() - object["ingest_time"].GetInt64();
      ASSERT_LE(ahead, 10 * kMinuteMs) << line;
    }
}

TEST(World, SummaryCountsEveryLineByStreamAndType) {
  std::map<std::string, std::uint64_t> types;
  std::uint64_t lines = 0, bytes = 0;
  for (std::size_t s = 0; s < kStreams; ++s) {
    std::uint64_t stream_bytes = 0;
    for (const std::string& line : world().lines[s]) {
      ++types[text(parsed(line), "type")];
      stream_bytes += line.size() + 1;
    }
    EXPECT_EQ(world().summary.streams[s].lines, world().lines[s].size());
    EXPECT_EQ(world().summary.streams[s].bytes, stream_bytes);
    lines += world().lines[s].size();
    bytes += stream_bytes;
  }
  EXPECT_EQ(world().summary.lines, lines);
  EXPECT_EQ(world().summary.bytes, bytes);
  for (const auto& [type, count] : types) EXPECT_EQ(world().summary.by_type[static_cast<std::size_t>(event_type_from_name(type))], count) << type;
}

TEST(World, LateAndOutOfOrderLinesAreCountedExactly) {
  WorldOptions options = tiny_world();
  options.late_share = 0.02;
  const RecordedWorld late(options);
  for (std::size_t s = 0; s < kStreams; ++s) {
    std::int64_t newest = INT64_MIN;
    std::uint64_t lates = 0, behind = 0;
    for (const std::string& line : late.lines[s]) {
      const std::int64_t t = parsed(line)["event_time"].GetInt64();
      if (t < newest) ++behind;
      if (t < newest && newest - t > allowed_lateness_ms(static_cast<Stream>(s))) ++lates;
      newest = std::max(newest, t);
    }
    EXPECT_EQ(late.summary.streams[s].late, lates);
    EXPECT_EQ(late.summary.streams[s].out_of_order, behind);
  }
  EXPECT_GT(late.summary.streams[static_cast<std::size_t>(Stream::kOrders)].late, 10U);
}

TEST(World, KnobsAddExactlyWhatTheyCountAndChangeNothingElse) {
  WorldOptions clean = tiny_world();
  clean.late_share = clean.duplicate_share = clean.out_of_order_share = 0;
  WorldOptions dirty = clean;
  dirty.late_share = 0.01;
  dirty.duplicate_share = 0.02;
  dirty.out_of_order_share = 0.03;
  const RecordedWorld a(clean), b(dirty);
  EXPECT_EQ(a.summary.injected_late + a.summary.injected_duplicates + a.summary.injected_out_of_order, 0U);
  std::uint64_t doubled = 0, moved = 0;
  for (std::size_t s = 0; s < kStreams; ++s) {
    // Without the ingest_time, which stands last, the dirty stream is the clean one with some lines twice.
    std::map<std::string, std::vector<std::string>> clean_bodies, dirty_bodies;
    const auto fill = [](const std::vector<std::string>& lines, auto& bodies) {
      for (const std::string& line : lines) {
        const std::size_t at = line.rfind(",\"ingest_time\"");
        bodies[line.substr(0, at)].push_back(line.substr(at));
      }
    };
    fill(a.lines[s], clean_bodies);
    fill(b.lines[s], dirty_bodies);
    ASSERT_EQ(clean_bodies.size(), dirty_bodies.size());
    for (const auto& [body, ingests] : clean_bodies) {
      const auto& others = dirty_bodies.at(body);
      ASSERT_GE(others.size(), ingests.size());
      doubled += others.size() - ingests.size();
      for (const std::string& ingest : ingests) if (std::find(others.begin(), others.end(), ingest) == others.end()) ++moved;
    }
  }
  EXPECT_EQ(doubled, b.summary.injected_duplicates);
  EXPECT_EQ(moved, b.summary.injected_late + b.summary.injected_out_of_order);
  EXPECT_GT(b.summary.injected_late, 50U);
  EXPECT_GT(b.summary.injected_duplicates, 100U);
}

TEST(World, TruthNamesShopsOutletsAndOrdersThatExist) {
  std::set<std::string> known, orders, waybills;
  for (const std::string& line : world().of(Stream::kReference)) {
    const Object object = parsed(line);
    known.insert(text(object, "id"));
  }
  for (const std::string& line : world().of(Stream::kOrders)) {
    const Object object = parsed(line);
    if (text(object, "type") == "order.created") orders.insert(order_of(object));
    if (text(object, "type") == "order.shipped") waybills.insert(text(object, "waybill"));
  }
  std::set<std::string> scenarios;
  for (const TruthRing& ring : world().summary.rings) {
    scenarios.insert(ring.scenario);
    for (const std::string& subject : ring.subjects) EXPECT_TRUE(known.contains(subject)) << subject;
    for (const std::string& related : ring.related) EXPECT_TRUE(known.contains(related)) << related;
    EXPECT_LE(ring.first_fake, ring.last_fake);
    EXPECT_GE(ring.first_fake, tiny_world().start);
  }
  EXPECT_EQ(scenarios, (std::set<std::string>{"S2", "S3", "S4", "S5", "S8", "H1", "H3"}));
  std::vector<std::uint64_t> per_ring(world().summary.rings.size());
  for (const TruthOrder& order : world().summary.truth_orders) {
    EXPECT_TRUE(orders.contains(order.order));
    if (!order.waybill.empty()) { EXPECT_TRUE(waybills.contains(order.waybill)); }
    ++per_ring[order.ring];
  }
  for (std::size_t i = 0; i < per_ring.size(); ++i)
    if (world().summary.rings[i].role != "lookalike") { EXPECT_EQ(per_ring[i], world().summary.rings[i].orders); }
  EXPECT_EQ(world().summary.truth_orders.size(), world().summary.fake_orders);
}

TEST(World, EveryGuiltyShopHasSixtyFakeOrdersAndEachShopOneRole) {
  std::set<std::string> seen;
  for (const TruthRing& ring : world().summary.rings) {
    std::size_t shops = 0;
    for (const std::string& subject : ring.subjects) {
      if (subject.find(':') == std::string::npos) continue;
      ++shops;
      EXPECT_TRUE(seen.insert(subject).second) << subject << " has two roles";
    }
    if (ring.role == "offender") { EXPECT_GE(ring.orders, 60 * shops) << ring.scenario; }
    if (ring.scenario == "S8") { EXPECT_GE(ring.orders, 200U); }
  }
}

TEST(World, IntensityScalesTheFakesAlone) {
  WorldOptions options = tiny_world();
  options.intensity = 0.25;
  const RecordedWorld weak(options);
  EXPECT_LT(weak.summary.fake_orders, world().summary.fake_orders / 2);
  EXPECT_EQ(weak.summary.orders - weak.summary.fake_orders - weak.summary.lookalike_orders,
            world().summary.orders - world().summary.fake_orders - world().summary.lookalike_orders);
}

TEST(World, AWorldWithoutAttacksAccusesNobody) {
  WorldOptions options = tiny_world();
  options.attacks.clear();
  options.live_spikes = options.parcel_stations = false;
  const RecordedWorld honest(options);
  EXPECT_TRUE(honest.summary.rings.empty());
  EXPECT_EQ(honest.summary.fake_orders, 0U);
  EXPECT_GT(honest.summary.orders, 20U);
}

TEST(World, NoSetOfFieldsTellsAFakeFromAnHonestEvent) {
  // A larger honest part, so that its rarer shapes all occur.
  WorldOptions options = tiny_world();
  options.orders_per_shop_day = 60;
  options.views_per_order = 1;
  const RecordedWorld w(options);
  std::set<std::string> fake_orders, fake_waybills;
  for (const TruthOrder& order : w.summary.truth_orders) {
    fake_orders.insert(order.order);
    if (!order.waybill.empty()) fake_waybills.insert(order.waybill);
  }
  // The body's shape per type; a scan's also per code.
  std::map<std::string, std::set<std::set<std::string>>> honest, fake;
  for (const Stream stream : {Stream::kOrders, Stream::kReviews, Stream::kParcels})
    for (const std::string& line : w.of(stream)) {
      const Object object = parsed(line);
      const bool is_fake = stream == Stream::kParcels ? fake_waybills.contains(text(object, "waybill")) : fake_orders.contains(order_of(object));
      (is_fake ? fake : honest)[text(object, "type") + "/" + text(object, "code")].insert(names(object));
    }
  for (const auto& [type, shapes] : fake)
    for (const auto& shape : shapes) EXPECT_TRUE(honest[type].contains(shape)) << type << " " << ::testing::PrintToString(shape);
}

TEST(World, HonestBuyersShareDevicesAndPayersToo) {
  WorldOptions options = tiny_world();
  options.shops = 200;
  options.orders_per_shop_day = 12;
  options.views_per_order = 0;
  options.attacks.clear();
  const RecordedWorld honest(options);
  std::map<std::string, std::set<std::string>> by_device, by_payer;
  for (const std::string& line : honest.of(Stream::kOrders)) {
    const Object object = parsed(line);
    if (text(object, "type") != "order.paid") continue;
    by_device[text(object, "device_pid")].insert(text(object, "buyer_pid"));
    by_payer[text(object, "payer_pid")].insert(text(object, "buyer_pid"));
  }
  const auto most = [](const auto& hubs) {
    std::size_t n = 0;
    for (const auto& [hub, buyers] : hubs) n = std::max(n, buyers.size());
    return n;
  };
  EXPECT_GE(most(by_device), 6U);  // as many as on a farm's phone
  EXPECT_GE(most(by_payer), 4U);
}

TEST(World, IdsOfFakesComeFromTheSameNumberSpace) {
  // A detector reading only the order id must not do better than chance: compare the mean rank of fakes among all ids.
  std::set<std::string> fakes;
  for (const TruthOrder& order : world().summary.truth_orders) fakes.insert(order.order.substr(order.order.find(':') + 1));
  std::vector<std::string> ids;
  for (const std::string& line : world().of(Stream::kOrders)) {
    const Object object = parsed(line);
    if (text(object, "type") == "order.created") ids.push_back(text(object, "order_id"));
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  EXPECT_EQ(ids.size(), world().summary.orders);
  double ranks = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    EXPECT_EQ(ids[i].size(), 19U);
    if (fakes.contains(ids[i])) ranks += static_cast<double>(i);
  }
  const double auc = ranks / static_cast<double>(fakes.size()) / static_cast<double>(ids.size());
  EXPECT_NEAR(auc, 0.5, 0.05);
}

TEST(World, WaybillsFollowTheCarriersPatternsAndAreNeverReused) {
  const std::map<std::string, std::regex> patterns = {
      {"zto", std::regex("7[3-68]\\d{12}")}, {"yto", std::regex("YT\\d{13}")},     {"sto", std::regex("773\\d{9,13}")},
      {"yunda", std::regex("\\d{13}")},      {"jt", std::regex("JT\\d{12,13}")},   {"sf", std::regex("SF\\d{13}")}};
  std::map<std::string, std::string> order_by_waybill;
  for (const std::string& line : world().of(Stream::kOrders)) {
    const Object object = parsed(line);
    if (text(object, "type") != "order.shipped") continue;
    EXPECT_TRUE(std::regex_match(text(object, "waybill"), patterns.at(text(object, "carrier")))) << line;
    const auto [it, fresh] = order_by_waybill.emplace(text(object, "waybill"), order_of(object));
    if (!fresh) { EXPECT_EQ(it->second, order_of(object)); }
  }
}

TEST(World, EveryParcelIsSigned) {
  std::set<std::string> shipped, home;
  for (const std::string& line : world().of(Stream::kOrders)) {
    const Object object = parsed(line);
    if (text(object, "type") == "order.shipped") shipped.insert(text(object, "waybill"));
  }
  for (const std::string& line : world().of(Stream::kParcels)) {
    const Object object = parsed(line);
    if (text(object, "code").starts_with("signed")) home.insert(text(object, "waybill"));
  }
  EXPECT_EQ(shipped, home);
}

TEST(World, CompressionShortensTheTail) {
  WorldOptions options = tiny_world();
  options.time_compression = 20;
  options.late_share = 0;
  const RecordedWorld quick(options);
  EXPECT_EQ(quick.summary.orders, world().summary.orders);
  std::int64_t last = 0;
  for (const std::string& line : quick.of(Stream::kParcels)) last = std::max(last, parsed(line)["event_time"].GetInt64());
  EXPECT_LT(last - options.start.ms, 2 * kDayMs + 4 * kHourMs);
}

TEST(World, RefusesOptionsOutOfRangeByName) {
  struct Deaf final : EventSink {
    Result<void> write(Stream, EventTime, std::string_view) override { return {}; }
  } sink;
  const auto refused = [&](auto change) {
    WorldOptions options = tiny_world();
    change(options);
    const auto made = generate_world(options, sink);
    return made ? std::string() : made.error().message();
  };
  EXPECT_THAT(refused([](WorldOptions& o) { o.shops = 0; }), ::testing::HasSubstr("shops"));
  EXPECT_THAT(refused([](WorldOptions& o) { o.attacks = {"S99"}; }), ::testing::HasSubstr("S99"));
  EXPECT_THAT(refused([](WorldOptions& o) { o.late_share = 2; }), ::testing::HasSubstr("late"));
  EXPECT_THAT(refused([](WorldOptions& o) { o.start.ms += 1; }), ::testing::HasSubstr("start"));
  EXPECT_THAT(refused([](WorldOptions& o) { o.time_compression = 0.5; }), ::testing::HasSubstr("time_compression"));
}

TEST(World, TheSinksErrorStopsTheWorld) {
  struct Full final : EventSink {
    int left = 1000;
    Result<void> write(Stream, EventTime, std::string_view) override {
      if (left-- > 0) return {};
      return fail(ErrorCode::kIo, "the disk is full");
    }
  } sink;
  const auto made = generate_world(tiny_world(), sink);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::kIo);
}

TEST(World, RefusesTooFewShopsForItsScriptsInsteadOfLeavingOneOut) {
  struct Deaf final : EventSink {
    Result<void> write(Stream, EventTime, std::string_view) override { return {}; }
  } sink;
  for (const std::uint32_t shops : {1U, 13U}) {
    WorldOptions options = tiny_world();
    options.shops = shops;
    const auto made = generate_world(options, sink);
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().message(), ::testing::HasSubstr("need 14"));
  }
  WorldOptions options = tiny_world();
  options.guilty_shop_share = 1;  // nobody is left to be a victim
  EXPECT_FALSE(generate_world(options, sink));
}

TEST(World, FourteenShopsAreEnoughForEveryScript) {
  WorldOptions options = tiny_world();
  options.shops = 14;
  const RecordedWorld smallest(options);
  std::set<std::string> scenarios;
  for (const TruthRing& ring : smallest.summary.rings) {
    scenarios.insert(ring.scenario);
    EXPECT_GT(ring.orders, 0U) << ring.scenario;
  }
  EXPECT_EQ(scenarios.size(), 7U);
}

TEST(World, AnHonestWorldWorksWithOneShop) {
  WorldOptions options = tiny_world();
  options.shops = 1;
  options.attacks.clear();
  options.live_spikes = options.parcel_stations = false;
  const RecordedWorld lonely(options);
  EXPECT_GT(lonely.summary.lines, 0U);
}

TEST(World, FolderHoldsTheSameLinesAndTheTruthApart) {
  test::TempDir dir;
  std::uint32_t days = 0;
  const auto made = generate_to_directory(tiny_world(), dir.path("w"), [&](std::uint32_t done, std::uint32_t, std::uint64_t) { days = done; });
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ(days, 1U);
  for (std::size_t s = 0; s < kStreams; ++s) {
    std::ifstream in(dir.path("w/" + std::string(stream_name(static_cast<Stream>(s))) + ".ndjson"));
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    EXPECT_EQ(lines, world().lines[s]);
  }
  const auto rings = read_truth(dir.path("w/truth/truth.ndjson"));
  ASSERT_TRUE(rings) << rings.error().message();
  EXPECT_EQ(rings->size(), world().summary.rings.size());
  const auto orders = read_truth_orders(dir.path("w/truth/orders.ndjson"));
  ASSERT_TRUE(orders) << orders.error().message();
  EXPECT_EQ(orders->size(), world().summary.fake_orders);
  std::ifstream in(dir.path("w/world.json"));
  const Object json = parsed(std::string(std::istreambuf_iterator<char>(in), {}));
  EXPECT_EQ(json["lines"].GetUint64(), world().summary.lines);
  EXPECT_EQ(json["options"]["seed"].GetUint64(), 7U);
}

TEST(World, AFolderThatCannotBeMadeIsAnError) {
  test::TempDir dir;
  std::ofstream(dir.path("file")) << "x";
  const auto made = generate_to_directory(tiny_world(), dir.path("file/world"));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace brushwatch::simulate

/// A world as a folder of NDJSON files.

#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "engine/event/event.h"
#include "simulate/world.h"

namespace brushwatch::simulate {
namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;
constexpr std::size_t kBufferBytes = 1 << 20;  // big writes: six files grow at once

tl::unexpected<Error> io_error(const std::string& path) {
  return tl::unexpected<Error>(Error(ErrorCode::kIo, "cannot write the world", errno).in(path));
}

/// One file, written through a large buffer.
class LineFile {
 public:
  Result<void> open(std::string path) {
    path_ = std::move(path);
    file_.reset(std::fopen(path_.c_str(), "wb"));
    if (!file_) return io_error(path_);
    std::setvbuf(file_.get(), nullptr, _IOFBF, kBufferBytes);
    return {};
  }
  Result<void> write(std::string_view line) {
    if (std::fwrite(line.data(), 1, line.size(), file_.get()) != line.size() || std::putc('\n', file_.get()) == EOF) return io_error(path_);
    return {};
  }
  Result<void> close() {
    if (std::fclose(file_.release()) != 0) return io_error(path_);
    return {};
  }

 private:
  std::string path_;
  File file_;
};

class DirectorySink final : public EventSink {
 public:
  Result<void> open(const std::string& dir) {
    for (std::size_t s = 0; s < kStreams; ++s) BW_TRY(files_[s].open(dir + "/" + std::string(stream_name(static_cast<Stream>(s))) + ".ndjson"));
    return {};
  }
  Result<void> write(Stream stream, EventTime, std::string_view line) override { return files_[static_cast<std::size_t>(stream)].write(line); }
  Result<void> close() {
    for (LineFile& file : files_) BW_TRY(file.close());
    return {};
  }

 private:
  std::array<LineFile, kStreams> files_;
};

std::string world_json(const WorldOptions& o, const WorldSummary& s) {
  rapidjson::StringBuffer out;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> w(out);
  w.SetIndent(' ', 2);
  const auto number = [&](const char* name, std::uint64_t value) { w.Key(name), w.Uint64(value); };
  const auto real = [&](const char* name, double value) { w.Key(name), w.Double(value); };
  const auto flag = [&](const char* name, bool value) { w.Key(name), w.Bool(value); };
  const auto time = [&](const char* name, EventTime t) { w.Key(name), w.String(format_time(t).c_str()); };
  w.StartObject();
  w.Key("options"), w.StartObject();
  number("seed", o.seed), number("shops", o.shops), number("days", o.days);
  real("orders_per_shop_day", o.orders_per_shop_day), real("views_per_order", o.views_per_order);
  time("start", o.start);
  real("guilty_shop_share", o.guilty_shop_share);
  w.Key("attacks"), w.StartArray();
  for (const std::string& attack : o.attacks) w.String(attack.c_str());
  w.EndArray();
  flag("live_spikes", o.live_spikes), flag("parcel_stations", o.parcel_stations);
  real("intensity", o.intensity), real("time_compression", o.time_compression), flag("scan_faults", o.scan_faults);
  real("late_share", o.late_share), real("duplicate_share", o.duplicate_share), real("out_of_order_share", o.out_of_order_share);
  w.EndObject();
  number("lines", s.lines), number("bytes", s.bytes);
  number("orders", s.orders), number("fake_orders", s.fake_orders), number("lookalike_orders", s.lookalike_orders);
  number("injected_late", s.injected_late), number("injected_duplicates", s.injected_duplicates);
  number("injected_out_of_order", s.injected_out_of_order);
  number("lost_scans", s.lost_scans), number("doubled_scans", s.doubled_scans);
  time("first_ingest", s.first_ingest), time("last_ingest", s.last_ingest);
  w.Key("streams"), w.StartObject();
  for (std::size_t i = 0; i < kStreams; ++i) {
    const StreamSummary& stream = s.streams[i];
    w.Key(std::string(stream_name(static_cast<Stream>(i))).c_str()), w.StartObject();
    number("lines", stream.lines), number("bytes", stream.bytes), number("late", stream.late), number("out_of_order", stream.out_of_order);
    w.EndObject();
  }
  w.EndObject();
  w.Key("types"), w.StartObject();
  for (std::size_t t = 0; t < s.by_type.size(); ++t)
    if (s.by_type[t] > 0) number(std::string(event_type_name(static_cast<EventType>(t))).c_str(), s.by_type[t]);
  w.EndObject();
  w.EndObject();
  return {out.GetString(), out.GetSize()};
}

std::string truth_order_line(const TruthOrder& order) {
  return "{\"ring\":" + std::to_string(order.ring) + ",\"order_id\":\"" + order.order + "\",\"waybill\":\"" + order.waybill + "\",\"created\":" +
         std::to_string(order.created.ms) + "}";
}

}  // namespace

Result<WorldSummary> generate_to_directory(const WorldOptions& options, const std::string& dir, const Progress& progress) {
  std::error_code error;
  std::filesystem::create_directories(dir + "/truth", error);
  if (error) return tl::unexpected<Error>(Error(ErrorCode::kIo, "cannot create the world's folder", error.value()).in(dir));
  DirectorySink sink;
  BW_TRY(sink.open(dir));
  BW_ASSIGN(WorldSummary summary, generate_world(options, sink, progress));
  BW_TRY(sink.close());
  LineFile rings, orders, world;
  BW_TRY(rings.open(dir + "/truth/truth.ndjson"));
  for (const TruthRing& ring : summary.rings) BW_TRY(rings.write(truth_line(ring)));
  BW_TRY(rings.close());
  BW_TRY(orders.open(dir + "/truth/orders.ndjson"));
  for (const TruthOrder& order : summary.truth_orders) BW_TRY(orders.write(truth_order_line(order)));
  BW_TRY(orders.close());
  BW_TRY(world.open(dir + "/world.json"));
  BW_TRY(world.write(world_json(options, summary)));
  BW_TRY(world.close());
  return summary;
}

}  // namespace brushwatch::simulate

#include "apps/gateway_pump.h"

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <memory>

#include "apps/commands.h"
#include "apps/topic_address.h"
#include "connectors/file/line_sink.h"
#include "connectors/kafka/kafka_sink.h"
#include "connectors/kafka/kafka_source.h"

namespace brushwatch::app {
namespace {

struct Out {
  std::function<Result<void>(std::uint32_t partition, std::string_view record)> append;
  std::function<Result<void>()> flush;
};

Result<Out> open_out(const std::string& address, std::uint32_t partitions) {
  if (is_topic(address)) {
    BW_ASSIGN(const TopicAddress to, parse_topic(address));
    KafkaSinkOptions options;
    options.bootstrap = to.bootstrap;
    options.topic = to.topic;
    options.partitions = partitions;
    BW_ASSIGN(auto open, open_kafka_sink(options));
    const std::shared_ptr<KafkaSink> sink = std::move(open);
    return Out{[sink](std::uint32_t p, std::string_view record) { return sink->append(p, {}, record); }, [sink] { return sink->flush(); }};
  }
  if (address != "-") {
    BW_ASSIGN(auto open, open_line_sink(address));
    const std::shared_ptr<brushwatch::LineSink> sink = std::move(open);
    return Out{[sink](std::uint32_t, std::string_view record) { return sink->append(record); }, [sink] { return sink->flush(); }};
  }
  return Out{[](std::uint32_t, std::string_view record) -> Result<void> {
               std::cout << record << '\n';
               return {};
             },
             []() -> Result<void> {
               std::cout.flush();
               return {};
             }};
}

void refuse(const std::string& where, std::uint64_t number, const Error& error) {
  std::fprintf(stderr, "%s %llu refused: %s\n", where.c_str(), static_cast<unsigned long long>(number), error.message().c_str());
}

/// "topic/partition offset" a line.
std::map<std::string, std::uint64_t> read_positions(const std::string& path) {
  std::map<std::string, std::uint64_t> out;
  std::ifstream in(path);
  std::string name;
  for (std::uint64_t next = 0; in >> name >> next;) out[name] = next;
  return out;
}
Result<void> write_positions(const std::string& path, const std::map<std::string, std::uint64_t>& positions) {
  const std::string fresh = path + ".new";
  std::ofstream out(fresh);
  for (const auto& [name, next] : positions) out << name << ' ' << next << '\n';
  out.close();
  if (!out || std::rename(fresh.c_str(), path.c_str()) != 0) return tl::unexpected<Error>(Error(ErrorCode::kIo, "cannot keep the position", errno).in(path));
  return {};
}

Result<void> pump_topic(const GatewayEnds& ends, doors::Gateway& gateway) {
  BW_ASSIGN(const TopicAddress from, parse_topic(ends.in));
  KafkaSourceOptions options;
  options.bootstrap = from.bootstrap;
  options.topics = {from.topic};
  options.bounded = !ends.follow;
  BW_ASSIGN(auto sources, open_kafka_sources(options));
  BW_ASSIGN(const Out out, open_out(ends.out, static_cast<std::uint32_t>(sources.size())));
  auto positions = ends.position.empty() ? std::map<std::string, std::uint64_t>() : read_positions(ends.position);
  for (auto& source : sources) BW_TRY(source->seek(positions[source->name()]));
  std::vector<SourceRecord> records;
  for (bool more = true; more && !stop_requested();) {
    more = false;
    bool any = false;
    for (std::size_t p = 0; p < sources.size(); ++p) {
      if (sources[p]->at_end()) continue;
      more = true;
      // One that has nothing may hold up the others for a moment only.
      BW_TRY(sources[p]->poll(1024, 20, records));
      for (const SourceRecord& record : records) {
        auto passed = gateway.pass(record.bytes);
        if (passed) BW_TRY(out.append(static_cast<std::uint32_t>(p), *passed));
        else refuse(sources[p]->name(), record.offset, passed.error());
        positions[sources[p]->name()] = record.next_offset;
        any = true;
      }
    }
    if (!any) continue;
    BW_TRY(out.flush());
    if (!ends.position.empty()) BW_TRY(write_positions(ends.position, positions));
  }
  return {};
}

}  // namespace

Result<void> pump(const GatewayEnds& ends, doors::Gateway& gateway) {
  if (is_topic(ends.in)) return pump_topic(ends, gateway);
  std::ifstream file;
  if (ends.in != "-") {
    file.open(ends.in, std::ios::binary);
    if (!file) return tl::unexpected<Error>(Error(ErrorCode::kNotFound, "cannot read the file").in(ends.in));
  }
  std::istream& in = ends.in == "-" ? std::cin : file;
  BW_ASSIGN(const Out out, open_out(ends.out, 1));
  std::uint64_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty()) continue;
    auto passed = gateway.pass(line);
    if (passed) BW_TRY(out.append(0, *passed));
    else refuse("line", number, passed.error());
  }
  return out.flush();
}

}  // namespace brushwatch::app

#include "apps/member_topics.h"

#include "connectors/kafka/kafka_sink.h"

namespace brushwatch::app {
namespace {

/// The line's id in the stream, on every record: receipts name it, and repeats are told by it.
constexpr std::string_view kPlaceHeader = "brushwatch-place";

class KafkaMemberSink final : public doors::MemberSink {
 public:
  KafkaMemberSink(std::unique_ptr<KafkaSink> stream, std::unique_ptr<KafkaSink> list, std::unique_ptr<KafkaSink> letters)
      : stream_(std::move(stream)), list_(std::move(list)), letters_(std::move(letters)) {}
  Result<void> line(std::string_view key, std::string_view value, std::string_view place) override {
    const KafkaSink::Header header{kPlaceHeader, place};
    return stream_->append(0, key, value, {&header, 1});
  }
  Result<void> entry(std::string_view key, std::optional<std::string_view> value, std::string_view place) override {
    const KafkaSink::Header header{kPlaceHeader, place};
    return value ? list_->append(0, key, *value, {&header, 1}) : list_->bury(0, key, {&header, 1});
  }
  Result<void> dead_letter(std::string_view value, std::string_view place) override {
    if (!letters_) return {};
    const KafkaSink::Header header{kPlaceHeader, place};
    return letters_->append(0, place, value, {&header, 1});
  }
  Result<void> flush() override {
    BW_TRY(stream_->flush());
    BW_TRY(list_->flush());
    return letters_ ? letters_->flush() : Result<void>{};
  }

 private:
  std::unique_ptr<KafkaSink> stream_, list_, letters_;  // the last may be null
};

Result<std::unique_ptr<KafkaSink>> open_topic(const Config& config, const std::string& topic, std::vector<std::pair<std::string, std::string>> settings) {
  KafkaSinkOptions options;
  options.bootstrap = config.members.bootstrap;
  options.topic = topic;
  options.replication = static_cast<int>(config.members.replication);
  options.config = config.kafka_properties();
  options.keep_forever = false;
  options.settings = std::move(settings);
  return open_kafka_sink(options);
}

}  // namespace

std::vector<ConfiguredMember> configured_members(const Config& config) {
  std::vector<ConfiguredMember> out;
  for (const std::string& member : config.members.topics) {
    const std::string name = member.substr(0, member.find(':'));
    const auto role = doors::role_from_name(member.substr(member.find(':') + 1));
    if (!role) continue;  // load_config() refused it
    const bool party = *role == doors::Role::kPlatform || *role == doors::Role::kCarrier;
    out.push_back({{*role, name, party ? name : ""}, config.members.prefix + name + ".v1", config.members.prefix + name + ".list.v1",
                   party ? config.members.prefix + name + ".dlq.v1" : ""});
  }
  return out;
}

std::vector<std::string> ConfiguredMember::topics() const {
  std::vector<std::string> out{stream, list};
  if (!dead_letters.empty()) out.push_back(dead_letters);
  return out;
}

std::set<std::string> parties_with_topics(const Config& config) {
  std::set<std::string> out;
  for (const ConfiguredMember& m : configured_members(config)) {
    if (!m.dead_letters.empty()) out.insert(m.who.party);
  }
  return out;
}

std::vector<KafkaTopicPlan> member_topic_plans(const Config& config) {
  std::vector<KafkaTopicPlan> out;
  for (const ConfiguredMember& m : configured_members(config)) {
    out.push_back({config.members.bootstrap, m.stream, "member", 1, static_cast<int>(config.members.replication), false, member_stream_settings()});
    out.push_back({config.members.bootstrap, m.list, "member", 1, static_cast<int>(config.members.replication), false, member_list_settings()});
    if (!m.dead_letters.empty()) out.push_back({config.members.bootstrap, m.dead_letters, "member", 1, static_cast<int>(config.members.replication), false, member_stream_settings()});
  }
  return out;
}

std::vector<doors::MemberTopics::Member> member_sinks(const Config& config) {
  std::vector<doors::MemberTopics::Member> out;
  for (const ConfiguredMember& m : configured_members(config)) {
    out.push_back({m.who, [&config, m]() -> Result<std::unique_ptr<doors::MemberSink>> {
                     BW_ASSIGN(auto stream, open_topic(config, m.stream, member_stream_settings()));
                     BW_ASSIGN(auto list, open_topic(config, m.list, member_list_settings()));
                     std::unique_ptr<KafkaSink> letters;
                     if (!m.dead_letters.empty()) {
                       BW_ASSIGN(letters, open_topic(config, m.dead_letters, member_stream_settings()));
                     }
                     return std::make_unique<KafkaMemberSink>(std::move(stream), std::move(list), std::move(letters));
                   }});
  }
  return out;
}

}  // namespace brushwatch::app

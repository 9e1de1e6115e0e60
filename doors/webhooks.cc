#include "doors/webhooks.h"

#include <fmt/format.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <chrono>

#include "alliance/json_member.h"
#include "doors/json.h"
#include "engine/base/hash.h"
#include "engine/base/thread.h"
#include "engine/crypto/bytes.h"

namespace brushwatch::doors {
namespace {

/// Bytes of lines that one endpoint takes up at a time.
constexpr std::size_t kTakeBytes = 256 * 1024;
/// So many failures without a success between them are an outage, not a message that the receiver cannot digest; after an
/// outage's end everything that waits is due at once.
constexpr std::uint64_t kOutage = 8;
/// A sweep looks at every endpoint, and rounds and answers come every few ms: taken up together they cost a fraction. What waits for it is a
/// message between two companies; `posts_most` a sweep are still 12,800 a second.
constexpr std::int64_t kSweepEveryMs = 20, kIdleMs = 1'000;
constexpr std::size_t kTestsMost = 16;  // a test is a person's

/// A key that lies in front of this one and behind all lines before it.
StreamKey just_below(StreamKey key) {
  if (key.seq > 0) return --key.seq, key;
  if (key.round == 0) return {};
  return {key.round - 1, Stage::kAlliance, UINT32_MAX, Output::kCredit, UINT64_MAX};
}

std::string endpoint_row(std::string_view id) { return "e/" + std::string(id); }
std::string place_row(std::string_view id) { return "c/" + std::string(id); }
std::string waiting_row(std::string_view id, const StreamKey& key) { return "o/" + std::string(id) + "/" + to_text(key); }
std::string dead_row(std::string_view id, const StreamKey& key) { return "d/" + std::string(id) + "/" + to_text(key); }

std::string row_of(std::uint64_t attempts, std::int64_t first_ms, std::int64_t next_ms, std::string_view error) {
  JsonOut json;
  json.begin_object().member("attempts", static_cast<std::int64_t>(attempts)).member("first_ms", first_ms).member("next_ms", next_ms).member("error", error).end_object();
  return json.take();
}
struct Row {
  std::uint64_t attempts = 0;
  std::int64_t first_ms = 0, next_ms = 0;
  std::string error;
};
std::optional<Row> read_row(std::string_view text) {
  rapidjson::Document json;
  json.Parse(text.data(), text.size());
  if (json.HasParseError() || !json.IsObject()) return std::nullopt;
  for (const char* name : {"attempts", "first_ms", "next_ms"}) if (!json.HasMember(name) || !json[name].IsInt64()) return std::nullopt;
  if (!json.HasMember("error") || !json["error"].IsString()) return std::nullopt;
  return Row{static_cast<std::uint64_t>(json["attempts"].GetInt64()), json["first_ms"].GetInt64(), json["next_ms"].GetInt64(), json["error"].GetString()};
}

std::string error_of(const WebhookAnswer& answer) { return answer.status != 0 ? std::to_string(answer.status) : std::string(answer.error); }
bool taken_well(const WebhookAnswer& answer) { return answer.status >= 200 && answer.status < 300; }

/// {"type":…,"timestamp":…,"data":…}; the same bytes for every attempt.
std::string body_of(const ReadModel::StreamItem& item, std::size_t most) {
  const std::string& line = *item.json;
  rapidjson::Document json;
  json.Parse<rapidjson::kParseIterativeFlag>(line.data(), line.size());
  JsonOut out;
  out.begin_object().member("type", topic_name(item.topic)).member("timestamp", text_of(json, "event_time"));
  if (line.size() <= most) {
    out.key("data").raw(line);
  } else {
    const std::string_view collection = item.topic == Topic::kCase ? "cases" : item.topic == Topic::kList ? "lists" : item.topic == Topic::kCredit ? "subjects" : "alerts";
    std::string_view id = text_of(json, "id");
    const auto subject = json.FindMember("subject");
    if (item.topic == Topic::kCredit && subject != json.MemberEnd() && subject->value.IsObject() && subject->value.HasMember("id")) id = subject->value["id"].GetString();
    out.key("data").begin_object().member("thin", "too_large").member("id", text_of(json, "id")).member("type", text_of(json, "type")).member("read", fmt::format("/api/v1/{}/{}", collection, id)).end_object();
  }
  out.end_object();
  return out.take();
}

WebhookPost post_to(WebhookEndpoint& endpoint, const std::string& id, std::string body, std::int64_t now_ms) {
  WebhookPost post;
  post.url = endpoint.url;
  const std::int64_t seconds = now_ms / 1000;
  post.headers = {{"Content-Type", "application/json"}, {"User-Agent", "brushwatch-webhooks/1"}, {"webhook-id", id}, {"webhook-timestamp", std::to_string(seconds)},
                  {"webhook-signature", webhook_signatures(endpoint.signers(now_ms), id, seconds, body)}};
  post.body = std::move(body);
  return post;
}

WebhookSecrets secrets_of(const WebhookKeys& keys) {
  const auto pair = SigningKey::from_seed(keys.seed);
  return {webhook_secret_text(keys.secret), pair ? webhook_public_text(pair->public_key()) : std::string()};
}

}  // namespace

std::string webhook_message_id(const StreamKey& key) { return "msg_" + to_text(key); }

Result<std::unique_ptr<Webhooks>> Webhooks::open(StateStore& store, const ReadModel& model, WebhookPoster& poster, Clock& clock, AddressRule rule, WebhookLimits limits) {
  std::unique_ptr<Webhooks> out(new Webhooks(store, model, poster, clock, rule, limits));
  BW_TRY(out->load());
  return out;
}

Result<void> Webhooks::load() {
  bool whole = true;
  BW_TRY(store_.scan("e/", [&](std::string_view, std::string_view value) {
    auto endpoint = endpoint_from_json(value);
    if (!endpoint) return whole = false;
    auto slot = std::make_shared<Slot>();
    slot->endpoint = std::move(*endpoint);
    const std::string id = slot->endpoint.id;
    slots_.emplace(id, std::move(slot));
    return true;
  }));
  for (auto& [id, slot] : slots_) {
    BW_ASSIGN(const auto place, store_.get(place_row(id)));
    const auto key = place ? key_from_text(*place) : std::nullopt;
    if (!key) return fail(ErrorCode::kStateCorrupt, "a webhook endpoint has lost its place");
    slot->taken = slot->written = *key;
    const auto rows = [&](const std::string& prefix, const std::function<void(const StreamKey&, const Row&)>& visit) {
      return store_.scan(prefix, [&](std::string_view name, std::string_view value) {
        const auto at = key_from_text(name.substr(prefix.size()));
        const auto row = read_row(value);
        if (!at || !row) return whole = false;
        visit(*at, *row);
        return true;
      });
    };
    BW_TRY(rows("o/" + id + "/", [&, raw = slot.get()](const StreamKey& at, const Row& row) { raw->waiting[at] = {row.attempts, row.first_ms, row.next_ms, true, false, false}; }));
    BW_TRY(rows("d/" + id + "/", [&, raw = slot.get()](const StreamKey& at, const Row& row) { raw->dead[at] = {webhook_message_id(at), row.attempts, row.first_ms, row.next_ms, row.error}; }));
  }
  if (!whole) return fail(ErrorCode::kStateCorrupt, "a record of the webhooks cannot be read");
  return {};
}

Result<void> Webhooks::reload() {
  const std::lock_guard lock(mutex_);
  if (started_) return fail(ErrorCode::kUnsupported, "webhooks have begun");
  slots_.clear();
  return load();
}

Webhooks::~Webhooks() { stop(); }

void Webhooks::start() {
  const std::lock_guard lock(mutex_);
  if (started_ || ending_) return;
  started_ = true;
  thread_ = std::thread([this] { work(); });
}

void Webhooks::stop() {
  {
    std::unique_lock lock(mutex_);
    ending_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
  std::unique_lock lock(mutex_);
  const auto quiet = [this] { return running_ == 0 && tests_running_ == 0; };
  if (!changed_.wait_for(lock, std::chrono::milliseconds(limits_.drain_ms), quiet)) {
    lock.unlock();
    poster_.stop();
    lock.lock();
  }
  // Their answers must find us alive.
  changed_.wait(lock, quiet);
  if (started_) (void)flush();  // what cannot be written now is sent again
  started_ = false;
}

void Webhooks::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  changed_.notify_all();
}

void Webhooks::work() {
  come_second();
  std::unique_lock lock(mutex_);
  while (!ending_) {
    woken_ = false;
    const std::int64_t due = sweep();
    (void)flush();  // a store that cannot be written now is tried at the next sweep; until then a crash sends more again
    tell_receipts(lock);
    const std::int64_t wait = std::clamp<std::int64_t>(due - now_ms(), 0, kIdleMs);
    changed_.wait_for(lock, std::chrono::milliseconds(wait), [this] { return woken_ || ending_; });
    if (ending_) return;
    changed_.wait_for(lock, std::chrono::milliseconds(kSweepEveryMs), [this] { return ending_; });
  }
}

StreamKey Webhooks::settled(const Slot& slot) {
  for (const auto& [key, delivery] : slot.waiting) {
    if (!delivery.kept) return just_below(key);
  }
  return slot.taken;
}

void Webhooks::take(Slot& slot) {
  while (slot.waiting.size() < limits_.window) {
    const auto piece = model_.follow(slot.taken, slot.endpoint.topics, slot.endpoint.owner, kTakeBytes);
    if (!piece) return;  // the store cannot be read now
    if (piece->resync) {
      ++totals_.resyncs;
      slot.taken = piece->reached;
      return;
    }
    if (piece->reached == slot.taken) return;
    StreamKey before = slot.taken;
    for (const auto& item : piece->items) {
      if (slot.waiting.size() >= limits_.window) {
        slot.taken = before;
        return;
      }
      // After a crash the place may lie in front of what has its own record already.
      if (!slot.waiting.contains(item.key) && !slot.dead.contains(item.key)) slot.waiting[item.key].seen_ms = now_ms();
      before = item.key;
    }
    slot.taken = piece->reached;
  }
}

std::int64_t Webhooks::sweep() {
  std::int64_t next = INT64_MAX;
  const std::int64_t now = now_ms();
  std::vector<Shared> order;
  for (auto it = slots_.upper_bound(after_); it != slots_.end(); ++it) order.push_back(it->second);
  for (auto it = slots_.begin(); it != slots_.upper_bound(after_); ++it) order.push_back(it->second);
  for (const Shared& slot : order) {
    if (slot->endpoint.state != EndpointState::kActive) continue;
    take(*slot);
    std::vector<StreamKey> due;
    for (const auto& [key, delivery] : slot->waiting) {
      if (delivery.running) continue;
      if (delivery.due_ms <= now) due.push_back(key);
      else next = std::min(next, delivery.due_ms);
    }
    // Who has not shown that it answers gets one post at a time, and all of them together half of the places.
    for (const StreamKey& key : due) {
      if (slot->running >= (slot->proven ? limits_.at_once : 1)) break;
      if (running_ >= limits_.posts_most || (!slot->proven && running_unproven_ >= limits_.posts_most / 2)) break;
      begin(slot, key);
      after_ = slot->endpoint.id;
    }
  }
  return next;
}

void Webhooks::begin(const Shared& slot, const StreamKey& key) {
  const std::int64_t now = now_ms();
  Delivery& delivery = slot->waiting.at(key);
  const auto item = model_.at(key, slot->endpoint.owner);
  if (!item || (!*item && model_.newest() < key)) {  // the store cannot be read now; or another instance knew a line that is on its way to us
    delivery.due_ms = now + kIdleMs;
    return;
  }
  if (!*item) return bury(*slot, key, "not_readable");  // gone, or no longer for this one's eyes
  if (delivery.first_ms == 0) delivery.first_ms = now;
  // Endpoints come to a line one after the other in a sweep: what it is made of is read once for all of them.
  if (body_.empty() || !(body_key_ == key)) body_ = body_of(**item, limits_.body_most), body_key_ = key;
  if (delivery.attempts > 0) ++totals_.retried;
  delivery.running = true;
  ++slot->running;
  ++running_;
  const bool unproven = !slot->proven;
  if (unproven) ++running_unproven_;
  const std::int64_t begun_ns = clock_.monotonic_ns();
  poster_.post(post_to(slot->endpoint, webhook_message_id(key), body_, now), [this, slot, key, unproven, begun_ns](const WebhookAnswer& answer) {
    const double seconds = static_cast<double>(clock_.monotonic_ns() - begun_ns) / 1e9;
    const std::lock_guard lock(mutex_);
    --slot->running;
    --running_;
    if (unproven) --running_unproven_;
    answered(slot, key, answer, seconds);
    woken_ = true;
    changed_.notify_all();
  });
}

void Webhooks::answered(const Shared& shared, const StreamKey& key, const WebhookAnswer& answer, double seconds) {
  Slot& slot = *shared;
  const auto it = slot.waiting.find(key);
  if (it == slot.waiting.end() || slot.removed) return;
  Delivery& delivery = it->second;
  delivery.running = false;
  const std::int64_t now = now_ms();
  if (taken_well(answer)) {
    ++totals_.delivered;
    if (watch_.post) watch_.post(true, seconds);
    const std::int64_t since = delivery.seen_ms != 0 ? delivery.seen_ms : delivery.first_ms;
    if (watch_.delivered) watch_.delivered(static_cast<double>(std::max<std::int64_t>(0, now - since)) / 1e3);  // a clock may be set back
    slot.first_delivered = std::min(slot.first_delivered.value_or(key), key);
    slot.last_delivered = std::max(slot.last_delivered.value_or(key), key);
    if (delivery.kept) slot.settled_rows.push_back(key);
    slot.waiting.erase(it);
    if (slot.failures_in_a_row >= kOutage) {
      for (auto& [k, d] : slot.waiting) d.due_ms = 0;
    }
    slot.failures_in_a_row = 0;
    slot.proven = true;
    if (slot.endpoint.failing_since_ms != 0) {
      slot.endpoint.failing_since_ms = 0;
      slot.endpoint_changed = true;
    }
    return;
  }
  if (answer.status == 0 && answer.error == "stopped") return;  // our own end is nobody's failure
  ++totals_.failed;
  if (watch_.post) watch_.post(false, seconds);
  ++slot.failures_in_a_row;
  slot.proven = false;
  slot.last_error = error_of(answer);
  ++delivery.attempts;
  if (slot.endpoint.failing_since_ms == 0) {
    slot.endpoint.failing_since_ms = now;
    slot.endpoint_changed = true;
  }
  constexpr int kGone = 410;
  const bool too_long = now - slot.endpoint.failing_since_ms >= static_cast<std::int64_t>(limits_.disable_after_days) * kDayMs;
  const auto wait = webhook_retry_ms(delivery.attempts, limits_.jitter_percent, slot.endpoint.id, webhook_message_id(key));
  if (!wait) {
    bury(slot, key, slot.last_error);
  } else {
    delivery.due_ms = now + std::max(*wait, answer.retry_after_s * kSecondMs);
    delivery.kept = delivery.changed = true;
  }
  if (answer.status == kGone) disable(slot, "gone");
  else if (too_long) disable(slot, "failing");
}

void Webhooks::bury(Slot& slot, const StreamKey& key, std::string error) {
  const auto it = slot.waiting.find(key);
  slot.dead[key] = {webhook_message_id(key), it->second.attempts, it->second.first_ms, now_ms(), std::move(error)};
  slot.waiting.erase(it);
  ++totals_.died;
  StoreBatch batch;
  const WebhookDead& d = slot.dead[key];
  batch.erase(waiting_row(slot.endpoint.id, key));
  batch.put(dead_row(slot.endpoint.id, key), row_of(d.attempts, d.first_ms, d.last_ms, d.error));
  (void)store_.write(batch);  // not written: the place or the old row still stands in front of it, and it is sent again
}

void Webhooks::disable(Slot& slot, std::string why) {
  slot.endpoint.state = EndpointState::kDisabled;
  slot.endpoint.why_disabled = std::move(why);
  ++slot.endpoint.version;
  slot.endpoint_changed = true;
}

Result<void> Webhooks::flush() {
  StoreBatch batch;
  struct Placed {
    Slot* slot;
    StreamKey place;
  };
  std::vector<Placed> placed;
  for (auto& [id, slot] : slots_) {
    for (const StreamKey& key : slot->settled_rows) batch.erase(waiting_row(id, key));
    for (auto& [key, delivery] : slot->waiting) {
      if (delivery.changed) batch.put(waiting_row(id, key), row_of(delivery.attempts, delivery.first_ms, delivery.due_ms, ""));
    }
    if (const StreamKey place = settled(*slot); place != slot->written) {
      batch.put(place_row(id), to_text(place));
      placed.push_back({slot.get(), place});
    }
    if (slot->endpoint_changed) batch.put(endpoint_row(id), to_json(slot->endpoint));
  }
  if (batch.empty()) return {};
  BW_TRY(store_.write(batch));
  for (auto& [id, slot] : slots_) {
    slot->settled_rows.clear();
    slot->endpoint_changed = false;
    for (auto& [key, delivery] : slot->waiting) delivery.changed = false;
  }
  for (const Placed& p : placed) p.slot->written = p.place;
  return {};
}

Webhooks::Shared Webhooks::find(const Principal& who, std::string_view id) const {
  const auto it = slots_.find(id);
  return it == slots_.end() || !it->second->endpoint.belongs_to(who) ? nullptr : it->second;
}

WebhookView Webhooks::view(const Slot& slot) const {
  WebhookView out{slot.endpoint, to_text(settled(slot)), slot.waiting.size(), slot.dead.size(), slot.last_error};
  for (auto& epoch : out.endpoint.keys) epoch.keys = {}, epoch.pair.reset();
  return out;
}

Result<std::pair<WebhookView, WebhookSecrets>> Webhooks::add(const Principal& owner, const std::string& url, std::set<Topic> topics, std::optional<StreamKey> from) {
  BW_TRY(check_webhook_url(url, rule_));
  const std::lock_guard lock(mutex_);
  if (!started_ || ending_) return fail(ErrorCode::kNotReady, "webhooks have not begun here", 0, Retry::kBackoff);
  const auto own = std::count_if(slots_.begin(), slots_.end(), [&](const auto& s) { return s.second->endpoint.belongs_to(owner); });
  if (slots_.size() >= limits_.endpoints_most || static_cast<std::size_t>(own) >= limits_.endpoints_each) return fail(ErrorCode::kQuotaExceeded, "as many endpoints as there may be", own);
  auto slot = std::make_shared<Slot>();
  WebhookEndpoint& e = slot->endpoint;
  const std::string bytes = random_bytes(8);
  e.id = "W-" + to_hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  e.owner = owner;
  e.url = url;
  e.topics = std::move(topics);
  e.created_ms = now_ms();
  e.keys.push_back({make_webhook_keys(), 0});
  slot->taken = slot->written = from ? *from : model_.newest();
  StoreBatch batch;
  batch.put(endpoint_row(e.id), to_json(e));
  batch.put(place_row(e.id), to_text(slot->taken));
  BW_TRY(store_.write(batch));
  std::pair<WebhookView, WebhookSecrets> out{view(*slot), secrets_of(e.keys.front().keys)};
  slots_.emplace(e.id, std::move(slot));
  woken_ = true;
  changed_.notify_all();
  return out;
}

std::vector<WebhookView> Webhooks::list(const Principal& who) const {
  const std::lock_guard lock(mutex_);
  std::vector<WebhookView> out;
  for (const auto& [id, slot] : slots_) {
    if (slot->endpoint.belongs_to(who)) out.push_back(view(*slot));
  }
  return out;
}

std::optional<WebhookView> Webhooks::get(const Principal& who, std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const Shared slot = find(who, id);
  return slot ? std::optional(view(*slot)) : std::nullopt;
}

std::vector<WebhookDead> Webhooks::dead(const Principal& who, std::string_view id, std::size_t most) const {
  const std::lock_guard lock(mutex_);
  std::vector<WebhookDead> out;
  const Shared slot = find(who, id);
  if (!slot) return out;
  for (auto it = slot->dead.rbegin(); it != slot->dead.rend() && out.size() < most; ++it) out.push_back(it->second);
  return out;
}

Result<WebhookSecrets> Webhooks::rotate(const Principal& who, std::string_view id) {
  const std::lock_guard lock(mutex_);
  const Shared slot = find(who, id);
  if (!slot) return fail(ErrorCode::kNotFound, "there is no such endpoint");
  WebhookEndpoint changed = slot->endpoint;
  const std::int64_t now = now_ms();
  std::erase_if(changed.keys, [&](const auto& epoch) { return epoch.until_ms != 0; });  // two at a time are enough
  for (auto& epoch : changed.keys) epoch.until_ms = now + limits_.key_overlap_ms;
  changed.keys.insert(changed.keys.begin(), {make_webhook_keys(), 0});
  ++changed.version;
  StoreBatch batch;
  batch.put(endpoint_row(changed.id), to_json(changed));
  BW_TRY(store_.write(batch));
  slot->endpoint = std::move(changed);
  return secrets_of(slot->endpoint.keys.front().keys);
}

Result<void> Webhooks::enable(const Principal& who, std::string_view id) {
  const std::lock_guard lock(mutex_);
  const Shared slot = find(who, id);
  if (!slot) return fail(ErrorCode::kNotFound, "there is no such endpoint");
  slot->endpoint.state = EndpointState::kActive;
  slot->endpoint.why_disabled.clear();
  slot->endpoint.failing_since_ms = 0;
  ++slot->endpoint.version;
  slot->endpoint_changed = true;
  slot->failures_in_a_row = 0;
  for (auto& [key, delivery] : slot->waiting) delivery.due_ms = 0;
  BW_TRY(flush());
  woken_ = true;
  changed_.notify_all();
  return {};
}

Result<void> Webhooks::disable(const Principal& who, std::string_view id) {
  const std::lock_guard lock(mutex_);
  const Shared slot = find(who, id);
  if (!slot) return fail(ErrorCode::kNotFound, "there is no such endpoint");
  disable(*slot, "asked");
  return flush();
}

Result<void> Webhooks::remove(const Principal& who, std::string_view id) {
  const std::lock_guard lock(mutex_);
  const Shared slot = find(who, id);
  if (!slot) return fail(ErrorCode::kNotFound, "there is no such endpoint");
  StoreBatch batch;
  batch.erase(endpoint_row(id));
  batch.erase(place_row(id));
  for (const auto& [key, delivery] : slot->waiting) batch.erase(waiting_row(id, key));
  for (const StreamKey& key : slot->settled_rows) batch.erase(waiting_row(id, key));
  for (const auto& [key, dead] : slot->dead) batch.erase(dead_row(id, key));
  BW_TRY(store_.write(batch));
  slot->removed = true;
  slots_.erase(slots_.find(id));
  return {};
}

Result<std::uint64_t> Webhooks::resend(const Principal& who, std::string_view id, std::string_view message) {
  const std::lock_guard lock(mutex_);
  const Shared slot = find(who, id);
  if (!slot) return fail(ErrorCode::kNotFound, "there is no such endpoint");
  std::vector<StreamKey> keys;
  for (const auto& [key, dead] : slot->dead) {
    if (message.empty() || dead.message == message) keys.push_back(key);
  }
  if (keys.empty() && !message.empty()) return fail(ErrorCode::kNotFound, "there is no such dead letter");
  StoreBatch batch;
  const std::int64_t now = now_ms();
  for (const StreamKey& key : keys) {
    batch.erase(dead_row(id, key));
    batch.put(waiting_row(id, key), row_of(0, 0, now, ""));
  }
  BW_TRY(store_.write(batch));
  for (const StreamKey& key : keys) {
    slot->dead.erase(key);
    slot->waiting[key] = {0, 0, now, true, false, false};
  }
  woken_ = true;
  changed_.notify_all();
  return keys.size();
}

Result<void> Webhooks::test(const Principal& who, std::string_view id, WebhookDone done) {
  WebhookPost post;
  {
    const std::lock_guard lock(mutex_);
    const Shared slot = find(who, id);
    if (!slot) return fail(ErrorCode::kNotFound, "there is no such endpoint");
    if (!started_ || ending_) return fail(ErrorCode::kNotReady, "webhooks have not begun here", 0, Retry::kBackoff);
    if (tests_running_ >= kTestsMost) return fail(ErrorCode::kBackpressure, "too many tests at once", 0, Retry::kBackoff);
    JsonOut json;
    json.begin_object().member("type", "webhook.test").member("timestamp", format_time(clock_.now())).key("data").begin_object().member("endpoint", id).end_object().end_object();
    ++tests_running_;
    post = post_to(slot->endpoint, fmt::format("msg_test_{}_{}_{}", id, now_ms(), ++tests_), json.take(), now_ms());
  }
  poster_.post(std::move(post), [this, done = std::move(done)](const WebhookAnswer& answer) {
    done(answer);
    const std::lock_guard lock(mutex_);
    --tests_running_;
    changed_.notify_all();
  });
  return {};
}

WebhookCounts Webhooks::counts() const {
  const std::lock_guard lock(mutex_);
  WebhookCounts out = totals_;
  out.running = running_;
  const std::int64_t now = now_ms();
  for (const auto& [id, slot] : slots_) {
    ++(slot->endpoint.state == EndpointState::kActive ? out.active : out.disabled);
    if (slot->endpoint.state == EndpointState::kActive && slot->endpoint.failing_since_ms != 0) ++out.ailing;
    out.waiting += slot->waiting.size();
    out.dead += slot->dead.size();
    for (const auto& [key, delivery] : slot->waiting) {
      if (delivery.attempts > 0 && delivery.first_ms != 0) out.oldest_waiting_ms = std::max(out.oldest_waiting_ms, now - delivery.first_ms);
    }
  }
  return out;
}

void Webhooks::tell_receipts(std::unique_lock<std::mutex>& lock) {
  if (!receipt_ || now_ms() - receipts_told_ms_ < receipt_every_ms_) return;
  receipts_told_ms_ = now_ms();
  std::vector<Reached> news;
  for (const Reached& now : reached_now()) {
    const auto before = std::find_if(told_.begin(), told_.end(), [&](const Reached& t) { return t.owner.name == now.owner.name && t.owner.party == now.owner.party; });
    if (before != told_.end() && before->key >= now.key) continue;
    if (before == told_.end()) told_.push_back(now);
    else before->key = now.key;
    news.push_back(now);
  }
  lock.unlock();
  for (const Reached& r : news) receipt_(r.owner, r.key);
  lock.lock();
}

std::vector<Webhooks::Reached> Webhooks::reached() const {
  const std::lock_guard lock(mutex_);
  return reached_now();
}

std::vector<Webhooks::Reached> Webhooks::reached_now() const {
  std::vector<Reached> out;
  for (const auto& entry : slots_) {
    const Slot* const slot = entry.second.get();
    // Messages, not what was looked through: else a receipt's own line would be news that asks for the next receipt.
    if (!slot->last_delivered) continue;
    StreamKey key = *slot->last_delivered;
    if (!slot->waiting.empty()) key = std::min(key, just_below(slot->waiting.begin()->first));
    if (!slot->dead.empty()) key = std::min(key, just_below(slot->dead.begin()->first));
    if (key < *slot->first_delivered) continue;
    const auto same = std::find_if(out.begin(), out.end(), [&](const Reached& r) { return slot->endpoint.belongs_to(r.owner); });
    if (same == out.end()) out.push_back({slot->endpoint.owner, key});
    else same->key = std::max(same->key, key);
  }
  return out;
}

}  // namespace brushwatch::doors

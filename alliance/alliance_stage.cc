#include "alliance/alliance_stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "alliance/discovery.h"
#include "engine/base/check.h"
#include "engine/base/uscc.h"

namespace brushwatch {
namespace {

/// Words of complaint codes, in the order of ComplaintCode; the public contract's (api/schema/complaint.filed.schema.json).
constexpr std::string_view kComplaintWords[] = {"other",        "not_received",      "empty_parcel", "not_ordered", "rebate_demand",
                                                "threatened_review", "fake_goods",   "price_fraud",  "malicious_review", "fake_trade",
                                                "fake_traffic", "description_mismatch"};

SubjectRef subject_of(const Event& event, std::uint64_t key) {
  const auto is = [&](SubjectKind kind, const NamedId& id) { return id && subject_key(kind, id.hash) == key; };
  switch (event.type) {
    case EventType::kAlertTold: {
      const auto& e = event.as<AlertToldEvent>();
      return {e.subject_kind, e.subject};
    }
    case EventType::kCommand: {
      const auto& e = event.as<CommandEvent>();
      return e.subject ? SubjectRef{e.subject_kind, e.subject} : SubjectRef{SubjectKind::kOperator, e.target};
    }
    case EventType::kReportFiled: {
      const auto& e = event.as<ReportEvent>();
      return {e.subject_kind, e.subject};
    }
    case EventType::kCommitmentSigned: case EventType::kCommitmentBreached: return subject_of(event.as<CommitmentEvent>().subject);
    case EventType::kComplaintFiled: {
      const auto& e = event.as<ComplaintEvent>();
      if (is(SubjectKind::kShop, e.shop)) return {SubjectKind::kShop, e.shop};
      if (is(SubjectKind::kCarrier, e.carrier)) return {SubjectKind::kCarrier, e.carrier};
      return subject_of(e.subject);
    }
    case EventType::kRefShop: {
      const auto& e = event.as<ReferenceEvent>();
      return is(SubjectKind::kShop, e.id) ? SubjectRef{SubjectKind::kShop, e.id} : subject_of(e.parent);
    }
    case EventType::kRefOperator: return {SubjectKind::kOperator, event.as<ReferenceEvent>().id};
    default: return {};
  }
}

/// What a register says. Returns whether anything is new.
bool register_identity(const Event& event, SubjectFile& file) {
  const auto& e = event.as<ReferenceEvent>();
  Identity& identity = file.mutable_archive().identity;
  if (event.type == EventType::kRefShop && file.kind() == SubjectKind::kOperator) {
    if (std::find(identity.links.begin(), identity.links.end(), e.id.text) != identity.links.end()) return false;
    ++identity.links_total;
    if (identity.links.size() >= kLinksMax) return false;
    identity.links.emplace_back(e.id.text);
  } else {
    if (identity.name == e.name.text && identity.region6 == e.region6 && identity.parent == e.parent.text &&
        file.archive().counts[static_cast<std::size_t>(ItemKind::kIdentity)] != 0) {
      return false;
    }
    identity.name = e.name.text;
    identity.region6 = e.region6;
    identity.parent = e.parent.text;
  }
  constexpr std::string_view kUscc = "USCC:";
  if (file.id().starts_with(kUscc)) {
    const std::string_view code = std::string_view(file.id()).substr(kUscc.size());
    identity.uscc_warning = !uscc_valid(code) || !organisation_valid(code);
  }
  ++file.mutable_archive().counts[static_cast<std::size_t>(ItemKind::kIdentity)];
  return true;
}

/// Outlets, couriers and carriers are in every partition's reference data: who has nothing on record needs no row.
void look_up_identity(const Reference& reference, SubjectFile& file) {
  const std::uint64_t hash = hash64(file.id());
  const ReferenceEntry* entry = file.kind() == SubjectKind::kOutlet    ? reference.outlet(hash)
                                : file.kind() == SubjectKind::kCourier ? reference.courier(hash)
                                : file.kind() == SubjectKind::kCarrier ? reference.carrier(hash)
                                                                       : nullptr;
  if (entry == nullptr) return;
  Identity& identity = file.mutable_archive().identity;
  identity.name = file.kind() == SubjectKind::kCourier ? std::string() : entry->name;  // a courier is a person
  identity.region6 = entry->region6;
  identity.parent = entry->parent;
}

Item item_of(const Event& event, std::string_view source) {
  Item item;
  item.at = event.event_time;
  item.from = source;
  switch (event.type) {
    case EventType::kComplaintFiled: {
      const auto& e = event.as<ComplaintEvent>();
      item.kind = ItemKind::kComplaint;
      item.code = kComplaintWords[static_cast<unsigned>(e.code)];
      item.from = e.channel.text;
      item.id = e.complaint.text;
      break;
    }
    case EventType::kReportFiled: {
      const auto& e = event.as<ReportEvent>();
      item.kind = e.kind.text == "rating" ? ItemKind::kRating : ItemKind::kReport;
      item.code = e.kind.text;
      item.id = e.report.text;
      item.document = e.document.text;
      item.value_milli = e.value_milli;
      break;
    }
    default: {
      const auto& e = event.as<CommitmentEvent>();
      item.kind = event.type == EventType::kCommitmentSigned ? ItemKind::kCommitment : ItemKind::kBreach;
      item.code = e.kind ? e.kind.text : std::string_view("general");
      item.document = e.document.text;
    }
  }
  return item;
}

/// A member's word beside the procedures. Returns what is wrong with it; "" when its line is written.
std::string_view say_back(const CommandEvent& command, SubjectFile& file, EventTime now, const LineCause& cause, FoldContext& ctx, const Tell& tell) {
  const auto one_of = [](std::string_view word, std::span<const std::string_view> words) { return std::find(words.begin(), words.end(), word) != words.end(); };
  if (command.command.text == kAcknowledge) {
    if (!one_of(command.measure.text, kChannels) || !command.evidence) return "unknown_receipt";
    ctx.outbox->output(Output::kCase, receipt_fields(command, now, cause));
    return "";
  }
  if (!one_of(command.reason.text, kSightings)) return "unknown_sighting";
  const auto of_this = [&](const auto& object) { return object.id == command.target.text; };
  const auto alert = std::find_if(file.alerts().begin(), file.alerts().end(), of_this);
  if (alert == file.alerts().end() && std::none_of(file.entries().begin(), file.entries().end(), of_this)) return "no_such_target";
  ctx.outbox->output(Output::kCase, sighting_fields(command, file, alert == file.alerts().end() ? std::string_view() : direction_name(alert->direction), now, cause));
  // On record, and weighing nothing: a member's opinion is not a finding about the subject.
  Item item;
  item.kind = ItemKind::kAlert;
  item.code = fmt::format("sighted_{}", command.reason.text);
  item.from = member_of(command);
  item.id = command.target.text;
  item.at = now;
  file.record(item, now, tell);
  return "";
}

}  // namespace

void AllianceStage::declare(Rules& rules) {
  const auto params = Policy::params();
  const std::size_t first = rules.declare(Policy::kOwner, params.data(), params.size());
  BW_CHECK(first_param_ == SIZE_MAX || first_param_ == first, "all partitions declare their rules in one order");
  first_param_ = first;
  first_fdr_ = rules.declare(DiscoveryRules::kOwner, DiscoveryRules::params().data(), DiscoveryRules::params().size());
}

void AllianceStage::control(const Event& event, std::string& tail, FoldContext& ctx) const {
  const auto moved = counted_move(event);
  if (!moved) return;
  DiscoveryBook book;
  if (!tail.empty()) BW_CHECK(book.read(tail), "the book of discoveries cannot be read: rebuild the state from the ledger");
  book.move(moved->week, moved->from, moved->to);
  const DiscoveryRules rules = DiscoveryRules::of(*ctx.rules, first_fdr_);
  const WeekBar bar = book.bar(moved->week, rules);
  if (rules.on && book.tell(moved->week, bar)) {
    ctx.outbox->output(Output::kCase, control_fields(moved->week, bar, rules, std::max(event.event_time, ctx.watermark), {event.position, ctx.sources}));
  }
  tail = book.write();
  ctx.changed = true;
}

void AllianceStage::fold(const Event& event, std::byte*, std::string& tail, FoldContext& ctx) const {
  BW_CHECK(first_param_ != SIZE_MAX, "declare() comes before the first fold");
  if (ctx.key == discovery_key()) return control(event, tail, ctx);
  const SubjectRef subject = subject_of(event, ctx.key);
  if (!subject.id) return;
  SubjectFile file(subject.kind, subject.id.text);
  if (!tail.empty()) BW_CHECK(file.read(tail), "the subject's file cannot be read: rebuild the state from the ledger");
  const Policy policy = Policy::of(*ctx.rules, first_param_);
  const LineCause cause{event.position, ctx.sources};
  const Tell tell = [&](const Change& change) { ctx.outbox->output(output_of(change), change_fields(change, file, cause)); };
  // Nothing is done before what the clock has already seen done.
  const EventTime now = std::max(event.event_time, ctx.watermark);
  bool fresh_identity = false;
  switch (event.type) {
    case EventType::kAlertTold: file.alert_told(event.as<AlertToldEvent>(), now, policy, tell); break;
    case EventType::kCommand: {
      const auto& command = event.as<CommandEvent>();
      if (command.command.text == kSight || command.command.text == kAcknowledge) {
        file.advance(now, policy, tell);
        const std::string_view fault = command.subject ? say_back(command, file, now, cause, ctx, tell) : std::string_view("no_subject");
        if (!fault.empty()) {
          Act stated;
          stated.at = now;
          stated.actor = command.actor.text;
          stated.papers.reason = command.reason.text;
          file.refuse(command.target.text, stated, fault, tell);
        }
        break;
      }
      const auto act = act_of(command, event.event_time);
      if (act && command.subject) {
        file.command(command.target.text, *act, policy, tell);
      } else {
        Act stated;
        stated.at = event.event_time;
        stated.actor = command.actor.text;
        stated.papers.reason = command.reason.text;
        if (act) stated = *act;
        file.refuse(command.target.text, stated, act ? std::string_view("no_subject") : act.error().text, tell);
      }
      break;
    }
    case EventType::kComplaintFiled: case EventType::kReportFiled: case EventType::kCommitmentSigned:
    case EventType::kCommitmentBreached: {
      const std::string_view source = ctx.sources->name(event.position.source());
      file.advance(now, policy, tell);
      file.record(item_of(event, source), now, tell);
      break;
    }
    default: fresh_identity = register_identity(event, file);
  }
  // Who is only registered has no line yet; with the first item on record the archive says whose it is.
  Identity& identity = file.mutable_archive().identity;
  if (file.archive().total > 0 && (!identity.told || fresh_identity)) {
    if (!identity.told) look_up_identity(*ctx.reference, file);
    identity.told = true;
    ctx.outbox->output(Output::kCredit, identity_fields(file, std::max(event.event_time, EventTime{1}), cause));
  }
  if (file.empty() && file.archive().counts[static_cast<std::size_t>(ItemKind::kIdentity)] == 0) return;
  tail = file.write();
  ctx.changed = true;
  ctx.wake = EventTime::max();
  ctx.wake_at(file.next_due());
}

bool AllianceStage::on_timer(std::byte*, std::string& tail, FoldContext& ctx) const {
  if (tail.empty()) return false;
  if (ctx.key == discovery_key()) return true;  // nothing of it waits for time
  SubjectFile file;
  BW_CHECK(file.read(tail), "the subject's file cannot be read: rebuild the state from the ledger");
  const Policy policy = Policy::of(*ctx.rules, first_param_);
  const LineCause cause{std::nullopt, ctx.sources};
  const Tell tell = [&](const Change& change) { ctx.outbox->output(output_of(change), change_fields(change, file, cause)); };
  if (file.advance(ctx.watermark, policy, tell)) {
    tail = file.write();
    ctx.changed = true;
  }
  ctx.wake_at(file.next_due());
  return true;  // a file is kept: what was decided about somebody must be found again
}

}  // namespace brushwatch

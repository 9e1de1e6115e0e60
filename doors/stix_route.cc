#include "doors/stix_route.h"

#include <algorithm>

#include "doors/answer.h"
#include "doors/stix.h"

namespace brushwatch::doors {
HttpReply stix_of_lists(const ReadModel& model, std::string_view publisher, const Principal& who, const HttpRequest& request) {
  Query query(request.query, {"list", "since"});
  AlertFilter filter;
  filter.list = query.word("list", {"BLACK", "WATCH", "RED"});
  if (const auto since = query.time("since")) filter.since = *since;
  if (!query.why().empty()) return bad_parameter(request, query);
  std::vector<StixEntry> entries;
  std::optional<StreamKey> before;
  do {
    const auto page = model.page(Topic::kList, filter, before, 200, who);
    if (!page) return unreadable(request);
    for (const Served& served : page->items) {
      const auto entry = stix_entry(served.json, served.record.marking.tlp);
      // Announced: it has a day of listing. What ended before that was nobody's business and stays so.
      if (!entry || entry->listed == EventTime{} || entries.size() == kStixMost) continue;
      entries.push_back(*entry);
      const auto alerts = model.of_subject(served.record.subject, Topic::kAlert, 200, who);
      if (!alerts) return unreadable(request);
      StixEntry& e = entries.back();
      for (const Served& alert : *alerts) {
        if (alert.record.state == "withdrawn" || alert.record.direction == "victim") continue;
        e.first_alert = e.alerts == 0 ? alert.record.event_time : std::min(e.first_alert, alert.record.event_time);
        e.last_alert = e.alerts == 0 ? alert.record.event_time : std::max(e.last_alert, alert.record.event_time);
        ++e.alerts;
        e.alerts_tlp = std::max(e.alerts_tlp, alert.record.marking.tlp);
      }
    }
    before = page->next;
  } while (before && entries.size() < kStixMost);
  return {200, stix_bundle(publisher, entries), "application/stix+json;version=2.1"};
}

}  // namespace brushwatch::doors

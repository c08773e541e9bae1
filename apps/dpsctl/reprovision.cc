// SPDX-License-Identifier: Apache-2.0
// Who would move, and notices to those: `reprovision` of enrollments.
#include <cmath>
#include <map>

#include "apps/dpsctl/arguments.h"
#include "apps/dpsctl/options.h"
#include "apps/dpsctl/output.h"
#include "apps/dpsctl/service.h"
#include "core/base/limits.h"
#include "core/registration/reprovision_plan.h"

namespace dps {
namespace {

// Goes over the devices page by page, so that any number of them takes little
// memory: what is printed is printed at once, what is asked for is committed.
class Walk {
 public:
  Walk(const Arguments& arguments, Service& service)
      : arguments_(arguments), service_(service) {}

  Status Begin();
  Status Do(const std::vector<RegistrationRecord>& records, Snapshot& snapshot);
  // Once the page's snapshot is gone.
  Status EndPage();
  Status End();

 private:
  void Show(const PlannedRegistration& planned);
  Status CountSkipped(const std::string& answer);
  std::string Notices() const;
  std::string Totals() const;

  const Arguments& arguments_;
  Service& service_;
  UtcTime first_due_{};  // once a notice was put
  PreviewMemory memory_;
  std::map<PlannedOutcome, std::int64_t> outcomes_;
  std::int64_t resets_ = 0;  // of devices that stay
  std::int64_t asked_ = 0;
  std::int64_t put_ = 0;
  std::int64_t skipped_ = 0;
  bool any_row_ = false;
  // Of this page.
  std::string rows_;
  std::vector<std::string> to_notify_;
};

bool WantsJson(const Arguments& arguments) {
  return arguments.output == "json";
}

std::string Row(const PlannedRegistration& planned) {
  std::string line = planned.registration_id.text() + "  ";
  const std::string from = planned.from.empty() ? "-" : planned.from;
  if (!planned.reason.empty()) return line + from + "  ?  " + planned.reason;
  line += from + "  ->  " + planned.to + "  ";
  return line.append(ToText(planned.data));
}

Status Walk::Begin() {
  if (!arguments_.plan) return {};
  return PrintRaw(WantsJson(arguments_) ? "{\n  \"devices\": [" : "");
}

void Walk::Show(const PlannedRegistration& planned) {
  if (!WantsJson(arguments_)) {
    rows_ += Row(planned) + "\n";
    return;
  }
  rows_ += (any_row_ ? ",\n    " : "\n    ") + ToJson(planned);
  any_row_ = true;
}

Status Walk::Do(const std::vector<RegistrationRecord>& records,
                Snapshot& snapshot) {
  for (const RegistrationRecord& record : records) {
    DPS_TRY(const PlannedRegistration planned,
            PlanRegistration(snapshot, service_.scope(), record, memory_));
    ++outcomes_[planned.outcome];
    const bool stays = planned.outcome == PlannedOutcome::kStays;
    const bool resets = stays && planned.data == DeviceDataChange::kReset;
    if (resets) ++resets_;
    if (arguments_.plan && (!stays || resets || arguments_.all)) Show(planned);
    if (planned.outcome == PlannedOutcome::kMoves || arguments_.all) {
      to_notify_.push_back(record.registration_id.text());
    }
  }
  return {};
}

std::string Walk::Notices() const {
  const auto seconds = std::chrono::duration<double>(
      static_cast<double>(asked_) / arguments_.rate);
  constexpr double kMsPerSecond = 1000;
  JsonWriter json;
  json.StartObject().Key("registrationIds").StartArray();
  for (const std::string& id : to_notify_) json.String(id);
  json.EndArray();
  json.Member(
      "firstDueDateTimeUtc",
      FormatUtc(first_due_ +
                std::chrono::duration_cast<std::chrono::nanoseconds>(seconds)));
  json.Key("intervalMs").Int(std::llround(kMsPerSecond / arguments_.rate));
  return json.EndObject().Take();
}

Status Walk::CountSkipped(const std::string& answer) {
  DPS_TRY(const JsonDocument document, JsonDocument::ParseObject(answer));
  DPS_TRY(const auto skipped, document.root().OptionalArray("skipped"));
  skipped_ += std::ssize(skipped);
  put_ += std::ssize(to_notify_) - std::ssize(skipped);
  return {};
}

Status Walk::EndPage() {
  DPS_CHECK(PrintRaw(rows_));
  rows_.clear();
  if (arguments_.notify && !to_notify_.empty()) {
    if (asked_ == 0) first_due_ = SystemClock().Now();
    DPS_TRY(const Response put,
            service_.Send("POST", "/hubTasks/notices", {}, Notices()));
    DPS_CHECK(CountSkipped(put.body));
    asked_ += std::ssize(to_notify_);
  }
  to_notify_.clear();
  return {};
}

std::string Walk::Totals() const {
  const auto count = [&](PlannedOutcome outcome) {
    const auto found = outcomes_.find(outcome);
    return found == outcomes_.end() ? 0 : found->second;
  };
  JsonWriter json;
  json.StartObject();
  json.Key("moves").Int(count(PlannedOutcome::kMoves));
  json.Key("stays").Int(count(PlannedOutcome::kStays));
  json.Key("staysAndResets").Int(resets_);
  json.Key("fails").Int(count(PlannedOutcome::kFails));
  json.Key("unknown").Int(count(PlannedOutcome::kUnknown));
  if (arguments_.notify) {
    json.Key("notices").Int(put_);
    json.Key("noticesSkipped").Int(skipped_);
  }
  return json.EndObject().Take();
}

Status Walk::End() {
  if (skipped_ > 0) {
    PrintNote(std::to_string(skipped_) +
              " devices cannot be asked: they have no hub, or one without a "
              "connector");
  }
  if (arguments_.plan && WantsJson(arguments_)) {
    return PrintRaw(std::string(any_row_ ? "\n  " : "") +
                    "],\n  \"totals\": " + Totals() + "\n}\n");
  }
  std::vector<Column> columns = {"moves", "stays", "staysAndResets", "fails",
                                 "unknown"};
  if (arguments_.notify) {
    columns.insert(columns.end(), {"notices", "noticesSkipped"});
  }
  return Print(arguments_, Totals(), columns);
}

Status OfGroup(const Arguments& arguments) {
  DPS_TRY(const EnrollmentGroupId group,
          EnrollmentGroupId::Parse(*arguments.enrollment_id));
  DPS_TRY(const auto service, Service::OfInstanceWithStore(arguments));
  DPS_CHECK(service->Send("GET", PathOf("enrollmentGroups", group.text())));
  Walk walk(arguments, *service);
  DPS_CHECK(walk.Begin());
  Page page{.after = {}, .limit = limits::kQueryPageMax};
  for (bool more = true; more;) {
    DPS_TRY(auto snapshot, service->store().Read());
    DPS_TRY(const auto records,
            snapshot->ListRegistrations(service->scope(), group, page));
    DPS_CHECK(walk.Do(records, *snapshot));
    snapshot.reset();
    DPS_CHECK(walk.EndPage());
    more = records.size() == page.limit;
    if (more) page.after = records.back().key();
  }
  return walk.End();
}

Status OfDevice(const Arguments& arguments) {
  DPS_TRY(const RegistrationId id,
          RegistrationId::Parse(*arguments.enrollment_id));
  DPS_TRY(const auto service, Service::OfInstanceWithStore(arguments));
  Walk walk(arguments, *service);
  DPS_TRY(auto snapshot, service->store().Read());
  DPS_TRY(const auto record, snapshot->FindRegistration(service->scope(), id));
  if (!record) {
    return Fail(Errc::kNotFound, "there is no registration of " + id.text());
  }
  DPS_CHECK(walk.Begin());
  DPS_CHECK(walk.Do({*record}, *snapshot));
  snapshot.reset();
  DPS_CHECK(walk.EndPage());
  return walk.End();
}

}  // namespace

std::vector<Command> ReprovisionCommands() {
  return {
      {"enrollment-group",
       "reprovision",
       "Show which of the group's devices would move if they registered again "
       "now, or have them asked to",
       "dpsctl enrollment-group reprovision --enrollment-group line-1 --plan\n"
       "dpsctl enrollment-group reprovision --enrollment-group line-1 --notify "
       "--rate 5\n",
       {option::EnrollmentGroup, option::Reprovisioning},
       OfGroup},
      {"enrollment",
       "reprovision",
       "The same for one device",
       "dpsctl enrollment reprovision --enrollment-id dev-1 --plan\n",
       {option::EnrollmentId, option::Reprovisioning},
       OfDevice},
  };
}

}  // namespace dps

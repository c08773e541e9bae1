// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "apps/dpsctl/arguments.h"
#include "apps/dpsctl/options.h"
#include "apps/dpsctl/output.h"
#include "apps/dpsctl/service.h"
#include "core/base/json.h"

namespace dps {
namespace {

std::vector<Column> AttemptColumns() {
  return {"lastDateTimeUtc", "count",      "step",  "address",
          "errorCode",       "trackingId", "reason"};
}

// Of the record, or empty if there is none.
Result<std::string> FindRecordJson(Service& service, const std::string& path) {
  auto shown = service.Send("GET", path);
  if (shown) return std::move(shown->body);
  if (shown.error().code == Errc::kNotFound) return "";
  return tl::unexpected<Error>(shown.error());
}

// Where the device stands now: "dev-1 is assigned to hub-1 since ...".
Result<std::string> PresentState(const std::string& id,
                                 const std::string& record_json) {
  if (record_json.empty()) return id + " has no registration";
  DPS_TRY(const JsonDocument document, JsonDocument::ParseObject(record_json));
  const JsonView record = document.root();
  DPS_TRY(const std::string status, record.String("status"));
  DPS_TRY(const auto hub, record.OptionalString("assignedHub"));
  DPS_TRY(const auto since, record.OptionalString("lastUpdatedDateTimeUtc"));
  DPS_TRY(const auto message, record.OptionalString("errorMessage"));
  std::string state = id + " is " + status;
  if (hub) state += " to " + *hub;
  if (since) state += " since " + *since;
  if (message) state += ": " + *message;
  return state;
}

bool IsAtConnect(JsonView attempt) {
  const auto step = attempt.String("step");
  return step && *step == "connect";
}

Status NoteWhatItMeans(const std::string& id,
                       const std::vector<JsonView>& attempts) {
  if (attempts.empty()) {
    PrintNote("nothing that " + id +
              " tried in vain is known; if it says that it was refused, it "
              "called another address, or came with another registration id "
              "or ID scope: the broker's log has every refusal");
  } else if (std::ranges::all_of(attempts, IsAtConnect)) {
    PrintNote(
        "whoever came at step connect gave this registration id, but no "
        "proof that was accepted: it need not have been the device");
  }
  return {};
}

Status Why(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  const std::string& id = *arguments.registration_id;
  const std::string path = PathOf("registrations", id);
  DPS_TRY(const std::string record, FindRecordJson(*service, path));
  DPS_TRY(const Response kept, service->Send("GET", path + "/attempts"));
  DPS_TRY(const JsonDocument document, JsonDocument::ParseObject(kept.body));
  DPS_TRY(const auto attempts, document.root().OptionalArray("attempts"));
  DPS_TRY(const std::string state, PresentState(id, record));
  PrintNote(state);
  DPS_CHECK(NoteWhatItMeans(id, attempts));
  JsonWriter rows;
  rows.StartArray();
  for (const JsonView attempt : attempts) rows.Raw(attempt.Text());
  return Print(arguments, rows.EndArray().Take(), AttemptColumns());
}

}  // namespace

std::vector<Command> RegistrationWhyCommands() {
  return {
      {"registration",
       "why",
       "Say what a device tried in vain last, and where it stands now",
       "dpsctl registration why --registration-id dev-1 --output table\n",
       {option::RegistrationId},
       Why},
  };
}

}  // namespace dps

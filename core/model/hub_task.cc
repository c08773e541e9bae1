// SPDX-License-Identifier: Apache-2.0
#include "core/model/hub_task.h"

#include <array>
#include <limits>
#include <utility>

#include "core/base/json.h"
#include "core/model/json_times.h"
#include "core/model/words.h"

namespace dps {
namespace {

constexpr std::array kKindWords = {
    Word{HubTaskKind::kProvision, "provision"},
    Word{HubTaskKind::kRemove, "remove"},
    Word{HubTaskKind::kNotify, "notify"},
};

constexpr std::array kDataWords = {
    Word{DeviceDataChange::kKeep, "keep"},
    Word{DeviceDataChange::kStart, "start"},
    Word{DeviceDataChange::kMigrate, "migrate"},
    Word{DeviceDataChange::kReset, "reset"},
};

Result<std::optional<HubName>> ParseHub(JsonView object, const char* name) {
  DPS_TRY(const auto text, object.OptionalString(name));
  if (!text) return std::nullopt;
  DPS_TRY(HubName hub, HubName::Parse(*text));
  return hub;
}

void WriteProvision(JsonWriter& json, const HubTask& task, HubTaskView view) {
  if (task.from_hub) json.Member("fromHub", task.from_hub->text());
  json.Member("data", TextOf(kDataWords, task.data));
  if (!task.record) return;
  json.MemberNonempty("operationId", task.record->operation_id);
  if (view != HubTaskView::kStored) return;
  json.Key("secondaryKey").Bool(task.key_use.secondary);
  json.Key("keyOverLowerCase").Bool(task.key_use.over_lower_case);
  json.Key("begun").Bool(task.begun);
  json.Key("registration");
  json.Raw(ToJson(*task.record, RegistrationView::kStored));
}

Status ParseProvision(JsonView object, HubTask& task) {
  DPS_TRY(task.from_hub, ParseHub(object, "fromHub"));
  DPS_TRY(const std::string data, object.String("data"));
  DPS_TRY(task.data, ParseWord(kDataWords, data, "change of device data"));
  DPS_TRY(const auto secondary, object.OptionalBool("secondaryKey"));
  DPS_TRY(const auto lower_case, object.OptionalBool("keyOverLowerCase"));
  task.key_use = {.secondary = secondary.value_or(false),
                  .over_lower_case = lower_case.value_or(false)};
  DPS_TRY(const auto begun, object.OptionalBool("begun"));
  task.begun = begun.value_or(false);
  DPS_TRY(const auto record, object.OptionalObject("registration"));
  if (!record) {
    return Fail(Errc::kInvalidArgument, "member registration is missing");
  }
  DPS_TRY(task.record, ParseRegistrationRecord(record->Text()));
  return {};
}

void WriteMoved(JsonWriter& json, const MovedState& moved) {
  json.Key("moved").StartObject();
  json.MemberNonempty("tags", moved.tags);
  json.MemberNonempty("desired", moved.desired);
  json.MemberNonempty("reported", moved.reported).EndObject();
}

Result<std::optional<MovedState>> ParseMoved(JsonView object) {
  DPS_TRY(const auto parts, object.OptionalObject("moved"));
  if (!parts) return std::nullopt;
  DPS_TRY(auto tags, parts->OptionalString("tags"));
  DPS_TRY(auto desired, parts->OptionalString("desired"));
  DPS_TRY(auto reported, parts->OptionalString("reported"));
  return MovedState{.tags = std::move(tags).value_or(""),
                    .desired = std::move(desired).value_or(""),
                    .reported = std::move(reported).value_or("")};
}

}  // namespace

std::string ProvisionTaskKey(const RegistrationId& id) {
  return std::string(kProvisionTaskPrefix) + id.key();
}

std::string RemoveTaskKey(const HubName& hub, std::string_view device_id) {
  return "r/" + hub.key() + '/' + std::string(device_id);
}

std::string HubTask::key() const {
  switch (kind) {
    case HubTaskKind::kProvision:
      return ProvisionTaskKey(registration_id);
    case HubTaskKind::kRemove:
      return RemoveTaskKey(hub, device_id);
    case HubTaskKind::kNotify:
      break;
  }
  return "n/" + registration_id.key();
}

std::string_view ToText(HubTaskKind kind) { return TextOf(kKindWords, kind); }

std::string_view ToText(DeviceDataChange change) {
  return TextOf(kDataWords, change);
}

std::string ToJson(const HubTask& task, HubTaskView view) {
  JsonWriter json;
  json.StartObject();
  json.Member("id", task.key());
  json.Member("kind", ToText(task.kind));
  json.Member("hub", task.hub.text());
  json.Member("deviceId", task.device_id);
  json.Member("registrationId", task.registration_id.text());
  if (task.kind == HubTaskKind::kProvision) WriteProvision(json, task, view);
  if (task.carry_to) json.Member("carryTo", task.carry_to->text());
  if (view == HubTaskView::kStored) {
    if (task.moved) WriteMoved(json, *task.moved);
    json.MemberNonempty("owner", task.owner);
  }
  json.Member("dueDateTimeUtc", FormatUtc(task.due));
  json.Key("attempts").Int(task.attempts);
  json.MemberNonempty("lastError", task.last_error);
  json.MemberNonempty("etag", task.etag_text);
  json.Member("createdDateTimeUtc", FormatUtc(task.created));
  return json.EndObject().Take();
}

Result<HubTask> ParseHubTask(std::string_view json) {
  // A record's payload may be as deep as a document can be.
  DPS_TRY(const JsonDocument document,
          JsonDocument::ParseObject(json, limits::kJsonDepthMax + 1));
  const JsonView object = document.root();
  DPS_TRY(const std::string hub_text, object.String("hub"));
  DPS_TRY(const HubName hub, HubName::Parse(hub_text));
  DPS_TRY(const std::string id_text, object.String("registrationId"));
  DPS_TRY(const RegistrationId id, RegistrationId::Parse(id_text));
  HubTask task{.hub = hub, .device_id = {}, .registration_id = id};
  DPS_TRY(task.device_id, object.String("deviceId"));
  DPS_CHECK(CheckDeviceId(task.device_id));
  DPS_TRY(const std::string kind, object.String("kind"));
  DPS_TRY(task.kind, ParseWord(kKindWords, kind, "kind of hub task"));
  DPS_TRY(const auto owner, object.OptionalString("owner"));
  task.owner = owner.value_or("");
  if (task.kind == HubTaskKind::kProvision) {
    DPS_CHECK(ParseProvision(object, task));
  }
  DPS_TRY(task.carry_to, ParseHub(object, "carryTo"));
  DPS_TRY(task.moved, ParseMoved(object));
  DPS_TRY(task.due, ParseOptionalTime(object, "dueDateTimeUtc"));
  DPS_TRY(const auto attempts,
          object.OptionalInt("attempts", 0, std::numeric_limits<int>::max()));
  task.attempts = static_cast<int>(attempts.value_or(0));
  DPS_TRY(const auto error, object.OptionalString("lastError"));
  task.last_error = error.value_or("");
  DPS_TRY(const auto etag, object.OptionalString("etag"));
  task.etag_text = etag.value_or("");
  DPS_TRY(task.created, ParseOptionalTime(object, "createdDateTimeUtc"));
  return task;
}

}  // namespace dps

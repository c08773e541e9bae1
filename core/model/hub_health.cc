// SPDX-License-Identifier: Apache-2.0
#include "core/model/hub_health.h"

#include <array>

#include "core/base/json.h"
#include "core/model/json_times.h"
#include "core/model/words.h"

namespace dps {
namespace {

constexpr std::array kHealthWords = {Word{true, "healthy"},
                                     Word{false, "unhealthy"}};

}  // namespace

const std::string& HubHealth::etag() {
  static const std::string none;
  return none;
}

std::string ToJson(const HubHealth& health) {
  JsonWriter json;
  json.StartObject();
  json.Member("hub", health.hub.text());
  json.Member("status", TextOf(kHealthWords, health.healthy));
  json.MemberNonempty("error", health.error);
  json.Member("sinceDateTimeUtc", FormatUtc(health.since));
  return json.EndObject().Take();
}

Result<HubHealth> ParseHubHealth(std::string_view json) {
  DPS_TRY(const JsonDocument document, JsonDocument::ParseObject(json));
  const JsonView object = document.root();
  DPS_TRY(const std::string hub_text, object.String("hub"));
  DPS_TRY(const HubName hub, HubName::Parse(hub_text));
  HubHealth health{.hub = hub};
  DPS_TRY(const std::string status, object.String("status"));
  DPS_TRY(health.healthy, ParseWord(kHealthWords, status, "health"));
  DPS_TRY(const auto error, object.OptionalString("error"));
  health.error = error.value_or("");
  DPS_TRY(health.since, ParseOptionalTime(object, "sinceDateTimeUtc"));
  return health;
}

}  // namespace dps

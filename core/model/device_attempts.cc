// SPDX-License-Identifier: Apache-2.0
#include "core/model/device_attempts.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <utility>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/model/json_times.h"
#include "core/model/words.h"

namespace dps {
namespace {

constexpr std::array kStepWords = {
    Word{AttemptStep::kConnect, "connect"},
    Word{AttemptStep::kRequest, "request"},
    Word{AttemptStep::kRegistration, "registration"}};

bool SameButForTime(const Attempt& a, const Attempt& b) {
  return a.step == b.step && a.address == b.address &&
         a.error_code == b.error_code && a.reason == b.reason;
}

// Of one who need not be the device, if there is such a one: nobody can push
// out what the device itself tried.
void LetGoOfOne(std::vector<Attempt>& attempts) {
  const auto oldest = std::find_if(
      attempts.rbegin(), attempts.rend(), [](const Attempt& attempt) {
        return attempt.step == AttemptStep::kConnect;
      });
  if (oldest == attempts.rend()) {
    attempts.pop_back();
  } else {
    attempts.erase(std::next(oldest).base());
  }
}

void WriteAttempt(JsonWriter& json, const Attempt& attempt) {
  json.StartObject();
  json.Member("step", TextOf(kStepWords, attempt.step));
  json.MemberNonempty("address", attempt.address);
  if (attempt.error_code != 0) json.Key("errorCode").Int(attempt.error_code);
  json.MemberNonempty("reason", attempt.reason);
  json.MemberNonempty("trackingId", attempt.tracking_id);
  json.Member("firstDateTimeUtc", FormatUtc(attempt.first));
  json.Member("lastDateTimeUtc", FormatUtc(attempt.last));
  json.Key("count").Int(static_cast<std::int64_t>(attempt.count));
  json.EndObject();
}

Result<Attempt> ReadAttempt(JsonView object) {
  Attempt attempt;
  DPS_TRY(const std::string step, object.String("step"));
  DPS_TRY(attempt.step, ParseWord(kStepWords, step, "step"));
  DPS_TRY(auto address, object.OptionalString("address"));
  attempt.address = std::move(address).value_or("");
  DPS_TRY(const auto code, object.OptionalInt("errorCode", 0, INT32_MAX));
  attempt.error_code = static_cast<int>(code.value_or(0));
  DPS_TRY(auto reason, object.OptionalString("reason"));
  attempt.reason = std::move(reason).value_or("");
  DPS_TRY(auto tracking_id, object.OptionalString("trackingId"));
  attempt.tracking_id = std::move(tracking_id).value_or("");
  DPS_TRY(attempt.first, ParseOptionalTime(object, "firstDateTimeUtc"));
  DPS_TRY(attempt.last, ParseOptionalTime(object, "lastDateTimeUtc"));
  DPS_TRY(const auto count, object.OptionalInt("count", 1, INT64_MAX));
  attempt.count = static_cast<std::uint64_t>(count.value_or(1));
  return attempt;
}

}  // namespace

bool DeviceAttempts::proven() const {
  return std::ranges::any_of(attempts, [](const Attempt& attempt) {
    return attempt.step != AttemptStep::kConnect;
  });
}

UtcTime DeviceAttempts::last() const {
  return attempts.empty() ? UtcTime{} : attempts.front().last;
}

void DeviceAttempts::Add(Attempt attempt) {
  if (!attempts.empty() && SameButForTime(attempts.front(), attempt)) {
    Attempt& newest = attempts.front();
    newest.count += attempt.count;
    newest.last = std::max(newest.last, attempt.last);
    newest.tracking_id = std::move(attempt.tracking_id);
    return;
  }
  attempts.insert(attempts.begin(), std::move(attempt));
  if (attempts.size() > limits::kAttemptsOfDeviceMax) LetGoOfOne(attempts);
}

std::string ToJson(const DeviceAttempts& device) {
  JsonWriter json;
  json.StartObject();
  json.Member("registrationId", device.registration_id.text());
  json.Key("attempts").StartArray();
  for (const Attempt& attempt : device.attempts) WriteAttempt(json, attempt);
  json.EndArray();
  json.MemberNonempty("etag", device.etag_text);
  return json.EndObject().Take();
}

Result<DeviceAttempts> ParseDeviceAttempts(std::string_view json) {
  DPS_TRY(const JsonDocument document, JsonDocument::ParseObject(json));
  const JsonView object = document.root();
  DPS_TRY(const std::string id_text, object.String("registrationId"));
  DPS_TRY(const RegistrationId id, RegistrationId::Parse(id_text));
  DeviceAttempts device{.registration_id = id};
  DPS_TRY(const auto rows, object.OptionalArray("attempts"));
  for (const JsonView row : rows) {
    DPS_TRY(Attempt attempt, ReadAttempt(row));
    device.attempts.push_back(std::move(attempt));
  }
  DPS_TRY(auto etag, object.OptionalString("etag"));
  device.etag_text = std::move(etag).value_or("");
  return device;
}

}  // namespace dps

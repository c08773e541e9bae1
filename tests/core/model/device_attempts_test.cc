// SPDX-License-Identifier: Apache-2.0
#include "core/model/device_attempts.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "core/base/limits.h"
#include "tests/support/fake_clock.h"

namespace dps {
namespace {

using std::chrono::seconds;

DeviceAttempts NoAttempts() {
  return {.registration_id = *RegistrationId::Parse("Dev-1")};
}

Attempt RefusedAt(UtcTime time, const std::string& reason = "expired") {
  return {.step = AttemptStep::kConnect,
          .address = "10.0.0.7",
          .error_code = 401000,
          .reason = reason,
          .tracking_id = "track-" + FormatUtc(time),
          .first = time,
          .last = time};
}

TEST_CASE("device_attempts: the newest stands first") {
  DeviceAttempts device = NoAttempts();
  device.Add(RefusedAt(kNoon, "first"));
  device.Add(RefusedAt(kNoon + seconds(1), "second"));
  REQUIRE(device.attempts.size() == 2);
  CHECK(device.attempts.front().reason == "second");
  CHECK(device.last() == kNoon + seconds(1));
}

TEST_CASE("device_attempts: repeats are counted, with the last tracking id") {
  DeviceAttempts device = NoAttempts();
  for (int i = 0; i < 500; ++i) device.Add(RefusedAt(kNoon + seconds(i)));
  REQUIRE(device.attempts.size() == 1);
  const Attempt& attempt = device.attempts.front();
  CHECK(attempt.count == 500);
  CHECK(attempt.first == kNoon);
  CHECK(attempt.last == kNoon + seconds(499));
  CHECK(attempt.tracking_id == "track-" + FormatUtc(kNoon + seconds(499)));
}

TEST_CASE("device_attempts: another address or step is another attempt") {
  DeviceAttempts device = NoAttempts();
  device.Add(RefusedAt(kNoon));
  Attempt elsewhere = RefusedAt(kNoon);
  elsewhere.address = "10.0.0.8";
  device.Add(elsewhere);
  elsewhere.step = AttemptStep::kRequest;
  device.Add(elsewhere);
  CHECK(device.attempts.size() == 3);
}

TEST_CASE("device_attempts: the oldest go when there are too many") {
  DeviceAttempts device = NoAttempts();
  for (std::size_t i = 0; i < limits::kAttemptsOfDeviceMax + 5; ++i) {
    device.Add(RefusedAt(kNoon, "reason " + std::to_string(i)));
  }
  REQUIRE(device.attempts.size() == limits::kAttemptsOfDeviceMax);
  CHECK(device.attempts.back().reason == "reason 5");
}

TEST_CASE("device_attempts: no stranger pushes out what the device tried") {
  DeviceAttempts device = NoAttempts();
  device.Add({.step = AttemptStep::kRegistration, .reason = "no hub"});
  for (int i = 0; i < 100; ++i) {
    device.Add(RefusedAt(kNoon, "guess " + std::to_string(i)));
  }
  CHECK(device.attempts.size() == limits::kAttemptsOfDeviceMax);
  CHECK(device.proven());
  CHECK(device.attempts.back().reason == "no hub");
  CHECK(device.attempts.front().reason == "guess 99");
}

TEST_CASE("device_attempts: only steps after the proof prove anything") {
  DeviceAttempts device = NoAttempts();
  CHECK_FALSE(device.proven());
  device.Add(RefusedAt(kNoon));
  CHECK_FALSE(device.proven());
  device.Add({.step = AttemptStep::kRegistration, .reason = "no hub"});
  CHECK(device.proven());
}

TEST_CASE("device_attempts: JSON holds everything and is read back") {
  DeviceAttempts device = NoAttempts();
  device.etag_text = "etag-1";
  device.Add(RefusedAt(kNoon));
  device.Add(RefusedAt(kNoon + seconds(3)));
  device.Add({.step = AttemptStep::kRegistration,
              .reason = "no hub takes \"it\"",
              .first = kNoon,
              .last = kNoon});
  const auto read = ParseDeviceAttempts(ToJson(device));
  REQUIRE(read);
  CHECK(*read == device);
}

TEST_CASE("device_attempts: a document of another shape is refused") {
  for (const char* json :
       {"", "[]", "{}", R"({"registrationId":"no id at all!"})",
        R"({"registrationId":"a","attempts":1})",
        R"({"registrationId":"a","attempts":[{"step":"sideways"}]})",
        R"({"registrationId":"a","attempts":[{"step":"connect","count":0}]})",
        R"({"registrationId":"a","attempts":[{"step":"connect",)"
        R"("lastDateTimeUtc":"yesterday"}]})"}) {
    CAPTURE(json);
    CHECK_FALSE(ParseDeviceAttempts(json));
  }
}

}  // namespace
}  // namespace dps

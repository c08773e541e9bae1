// SPDX-License-Identifier: Apache-2.0
// A device's last tries that came to nothing, kept for operators.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/model/ids.h"

namespace dps {

// How far it came: refused when it connected (or, over HTTPS, before its
// request was looked at); a request refused; a registration that was accepted
// and ended otherwise than with an assignment.
enum class AttemptStep { kConnect, kRequest, kRegistration };

struct Attempt {
  AttemptStep step = AttemptStep::kConnect;
  std::string address{};      // where it came from, empty = not known
  int error_code = 0;         // as devices and logs have it, 0 = none
  std::string reason{};       // as in the log
  std::string tracking_id{};  // of the log's last line about it
  UtcTime first{};
  UtcTime last{};
  std::uint64_t count = 1;  // of those in a row that differ in time only

  friend bool operator==(const Attempt&, const Attempt&) = default;
};

struct DeviceAttempts {
  RegistrationId registration_id;
  std::vector<Attempt> attempts{};  // the newest first
  std::string etag_text{};

  const std::string& key() const { return registration_id.key(); }
  const std::string& etag() const { return etag_text; }
  // Whether any of them was by somebody with the device's proof. Others may
  // just have used its name.
  bool proven() const;
  // The time of the newest, the epoch if there is none.
  UtcTime last() const;
  // Puts it before the others, or counts it in with the newest if that differs
  // in time and tracking id only. Beyond limits::kAttemptsOfDeviceMax the
  // oldest go, those at step connect before the others.
  void Add(Attempt attempt);

  friend bool operator==(const DeviceAttempts&,
                         const DeviceAttempts&) = default;
};

// `{"registrationId","attempts":[{"step":"connect"|"request"|"registration",
// "address","errorCode","reason","trackingId","firstDateTimeUtc",
// "lastDateTimeUtc","count"}],"etag"}`; empty members are left out.
std::string ToJson(const DeviceAttempts& device);
// Errors: kMalformedJson, kInvalidArgument.
[[nodiscard]] Result<DeviceAttempts> ParseDeviceAttempts(std::string_view json);

}  // namespace dps

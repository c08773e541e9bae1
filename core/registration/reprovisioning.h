// SPDX-License-Identifier: Apache-2.0
// What becomes of a device that registers again (service-api section 5).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/allocation/hub_table.h"
#include "core/base/result.h"
#include "core/model/enrollment.h"
#include "core/model/hub_task.h"
#include "core/model/ids.h"
#include "core/model/registration.h"

namespace dps {

enum class Reprovisioning {
  kMigrate,  // it goes where it is sent, and its state with it
  kReset,    // it goes where it is sent, and starts afresh, also where it is
  kNever,    // it stays
};

// By the enrollment's policy; updateHubAssignment=false is `never` whatever the
// other member says. Without a policy it depends on the device: one whose
// api-version is 2018-04-01 or earlier stays, as it did before there were
// policies; others migrate. An unknown api-version, "", is a new one.
Reprovisioning ReprovisioningOf(const EnrollmentTerms& terms,
                                std::string_view api_version);

// The hub on which the device is held, being assigned to `current`; nullopt if
// it may move, or has none. Errors: kNoHub (it is not linked any more).
[[nodiscard]] Result<std::optional<HubName>> HeldHub(
    const HubTable& linked, Reprovisioning policy, const std::string& current);

// What going from one hub to another, or to none from "", means.
struct Move {
  DeviceDataChange data;
  RegistrationSubstatus substatus;

  friend bool operator==(const Move&, const Move&) = default;
};
Move MoveBetween(std::string_view from, std::string_view to,
                 Reprovisioning policy);

}  // namespace dps

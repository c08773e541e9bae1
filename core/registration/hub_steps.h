// SPDX-License-Identifier: Apache-2.0
// The steps of the work at hubs, in their order. Every one may be taken again:
// a task that was interrupted anywhere begins from the start.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/hub/connector.h"
#include "core/model/hub_task.h"
#include "core/registration/hub_work.h"

namespace dps {

// What a provisioning works with.
struct ProvisionSteps {
  HubConnector& to;
  // Where the device comes from: null if from nowhere, or from a hub nothing
  // can be had from; an error if that cannot be called just now.
  Result<HubConnector*> from;
  DeviceDataChange data;
  bool stays;  // in the hub that it was told last
  const HubDevice& device;
  const DeviceState& initial;
  // How often the old hub was asked for the state, in vain.
  int& old_hub_failures;
  // Called before the hub is told of a device that it does not know: so that
  // whoever goes on later knows whose work it is.
  const std::function<Status()>& before_creation;
};

// Makes the hub know the device, and have the state it should. An old hub that
// failed kOldHubTries times is not waited for any more: the device moves
// without its state; one that is throttled is waited for, and one that cannot
// give the state away fails the move. Errors: those of HubConnector; the
// message says which hub ("the hub", "the old hub"); kForbidden of the old one
// is kUnavailable, for it is to be tried again.
inline constexpr int kOldHubTries = 3;
[[nodiscard]] Result<Provisioned> Provision(const ProvisionSteps& steps);

// What a withdrawal works with.
struct WithdrawSteps {
  HubConnector& hub;
  // Where the device's state follows it; null = nowhere.
  HubConnector* carry_to;
  const std::string& device_id;
  // What came there before: `moved`, or if that is none, the state it started
  // with.
  const std::optional<MovedState>& moved;
  const DeviceState& initial;
};

// Makes the hub forget the device. If its state follows it, the hub takes no
// more of the device first; then each part of the state is brought to the other
// hub that is neither empty nor what came there before, unless that hub has
// another by now, or does not know the device any more. JSON is compared, not
// blanks in it. Errors: those of HubConnector.
[[nodiscard]] Status Withdraw(const WithdrawSteps& steps);

}  // namespace dps

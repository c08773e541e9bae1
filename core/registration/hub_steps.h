// SPDX-License-Identifier: Apache-2.0
// The steps of the work at hubs, in their order. Every one may be taken again:
// a task that was interrupted anywhere begins from the start.
#pragma once

#include <functional>
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

// Makes the hub forget the device. If `carry_to` is not null, what that hub
// lacks of the device's state, or has as it was given to start with, is brought
// there before; one that does not know the device any more is left alone.
// Errors: those of HubConnector.
[[nodiscard]] Status Withdraw(HubConnector& hub, HubConnector* carry_to,
                              const std::string& device_id,
                              const DeviceState& initial);

}  // namespace dps

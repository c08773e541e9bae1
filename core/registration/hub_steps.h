// SPDX-License-Identifier: Apache-2.0
// The steps of the work at hubs, in their order. Every one may be taken again:
// a task that was interrupted anywhere begins from the start.
#pragma once

#include <string>

#include "core/base/result.h"
#include "core/hub/connector.h"
#include "core/model/hub_task.h"
#include "core/registration/hub_work.h"

namespace dps {

// What a provisioning works with. `from` is where the device comes from, null
// if it comes from nowhere, or from a hub nothing can be had from.
struct ProvisionSteps {
  HubConnector& to;
  HubConnector* from;
  DeviceDataChange data;
  const HubDevice& device;
  const DeviceState& initial;
  // True: if the old hub does not answer, its state is left behind.
  bool may_leave_behind;
};

// Makes the hub know the device, and have the state it should. Errors: those
// of HubConnector; the message says which hub (`to`: "the hub", `from`: "the
// old hub").
[[nodiscard]] Result<Provisioned> Provision(const ProvisionSteps& steps);

// Makes the hub forget the device. If `carry_to` is not null, what that hub
// lacks of the device's state is brought there before; one that does not know
// the device any more is left alone. Errors: those of HubConnector.
[[nodiscard]] Status Withdraw(HubConnector& hub, HubConnector* carry_to,
                              const std::string& device_id);

}  // namespace dps

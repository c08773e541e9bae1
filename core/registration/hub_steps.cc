// SPDX-License-Identifier: Apache-2.0
#include "core/registration/hub_steps.h"

#include <optional>
#include <utility>

namespace dps {
namespace {

template <class T>
tl::unexpected<Error> Blame(const char* hub, const char* what,
                            Result<T>&& failed) {
  Error error = std::move(failed).error();
  error.message = std::string(hub) + " did not " + what + ": " + error.message;
  return tl::unexpected<Error>(std::move(error));
}

// Of an earlier attempt at the start, which may have been cut short.
bool IsBegunStart(const DeviceState& found, const DeviceState& initial) {
  return found.reported.empty() &&
         (found.tags.empty() || found.tags == initial.tags) &&
         (found.desired.empty() || found.desired == initial.desired);
}

Status Ensure(const ProvisionSteps& steps) {
  auto ensured = steps.to.EnsureDevice(steps.device);
  if (ensured) return {};
  return Blame("the hub", "take the device", std::move(ensured));
}

Status Write(const ProvisionSteps& steps, const DeviceState& state) {
  auto written = steps.to.WriteState(steps.device.device_id, state);
  if (written) return {};
  return Blame("the hub", "take the device's state", std::move(written));
}

Result<Provisioned> Start(const ProvisionSteps& steps) {
  auto found = steps.to.ReadState(steps.device.device_id);
  if (!found) {
    return Blame("the hub", "tell whether it knows the device",
                 std::move(found));
  }
  DPS_CHECK(Ensure(steps));
  if (*found && !IsBegunStart(**found, steps.initial)) {
    return Provisioned{.known_before = true};
  }
  DPS_CHECK(Write(steps, steps.initial));
  return Provisioned();
}

Result<Provisioned> Migrate(const ProvisionSteps& steps) {
  Provisioned done;
  DeviceState state = steps.initial;
  if (steps.from != nullptr) {
    auto found = steps.from->ReadState(steps.device.device_id);
    if (found && *found) {
      state = **std::move(found);
    } else if (!found && steps.may_leave_behind) {
      done.left_behind = std::move(found).error().message;
    } else if (!found) {
      return Blame("the old hub", "tell the device's state", std::move(found));
    }
  }
  DPS_CHECK(Ensure(steps));
  DPS_CHECK(Write(steps, state));
  return done;
}

}  // namespace

Result<Provisioned> Provision(const ProvisionSteps& steps) {
  switch (steps.data) {
    case DeviceDataChange::kStart:
      return Start(steps);
    case DeviceDataChange::kMigrate:
      return Migrate(steps);
    case DeviceDataChange::kReset:
      DPS_CHECK(Ensure(steps));
      DPS_CHECK(Write(steps, steps.initial));
      return Provisioned();
    case DeviceDataChange::kKeep:
      break;
  }
  DPS_CHECK(Ensure(steps));
  return Provisioned();
}

namespace {

Status Carry(HubConnector& hub, HubConnector& carry_to,
             const std::string& device_id) {
  DPS_TRY(auto old, hub.ReadState(device_id));
  if (!old) return {};
  DPS_TRY(auto present, carry_to.ReadState(device_id));
  if (!present) return {};
  DeviceState both = *present;
  if (both.tags.empty()) both.tags = old->tags;
  if (both.desired.empty()) both.desired = old->desired;
  if (both.reported.empty()) both.reported = old->reported;
  return both == *present ? Status() : carry_to.WriteState(device_id, both);
}

}  // namespace

Status Withdraw(HubConnector& hub, HubConnector* carry_to,
                const std::string& device_id) {
  if (carry_to != nullptr) DPS_CHECK(Carry(hub, *carry_to, device_id));
  return hub.RemoveDevice(device_id);
}

}  // namespace dps

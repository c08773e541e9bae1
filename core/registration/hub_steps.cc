// SPDX-License-Identifier: Apache-2.0
#include "core/registration/hub_steps.h"

#include <optional>
#include <utility>

#include "core/base/crypto.h"
#include "core/base/json.h"
#include "core/base/text.h"

namespace dps {
namespace {

template <class T>
tl::unexpected<Error> Blame(const char* hub, const char* what,
                            Result<T>&& failed) {
  Error error = std::move(failed).error();
  error.message = std::string(hub) + " did not " + what + ": " + error.message;
  return tl::unexpected<Error>(std::move(error));
}

// Hubs hand out JSON with other blanks than they were given, and nothing for an
// empty object.
std::string DigestOf(const std::string& part) {
  const auto object = JsonDocument::ParseObject(part);
  const std::string text = object ? object->root().Text() : part;
  return text.empty() || text == "{}" ? "" : HexEncode(Sha256(text));
}

MovedState DigestsOf(const DeviceState& state) {
  return {.tags = DigestOf(state.tags),
          .desired = DigestOf(state.desired),
          .reported = DigestOf(state.reported)};
}

// Of an earlier attempt at the start, which may have been cut short.
bool IsBegunStart(const DeviceState& found, const DeviceState& initial) {
  return found.reported.empty() &&
         (found.tags.empty() || found.tags == initial.tags) &&
         (found.desired.empty() || found.desired == initial.desired);
}

// Whether the hub has the device already, in the way it was asked.
Result<std::optional<DeviceState>> Look(const ProvisionSteps& steps) {
  auto found = steps.to.ReadState(steps.device.device_id);
  if (found) return found;
  return Blame("the hub", "tell whether it knows the device", std::move(found));
}

Status Ensure(const ProvisionSteps& steps, bool is_known) {
  if (!is_known) DPS_CHECK(steps.before_creation());
  auto ensured = steps.to.EnsureDevice(steps.device);
  if (ensured) return {};
  return Blame("the hub", "take the device", std::move(ensured));
}

Status WriteState(const ProvisionSteps& steps, const DeviceState& state) {
  auto written = steps.to.WriteState(steps.device.device_id, state);
  if (written) return {};
  return Blame("the hub", "take the device's state", std::move(written));
}

// In a hub that may know the device from elsewhere.
Status EnsureAndWrite(const ProvisionSteps& steps, const DeviceState& state) {
  bool is_known = steps.stays;
  if (!is_known) {
    DPS_TRY(const auto found, Look(steps));
    is_known = found.has_value();
  }
  DPS_CHECK(Ensure(steps, is_known));
  return WriteState(steps, state);
}

Result<Provisioned> Start(const ProvisionSteps& steps) {
  DPS_TRY(const auto found, Look(steps));
  DPS_CHECK(Ensure(steps, found.has_value()));
  if (found && !IsBegunStart(*found, steps.initial)) {
    return Provisioned{.known_before = true};
  }
  DPS_CHECK(WriteState(steps, steps.initial));
  return Provisioned();
}

// nullopt: there is none to be had.
Result<std::optional<DeviceState>> ReadOld(const ProvisionSteps& steps) {
  if (steps.from && *steps.from == nullptr) return std::nullopt;
  auto found = steps.from ? (*steps.from)->ReadState(steps.device.device_id)
                          : Result<std::optional<DeviceState>>(
                                tl::unexpected<Error>(steps.from.error()));
  if (found) return found;
  const bool is_away = found.error().code == Errc::kUnavailable ||
                       found.error().code == Errc::kForbidden;
  auto blamed =
      Blame("the old hub", "tell the device's state", std::move(found));
  if (!is_away) return blamed;
  ++steps.old_hub_failures;
  blamed.value().code = Errc::kUnavailable;
  return blamed;
}

Result<Provisioned> Migrate(const ProvisionSteps& steps) {
  Provisioned done;
  auto old = ReadOld(steps);
  if (!old && (old.error().code != Errc::kUnavailable ||
               steps.old_hub_failures < kOldHubTries)) {
    return Forward(std::move(old));
  }
  if (!old) done.left_behind = old.error().message;
  if (old && *old) done.moved = DigestsOf(**old);
  DPS_CHECK(EnsureAndWrite(steps, old && *old ? **old : steps.initial));
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
      DPS_CHECK(EnsureAndWrite(steps, steps.initial));
      return Provisioned();
    case DeviceDataChange::kKeep:
      break;
  }
  // It lives there, or did when it was told so; one that comes back may have
  // been removed at the last moment.
  if (!steps.stays) {
    DPS_TRY(const auto found, Look(steps));
    if (!found) return Migrate(steps);
  }
  DPS_CHECK(Ensure(steps, true));
  return Provisioned();
}

namespace {

Status CarryState(const WithdrawSteps& steps) {
  DPS_CHECK(steps.hub.SuspendDevice(steps.device_id));
  DPS_TRY(const auto old, steps.hub.ReadState(steps.device_id));
  if (!old) return {};
  const MovedState before =
      steps.moved ? *steps.moved : DigestsOf(steps.initial);
  // In the common case nothing happened meanwhile.
  if (DigestsOf(*old) == before) return {};
  DPS_TRY(const auto present, steps.carry_to->ReadState(steps.device_id));
  if (!present) return {};
  DeviceState both = *present;
  // An empty part may be that of a removal cut short.
  const auto carry = [&](std::string DeviceState::*part,
                         const std::string& digest) {
    const std::string& late = (*old).*part;
    if (late.empty() || DigestOf(both.*part) != digest) return;
    if (DigestOf(late) != digest) both.*part = late;
  };
  carry(&DeviceState::tags, before.tags);
  carry(&DeviceState::desired, before.desired);
  carry(&DeviceState::reported, before.reported);
  if (both == *present) return {};
  return steps.carry_to->WriteState(steps.device_id, both);
}

}  // namespace

Status Withdraw(const WithdrawSteps& steps) {
  if (steps.carry_to != nullptr) DPS_CHECK(CarryState(steps));
  return steps.hub.RemoveDevice(steps.device_id);
}

}  // namespace dps

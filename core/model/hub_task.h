// SPDX-License-Identifier: Apache-2.0
// Work to be done at a linked hub, kept in the store until it is done.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/model/attestation.h"
#include "core/model/ids.h"
#include "core/model/registration.h"

namespace dps {

// Go to disk as words.
enum class HubTaskKind {
  kProvision,  // a device is to be known to the hub; it is told "assigning"
  kRemove,     // a device is to be forgotten by the hub
  kNotify,     // a device is to be asked to register anew
};

// What a provisioning does to the state the hub has of the device (service-api
// section 5).
enum class DeviceDataChange {
  kKeep,     // nothing: it stays in its hub
  kStart,    // the initial twin, unless the hub knew the device already
  kMigrate,  // what the hub has that it comes from
  kReset,    // the initial twin, whatever was there
};

// What a device had when its state was moved: a digest of each part, "" for one
// that was empty.
struct MovedState {
  std::string tags;
  std::string desired;
  std::string reported;

  friend bool operator==(const MovedState&, const MovedState&) = default;
};

struct HubTask {
  HubTaskKind kind = HubTaskKind::kProvision;
  HubName hub;
  std::string device_id;
  RegistrationId registration_id;

  // kProvision: the record to be written when the hub knows the device; the
  // hub it comes from, unless it stays or is new.
  std::optional<RegistrationRecord> record;
  std::optional<HubName> from_hub;
  DeviceDataChange data = DeviceDataChange::kKeep;
  SymmetricKeyUse key_use;  // where the attestation has keys
  // The hub did not know the device before, and now it may.
  bool begun = false;
  std::string owner;  // who works at it: core/base/process_identity.h

  // kRemove: the hub that the device went to, where the state follows it that
  // did not come along. `moved`: what did; none = nothing, for this hub could
  // not be reached. REQUIRES of `moved`: `carry_to`.
  std::optional<HubName> carry_to;
  std::optional<MovedState> moved;

  // With an owner, when others are to take it over, if nobody can tell whether
  // he lives. Else when to try next.
  UtcTime due{};
  int attempts = 0;
  std::string last_error;

  std::string etag_text;
  UtcTime created{};

  // A device has one provisioning and one notice at most, and one removal for
  // each hub.
  std::string key() const;
  const std::string& etag() const { return etag_text; }
  friend bool operator==(const HubTask&, const HubTask&) = default;
};

// See HubTask::key(). Of one kind, they are together in the order of keys.
inline constexpr std::string_view kProvisionTaskPrefix = "p/";
std::string ProvisionTaskKey(const RegistrationId& id);
std::string RemoveTaskKey(const HubName& hub, std::string_view device_id);

std::string_view ToText(HubTaskKind kind);
std::string_view ToText(DeviceDataChange change);

// kStored: all of it. kOperator: without the record.
enum class HubTaskView { kOperator, kStored };
std::string ToJson(const HubTask& task, HubTaskView view);
// Reads the stored form. Errors: kMalformedJson, kInvalidArgument.
[[nodiscard]] Result<HubTask> ParseHubTask(std::string_view json);

}  // namespace dps

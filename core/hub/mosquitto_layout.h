// SPDX-License-Identifier: Apache-2.0
// What belongs to one device on a Mosquitto hub: its role and its topics, made
// of templates in which `{deviceId}` stands for the device.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/hub/dynamic_security.h"

namespace dps {

// Roles that we make start with it; followed by the device id.
inline constexpr std::string_view kDeviceRolePrefix = "dps-device-";

struct MosquittoTemplates {
  std::string role;                // empty = one of its own for each device
  std::string role_template_json;  // empty = the default
  std::string twin_topic;          // empty = devices/{deviceId}/twin
  std::string notice_topic;  // empty = devices/{deviceId}/commands/reprovision
  std::string linked_as;     // by which instance and under what name
};

struct MosquittoDevicePlace {
  std::string own_role;             // the record that we made the device
  std::string linked_as;            // for whom we do
  std::vector<DynsecAcl> own_acls;  // empty if it gets a shared role
  std::string role;                 // that the device gets
  std::string tags_topic;
  std::string desired_topic;
  std::string reported_topic;
  std::string notice_topic;
};

// Immutable, so thread-safe.
class MosquittoLayout {
 public:
  // Errors: kInvalidArgument: a topic without `{deviceId}` or that no message
  // can have, ACLs that are none, a shared role of the name of a device's own.
  [[nodiscard]] static Result<MosquittoLayout> Create(
      MosquittoTemplates templates);

  // Errors: kInvalidArgument: a device id that is not one, or that would make
  // a topic mean something else; the message names the character.
  [[nodiscard]] Result<MosquittoDevicePlace> PlaceOf(
      std::string_view device_id) const;

 private:
  MosquittoLayout(MosquittoTemplates templates, std::vector<DynsecAcl> acls)
      : templates_(std::move(templates)), acls_(std::move(acls)) {}

  MosquittoTemplates templates_;
  std::vector<DynsecAcl> acls_;  // with `{deviceId}`
};

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
#include "core/hub/mosquitto_device.h"

#include <algorithm>
#include <utility>

#include "core/base/text.h"

namespace dps {
namespace {

constexpr std::string_view kMadeByUs = "mosquitto-dps";
constexpr std::string_view kClientOf = "mosquitto-dps: ";
constexpr std::string_view kByCertificate = "certificate";
constexpr std::string_view kSuspended = "suspended";
constexpr std::size_t kUsernameMax = 256;
constexpr std::size_t kPasswordBytes = 32;
constexpr std::size_t kKeyMarkBytes = 8;

// Tells one key from another and gives none away: eight bytes of a MAC that no
// token has, for what tokens sign is a URI and a time.
std::string MarkOf(const SecretBytes& key, std::string_view device_id) {
  const std::string message =
      "mosquitto-dps hub credential of " + std::string(device_id);
  return "key " +
         HexEncode(HmacSha256(key, message).Reveal().substr(0, kKeyMarkBytes));
}

Status UseKeys(const DeviceKeys& keys, std::string_view device_id,
               DynsecDevice& described) {
  if (keys.used().empty()) {
    return Fail(Errc::kInvalidArgument, "the device has no key");
  }
  described.client.username = device_id;
  described.client.text_description = MarkOf(keys.used(), device_id);
  described.password = SecretBytes(Base64Encode(keys.used().Reveal()));
  return {};
}

Status UseCertificate(const DeviceCertificate& certificate,
                      DynsecDevice& described) {
  const std::string& name = certificate.common_name;
  if (name.empty() || name.size() > kUsernameMax) {
    return Fail(Errc::kInvalidArgument,
                "the certificate's common name cannot be a username");
  }
  described.client.username = name;
  described.client.text_description = kByCertificate;
  return {};
}

bool SameAcls(std::vector<DynsecAcl> a, std::vector<DynsecAcl> b) {
  std::ranges::sort(a);
  std::ranges::sort(b);
  return a == b;
}

bool SameRole(const DynsecRole& a, const DynsecRole& b) {
  return a.text_name == b.text_name &&
         a.text_description == b.text_description && SameAcls(a.acls, b.acls);
}

bool SameClient(const DynsecClient& a, const DynsecClient& b) {
  return a.text_name == b.text_name &&
         a.text_description == b.text_description && a.roles == b.roles;
}

std::string PasswordOfNobody() {
  return Base64Encode(RandomSecret(kPasswordBytes).Reveal());
}

std::string ModifyCommand(const DynsecDevice& device,
                          const DynsecClient& known) {
  const DynsecClient& wanted = device.client;
  if (!device.password.empty()) {
    return ModifyClientCommand(wanted, device.password.Reveal());
  }
  if (known.text_description == wanted.text_description) {
    return ModifyClientCommand(wanted, "");
  }
  // modifyClient cannot take a password away; it can make it one that nobody
  // knows. Unlike a new client, this one keeps its groups, and stays disabled
  // if the hub's administrator disabled it.
  return ModifyClientCommand(wanted, PasswordOfNobody());
}

std::string RecordNameOf(const MosquittoDevicePlace& place) {
  const std::string made(kMadeByUs);
  return place.linked_as.empty() ? made : made + " for " + place.linked_as;
}

}  // namespace

Result<DynsecDevice> DescribeDevice(const HubDevice& device,
                                    const MosquittoDevicePlace& place) {
  DynsecDevice described;
  if (const auto* keys = std::get_if<DeviceKeys>(&device.credential)) {
    DPS_CHECK(UseKeys(*keys, device.device_id, described));
  } else {
    DPS_CHECK(UseCertificate(std::get<DeviceCertificate>(device.credential),
                             described));
  }
  described.client.text_name = std::string(kClientOf) + device.device_id;
  described.client.roles = {place.role};
  described.own_role = {.name = place.own_role,
                        .text_name = RecordNameOf(place),
                        .text_description = described.client.username,
                        .acls = place.own_acls};
  return described;
}

Result<std::optional<std::string>> RecordedUsername(
    const std::optional<DynsecRole>& own_role) {
  if (!own_role) return std::optional<std::string>();
  if (own_role->text_name.starts_with(kMadeByUs)) {
    return std::optional(own_role->text_description);
  }
  return Fail(Errc::kInvalidArgument, "the hub has a role " + own_role->name +
                                          " that mosquitto-dps did not make");
}

bool IsRecordOf(const DynsecRole& own_role, const MosquittoDevicePlace& place) {
  return own_role.text_name == RecordNameOf(place);
}

bool IsClientOf(const DynsecClient& client, std::string_view device_id) {
  return client.text_name == std::string(kClientOf) + std::string(device_id);
}

Result<std::vector<std::string>> CommandsToEnsure(const DynsecDevice& device,
                                                  std::string_view device_id,
                                                  const DynsecFound& found) {
  if (found.client && !IsClientOf(*found.client, device_id)) {
    return Fail(Errc::kInvalidArgument,
                "the hub's client " + Printable(device.client.username) +
                    " was not made for device " + std::string(device_id) +
                    " by mosquitto-dps; it is left alone");
  }
  std::vector<std::string> commands;
  const DynsecRole& role = device.own_role;
  if (!found.own_role) {
    commands.push_back(CreateRoleCommand(role));
  } else if (!SameRole(*found.own_role, role)) {
    commands.push_back(ModifyRoleCommand(role));
  }
  if (!found.client) {
    commands.push_back(
        CreateClientCommand(device.client, device.password.Reveal()));
  } else if (!SameClient(*found.client, device.client)) {
    commands.push_back(ModifyCommand(device, *found.client));
  }
  if (found.former_client && IsClientOf(*found.former_client, device_id)) {
    commands.push_back(DeleteClientCommand(found.former_client->username));
  }
  return commands;
}

// disableClient would not do: the administrator's own could not be told from it
// later, and a login by certificate does not ask for it.
std::vector<std::string> CommandsToSuspend(const DynsecClient& client) {
  if (client.text_description == kSuspended && client.roles.empty()) return {};
  const DynsecClient suspended{.username = client.username,
                               .text_name = client.text_name,
                               .text_description = std::string(kSuspended),
                               .roles = {}};
  return {ModifyClientCommand(suspended, PasswordOfNobody())};
}

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
#include "core/hub/mosquitto_layout.h"

#include <utility>

#include "core/model/ids.h"

namespace dps {
namespace {

constexpr std::string_view kDeviceId = "{deviceId}";
constexpr std::string_view kDefaultTwinTopic = "devices/{deviceId}/twin";
constexpr std::string_view kDefaultNoticeTopic =
    "devices/{deviceId}/commands/reprovision";
// A topic has 65,535 bytes at most (MQTT 3.1.1 section 1.5.3); a template far
// fewer, so that no device id makes it longer.
constexpr std::size_t kTemplateMax = 1024;
constexpr std::size_t kRoleNameMax = 256;
constexpr std::size_t kAclsMax = 100;

std::string Fill(std::string_view text, std::string_view device_id) {
  std::string filled;
  std::size_t at = 0;
  while ((at = text.find(kDeviceId)) != std::string_view::npos) {
    filled.append(text.substr(0, at)).append(device_id);
    text.remove_prefix(at + kDeviceId.size());
  }
  return filled.append(text);
}

std::vector<DynsecAcl> DefaultAcls(const MosquittoTemplates& templates) {
  const std::string& twin = templates.twin_topic;
  const std::string& notice = templates.notice_topic;
  const std::string commands = "devices/{deviceId}/commands/#";
  const auto allow = [](std::string type, std::string topic) {
    return DynsecAcl{.type = std::move(type), .topic = std::move(topic)};
  };
  std::vector<DynsecAcl> acls = {
      allow("publishClientSend", "devices/{deviceId}/messages/#"),
      allow("publishClientSend", twin + "/reported"),
      allow("subscribeLiteral", twin + "/desired"),
      allow("subscribePattern", commands),
      allow("publishClientReceive", twin + "/desired"),
      allow("publishClientReceive", commands)};
  // The default is one of the commands; and each ACL costs, for the plugin
  // writes those of all devices at every change.
  if (notice != kDefaultNoticeTopic) {
    acls.push_back(allow("subscribeLiteral", notice));
    acls.push_back(allow("publishClientReceive", notice));
  }
  return acls;
}

Status CheckTopic(std::string_view member, std::string_view topic) {
  const auto bad = [&](std::string_view rule) {
    return Fail(Errc::kInvalidArgument,
                std::string(member) + " " + std::string(rule));
  };
  if (topic.size() > kTemplateMax) return bad("is too long");
  if (topic.find(kDeviceId) == std::string_view::npos) {
    return bad("must contain {deviceId}, or devices would share it");
  }
  if (topic.find_first_of("+#") != std::string_view::npos) {
    return bad("must be a topic, without + and #");
  }
  if (topic.starts_with('$')) return bad("must not start with $");
  if (topic.find('\0') != std::string_view::npos) {
    return bad("must not hold a zero byte");
  }
  return {};
}

Status CheckRole(std::string_view role) {
  if (role.size() > kRoleNameMax) {
    return Fail(Errc::kInvalidArgument, "the name of the role is too long");
  }
  if (role.starts_with(kDeviceRolePrefix)) {
    return Fail(Errc::kInvalidArgument,
                "the role must not start with dps-device-: such roles are "
                "made for single devices");
  }
  return {};
}

// What dynamic-security, or a later release of it, reads as something else.
Status CheckInTopic(std::string_view device_id, std::string_view topic) {
  const bool leads = topic.starts_with(kDeviceId);
  if (leads && device_id.starts_with('$')) {
    return Fail(Errc::kInvalidArgument,
                "a device id that starts with $ cannot start a topic of the "
                "hub: such topics are the broker's own");
  }
  return {};
}

}  // namespace

Result<MosquittoLayout> MosquittoLayout::Create(MosquittoTemplates templates) {
  if (templates.twin_topic.empty()) templates.twin_topic = kDefaultTwinTopic;
  if (templates.notice_topic.empty()) {
    templates.notice_topic = kDefaultNoticeTopic;
  }
  DPS_CHECK(CheckTopic("twinTopic", templates.twin_topic));
  DPS_CHECK(CheckTopic("noticeTopic", templates.notice_topic));
  DPS_CHECK(CheckRole(templates.role));
  if (templates.role_template_json.empty()) {
    std::vector<DynsecAcl> acls = DefaultAcls(templates);
    return MosquittoLayout(std::move(templates), std::move(acls));
  }
  auto acls = ParseDynsecAcls(templates.role_template_json);
  if (!acls) {
    return Fail(Errc::kInvalidArgument,
                "roleTemplate: " + acls.error().message);
  }
  if (acls->size() > kAclsMax) {
    return Fail(Errc::kInvalidArgument, "roleTemplate: at most 100 ACLs");
  }
  for (const DynsecAcl& acl : *acls) {
    if (acl.topic.empty() || acl.topic.size() > kTemplateMax) {
      return Fail(Errc::kInvalidArgument,
                  "roleTemplate: a topic has 1 to 1024 characters");
    }
  }
  return MosquittoLayout(std::move(templates), *std::move(acls));
}

Result<MosquittoDevicePlace> MosquittoLayout::PlaceOf(
    std::string_view device_id) const {
  // No + # / and nothing that is not ASCII.
  DPS_CHECK(CheckDeviceId(device_id));
  for (const std::string_view pattern : {"%c", "%u"}) {
    if (device_id.find(pattern) == std::string_view::npos) continue;
    return Fail(Errc::kInvalidArgument,
                "a device id with " + std::string(pattern) +
                    " has no safe topic on the hub: in an ACL it may stand "
                    "for another client");
  }
  DPS_CHECK(CheckInTopic(device_id, templates_.twin_topic));
  DPS_CHECK(CheckInTopic(device_id, templates_.notice_topic));
  MosquittoDevicePlace place;
  place.own_role = std::string(kDeviceRolePrefix) + std::string(device_id);
  place.linked_as = templates_.linked_as;
  place.role = templates_.role.empty() ? place.own_role : templates_.role;
  const std::string twin = Fill(templates_.twin_topic, device_id);
  place.tags_topic = twin + "/tags";
  place.desired_topic = twin + "/desired";
  place.reported_topic = twin + "/reported";
  place.notice_topic = Fill(templates_.notice_topic, device_id);
  if (!templates_.role.empty()) return place;
  for (DynsecAcl acl : acls_) {
    DPS_CHECK(CheckInTopic(device_id, acl.topic));
    acl.topic = Fill(acl.topic, device_id);
    place.own_acls.push_back(std::move(acl));
  }
  return place;
}

}  // namespace dps

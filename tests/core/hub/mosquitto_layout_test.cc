// SPDX-License-Identifier: Apache-2.0
#include "core/hub/mosquitto_layout.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace dps {
namespace {

MosquittoLayout LayoutOf(MosquittoTemplates templates = {}) {
  auto layout = MosquittoLayout::Create(std::move(templates));
  REQUIRE_MESSAGE(layout.has_value(), layout.error().message);
  return *std::move(layout);
}

void CheckRefused(MosquittoTemplates templates, const std::string& words) {
  const auto layout = MosquittoLayout::Create(std::move(templates));
  REQUIRE_FALSE(layout.has_value());
  CHECK(layout.error().code == Errc::kInvalidArgument);
  CHECK_MESSAGE(layout.error().message.find(words) != std::string::npos,
                layout.error().message);
}

bool Allows(const MosquittoDevicePlace& place, const std::string& type,
            const std::string& topic) {
  return std::ranges::any_of(place.own_acls, [&](const DynsecAcl& acl) {
    return acl.allow && acl.type == type && acl.topic == topic;
  });
}

}  // namespace

TEST_CASE("mosquitto_layout: by default all is under devices and the id") {
  const auto place = LayoutOf().PlaceOf("Dev:1");
  REQUIRE(place.has_value());
  CHECK(place->own_role == "dps-device-Dev:1");
  CHECK(place->role == place->own_role);
  CHECK(place->tags_topic == "devices/Dev:1/twin/tags");
  CHECK(place->desired_topic == "devices/Dev:1/twin/desired");
  CHECK(place->reported_topic == "devices/Dev:1/twin/reported");
  CHECK(place->notice_topic == "devices/Dev:1/commands/reprovision");
  CHECK(Allows(*place, "publishClientSend", "devices/Dev:1/messages/#"));
  CHECK(Allows(*place, "subscribeLiteral", place->desired_topic));
  for (const DynsecAcl& acl : place->own_acls) {
    CHECK(acl.topic.starts_with("devices/Dev:1/"));
    CHECK(acl.topic != place->tags_topic);
  }
}

TEST_CASE("mosquitto_layout: the default role follows topics of one's choice") {
  const auto place = LayoutOf({.twin_topic = "t/{deviceId}",
                               .notice_topic = "n/{deviceId}/{deviceId}"})
                         .PlaceOf("a");
  REQUIRE(place.has_value());
  CHECK(place->notice_topic == "n/a/a");
  CHECK(Allows(*place, "publishClientSend", "t/a/reported"));
  CHECK(Allows(*place, "subscribeLiteral", "t/a/desired"));
  CHECK(Allows(*place, "subscribeLiteral", "n/a/a"));
}

TEST_CASE("mosquitto_layout: with a shared role the own one grants nothing") {
  const auto place = LayoutOf({.role = "fleet"}).PlaceOf("a");
  REQUIRE(place.has_value());
  CHECK(place->role == "fleet");
  CHECK(place->own_role == "dps-device-a");
  CHECK(place->own_acls.empty());
}

TEST_CASE("mosquitto_layout: templates that cannot work are refused") {
  CheckRefused({.twin_topic = "twins"}, "{deviceId}");
  CheckRefused({.twin_topic = "t/+/{deviceId}"}, "without + and #");
  CheckRefused({.twin_topic = "$SYS/{deviceId}"}, "$");
  CheckRefused({.notice_topic = "n/{deviceid}"}, "{deviceId}");
  CheckRefused({.notice_topic = "{deviceId}" + std::string(1100, 'x')}, "long");
  CheckRefused({.role = "dps-device-a"}, "dps-device-");
  CheckRefused({.role_template_json = "[7]"}, "roleTemplate");
  CheckRefused({.role_template_json = "[{"}, "roleTemplate");
  CheckRefused({.role_template_json =
                    R"([{"acltype":"publish","topic":"a","allow":true}])"},
               "no acltype publish");
  CheckRefused({.role_template_json = R"([{"acltype":"subscribeLiteral"}])"},
               "topic");
  CheckRefused(
      {.role_template_json = R"([{"acltype":"subscribeLiteral","topic":""}])"},
      "1 to 1024");
}

TEST_CASE("mosquitto_layout: no device id starts a topic of the broker") {
  const auto refused = [](MosquittoTemplates templates) {
    const auto place = LayoutOf(std::move(templates)).PlaceOf("$CONTROL");
    return !place && place.error().code == Errc::kInvalidArgument &&
           place.error().message.find("$") != std::string::npos;
  };
  CHECK_FALSE(refused({}));
  CHECK(refused({.twin_topic = "{deviceId}/twin"}));
  CHECK(refused({.notice_topic = "{deviceId}/notice"}));
  CHECK(refused(
      {.role_template_json =
           R"([{"acltype":"subscribePattern","topic":"{deviceId}/#"}])"}));
}

TEST_CASE("mosquitto_layout: a device id stands for nobody else") {
  const MosquittoLayout layout = LayoutOf();
  for (const std::string_view id : {"%c", "x%u", "a+", "#", "a/b", ""}) {
    CAPTURE(id);
    REQUIRE_FALSE(layout.PlaceOf(id).has_value());
  }
  CHECK(layout.PlaceOf("%c").error().message.find("%c") != std::string::npos);
  CHECK(layout.PlaceOf("100%").has_value());
}

}  // namespace dps

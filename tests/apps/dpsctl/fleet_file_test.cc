// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/fleet_file.h"

#include <doctest/doctest.h>

#include "tests/apps/dpsctl/dpsctl_runner.h"

namespace dps {
namespace {

Result<Fleet> Parse(const std::string& text) {
  return ParseFleet(text, [](const std::string& reference) {
    if (reference == "env:KEY") return Result<std::string>(kKeyA + "\n");
    return Result<std::string>(
        Fail(Errc::kInvalidArgument, "there is no " + reference));
  });
}

std::string FleetRefusal(const std::string& text) {
  const auto fleet = Parse(text);
  REQUIRE_FALSE(fleet);
  CHECK_FALSE(Holds(fleet.error().message, kKeyA));
  return fleet.error().message;
}

constexpr const char* kGroup =
    "enrollmentGroups:\n- enrollmentGroupId: line-1\n"
    "  attestation: {type: symmetricKey";

}  // namespace

TEST_CASE("fleet_file: sections are read in the order things depend on") {
  const auto fleet = Parse(
      "enrollments:\n- registrationId: dev-1\n"
      "  attestation: {type: symmetricKey}\n---\n"
      "linkedHubs:\n- name: hub.example\n- {name: HUB2.example, region: ~}\n"
      "accessPolicies: []\n");
  REQUIRE(fleet);
  REQUIRE(fleet->items.size() == 3);
  CHECK(fleet->items[0].id == "hub.example");
  CHECK(fleet->items[0].json == R"({"name":"hub.example"})");
  CHECK(fleet->items[2].kind == FleetKind::kEnrollment);
  CHECK(fleet->items[2].place == "line 2, enrollments/0");
  CHECK(fleet->sections.contains(FleetKind::kAccessPolicy));
  CHECK_FALSE(fleet->sections.contains(FleetKind::kCertificate));
}

TEST_CASE("fleet_file: JSON is taken as it is") {
  const auto fleet =
      Parse(R"( {"linkedHubs":[{"name":"hub.example","allocationWeight":2}]})");
  REQUIRE(fleet);
  CHECK(fleet->items[0].json ==
        R"({"name":"hub.example","allocationWeight":2})");
  CHECK(FleetRefusal(R"({"linkedHubs":[{"name":"a","name":"b"}]})") ==
        "linkedHubs/0/name: is there twice");
  CHECK(FleetRefusal("{\"linkedHubs\":") != "");
}

TEST_CASE(
    "fleet_file: what is mistyped is told with its line and the choices") {
  CHECK(FleetRefusal("linkedHub: []") ==
        "line 1, linkedHub: there is no such section; there are instance, "
        "linkedHubs, certificates, enrollmentGroups, enrollments, "
        "accessPolicies");
  CHECK(FleetRefusal("linkedHubs:\n- name: a.example\n  alocationWeight: 2") ==
        "line 3, linkedHubs/0/alocationWeight: there is no such member; there "
        "are allocationWeight, applyAllocationPolicy, connector, coordinates, "
        "name, region");
  CHECK(FleetRefusal(std::string(kGroup) + ", symetricKey: {}}") ==
        "line 3, enrollmentGroups/0/attestation/symetricKey: there is no such "
        "member; there are symmetricKey, type, x509");
  CHECK(FleetRefusal("linkedHubs:\n- name: a.example\n  coordinates: 7") ==
        "line 3, linkedHubs/0/coordinates: must have members");
  CHECK(Holds(FleetRefusal("linkedHubs: {name: a}"), "line 1, linkedHubs: "));
  CHECK(FleetRefusal("linkedHubs: [a]") ==
        "line 1, linkedHubs/0: must have members");
}

TEST_CASE("fleet_file: documents are judged before anything is written") {
  CHECK(FleetRefusal("linkedHubs:\n- name: a.example\n  allocationWeight: 0")
            .starts_with("line 2, linkedHubs/0: "));
  CHECK(Holds(FleetRefusal("linkedHubs:\n- region: west"),
              "linkedHubs/0: lacks its name"));
  CHECK(Holds(FleetRefusal("linkedHubs:\n- name: a.example\n- name: A.example"),
              "line 3, linkedHubs/1: linked-hub A.example is there already, "
              "line 2, linkedHubs/0"));
  CHECK(Holds(FleetRefusal("instance: {allocationPolicy: custom}"),
              "line 1, instance: allocationPolicy custom is for enrollments"));
  CHECK(Holds(FleetRefusal("accessPolicies:\n- {keyName: a, rights: All}"),
              "there is no right \"All\""));
  CHECK(Holds(FleetRefusal("linkedHubs:\n- name: a.example\n"
                           "  connector: {type: webhook, url: 'ftp://a'}"),
              "url: "));
  CHECK(Holds(FleetRefusal("linkedHubs:\n- name: a.example\n"
                           "  connector: {type: webhook, uri: 'http://a'}"),
              "no member uri"));
}

TEST_CASE("fleet_file: keys are read from where the file says they are") {
  const auto fleet =
      Parse(std::string(kGroup) + ", symmetricKey: {primaryKey: env:KEY}}");
  REQUIRE(fleet);
  CHECK(Holds(fleet->items[0].json,
              R"("symmetricKey":{"primaryKey":")" + kKeyA + "\"}"));
  CHECK(Holds(FleetRefusal(std::string(kGroup) +
                           ", symmetricKey: {primaryKey: " + kKeyA + "}}"),
              "a fleet file holds no secrets"));
  CHECK(Holds(FleetRefusal(std::string(kGroup) +
                           ", symmetricKey: {primaryKey: env:NONE}}"),
              "primaryKey: there is no env:NONE"));
  CHECK(
      Holds(FleetRefusal("linkedHubs:\n- name: a.example\n  connector: {type: "
                         "mosquitto, url: 'mqtt://a', password: " +
                         kKeyA + "}"),
            "a fleet file holds no secrets"));
  CHECK(Parse("linkedHubs:\n- name: a.example\n  connector: {type: iothub}"));
}

}  // namespace dps

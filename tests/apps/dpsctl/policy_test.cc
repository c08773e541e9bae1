// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "tests/apps/dpsctl/dpsctl_runner.h"

namespace dps {
namespace {

const std::string kOwner = "provisioningserviceowner";

std::string PolicyKeyOf(const Dpsctl& dpsctl, const std::string& policy,
                        const std::string& member) {
  return Member(dpsctl.Json({"policy", "show", "--pn", policy, "--show-keys"}),
                member);
}

}  // namespace

TEST_CASE("policy: a new instance has an owner with all rights and two keys") {
  const Dpsctl dpsctl;
  const std::string table = dpsctl.Json({"policy", "list", "-o", "table"});
  CHECK(table.starts_with("keyName"));
  CHECK(Holds(table, kOwner + "  ServiceConfig, EnrollmentRead, "));
  const std::string shown = dpsctl.Json({"policy", "show", "--pn", kOwner});
  CHECK_FALSE(Holds(shown, "primaryKey"));
  CHECK(PolicyKeyOf(dpsctl, kOwner, "primaryKey") !=
        PolicyKeyOf(dpsctl, kOwner, "secondaryKey"));
}

TEST_CASE("policy: create shows the keys, list and show do not") {
  const Dpsctl dpsctl;
  const std::string created = dpsctl.Json(
      {"policy", "create", "--policy-name", "reader", "--rights",
       "EnrollmentRead", "registrationstatusread", "--primary-key", kKeyA});
  CHECK(Member(created, "rights") == "EnrollmentRead, RegistrationStatusRead");
  CHECK(Member(created, "primaryKey") == kKeyA);
  CHECK_FALSE(Member(created, "secondaryKey").empty());
  CHECK_FALSE(Holds(dpsctl.Json({"policy", "list"}), kKeyA));
  CHECK_FALSE(Holds(dpsctl.Json({"policy", "show", "--pn", "reader"}), kKeyA));
  CHECK(Holds(dpsctl.Json({"policy", "show", "--pn", "reader", "--show-keys",
                           "-o", "table"}),
              kKeyA));
  CHECK(dpsctl.Refusal({"policy", "create", "--pn", "READER", "--rights",
                        "EnrollmentRead"}) ==
        "access policy READER exists already");
}

TEST_CASE("policy: rights come in one text, too, and others are refused") {
  const Dpsctl dpsctl;
  CHECK(Member(dpsctl.Json({"policy", "create", "--pn", "a", "--rights",
                            "ServiceConfig EnrollmentRead"}),
               "rights") == "ServiceConfig, EnrollmentRead");
  CHECK(Holds(dpsctl.Refusal(
                  {"policy", "create", "--pn", "b", "--rights", "Everything"}),
              "there is no right \"Everything\""));
  CHECK(Holds(dpsctl.UsageError({"policy", "create", "--pn", "b"}),
              "--rights is required"));
  const std::string refusal = dpsctl.Refusal(
      {"policy", "create", "--pn", "b", "-r", "EnrollmentRead", "--pk", "x!"});
  CHECK(Holds(refusal, "--primary-key"));
  CHECK_FALSE(Holds(refusal, "x!"));
}

TEST_CASE("policy: update changes what it names and keeps the keys") {
  const Dpsctl dpsctl;
  dpsctl.Json({"policy", "create", "--pn", "a", "-r", "EnrollmentRead", "--pk",
               kKeyA, "--sk", kKeyB});
  CHECK(Member(dpsctl.Json({"policy", "update", "--pn", "a", "--rights",
                            "DeviceConnect"}),
               "rights") == "DeviceConnect");
  CHECK(PolicyKeyOf(dpsctl, "a", "primaryKey") == kKeyA);
  dpsctl.Json({"policy", "update", "--pn", "a", "--secondary-key", kKeyA});
  CHECK(PolicyKeyOf(dpsctl, "a", "secondaryKey") == kKeyA);
  CHECK(Member(dpsctl.Json({"policy", "show", "--pn", "a"}), "rights") ==
        "DeviceConnect");
  dpsctl.Unchanged({"policy", "update", "--pn", "a", "-r", "DeviceConnect"});
  dpsctl.Refusal({"policy", "update", "--pn", "a", "-r", "ServiceConfig",
                  "--etag", "stale"});
}

TEST_CASE("policy: roll-key makes one key anew") {
  const Dpsctl dpsctl;
  dpsctl.Json({"policy", "create", "--pn", "a", "-r", "EnrollmentRead", "--pk",
               kKeyA, "--sk", kKeyB});
  const std::string rolled =
      dpsctl.Json({"policy", "roll-key", "--pn", "a", "--key", "secondary"});
  CHECK(Member(rolled, "primaryKey") == kKeyA);
  CHECK(Member(rolled, "secondaryKey") != kKeyB);
  CHECK(Member(rolled, "secondaryKey") ==
        PolicyKeyOf(dpsctl, "a", "secondaryKey"));
  CHECK(Holds(
      dpsctl.UsageError({"policy", "roll-key", "--pn", "a", "--key", "third"}),
      "--key"));
}

TEST_CASE("policy: what was deleted is gone") {
  const Dpsctl dpsctl;
  dpsctl.Json({"policy", "create", "--pn", "a", "-r", "EnrollmentRead"});
  CHECK(dpsctl.Json({"policy", "delete", "--pn", "a"}).empty());
  CHECK(dpsctl.Refusal({"policy", "show", "--pn", "a"}) ==
        "there is no access policy a");
  CHECK(dpsctl.Refusal({"policy", "delete", "--pn", "a"}) ==
        "there is no access policy a");
}

TEST_CASE("policy: a connection string has the instance's host or another") {
  const Dpsctl dpsctl;
  CHECK(Holds(dpsctl.Refusal({"connection-string", "show"}),
              "dpsctl instance update --service-host-name"));
  const std::string primary = PolicyKeyOf(dpsctl, kOwner, "primaryKey");
  CHECK(Member(dpsctl.Json({"connection-string", "show", "--host-name",
                            "localhost:8444"}),
               "connectionString") ==
        "HostName=localhost:8444;SharedAccessKeyName=" + kOwner +
            ";SharedAccessKey=" + primary);
  CHECK(Holds(dpsctl.Json({"instance", "update", "--service-host-name",
                           "DPS.example.com", "-o", "table"}),
              "dps.example.com"));
  CHECK(dpsctl.Json({"connection-string", "show", "--policy-name", kOwner,
                     "--key", "secondary", "--output", "table"}) ==
        "HostName=dps.example.com;SharedAccessKeyName=" + kOwner +
            ";SharedAccessKey=" + PolicyKeyOf(dpsctl, kOwner, "secondaryKey") +
            "\n");
  dpsctl.Json({"instance", "update", "--service-host-name", ""});
  CHECK_FALSE(Holds(dpsctl.Json({"instance", "show"}), "dps.example.com"));
  CHECK(Holds(
      dpsctl.Refusal({"instance", "update", "--service-host-name", "no host"}),
      "--service-host-name must be a host name"));
}

}  // namespace dps

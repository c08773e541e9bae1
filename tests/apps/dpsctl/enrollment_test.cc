// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "tests/apps/dpsctl/dpsctl_runner.h"
#include "tests/support/keys_of.h"
#include "tests/support/sample_documents.h"

namespace dps {

TEST_CASE(
    "enrollment: create makes keys up and shows them, show only if asked") {
  const Dpsctl dpsctl;
  const std::string created =
      dpsctl.Json({"enrollment", "create", "--enrollment-id", "Dev-1"});
  CHECK(Member(created, "registrationId") == "Dev-1");
  CHECK(Holds(created, "\"primaryKey\": \""));
  CHECK(Holds(created, "\"migrateDeviceData\": true"));
  CHECK_FALSE(Holds(dpsctl.Json({"enrollment", "show", "--eid", "dev-1"}),
                    "primaryKey"));
  CHECK(dpsctl.Json({"enrollment", "show", "--eid", "dev-1", "--show-keys"}) ==
        created);
}

TEST_CASE("enrollment: create takes every option of az for symmetric keys") {
  const Dpsctl dpsctl;
  const std::string created =
      dpsctl.Json({"enrollment", "create",
                   "--eid",      "dev-1",
                   "--at",       "symmetricKey",
                   "--pk",       kKeyA,
                   "--sk",       kKeyB,
                   "--ap",       "hashed",
                   "--ih",       "a.example",
                   "b.example",  "--ps",
                   "disabled",   "--rp",
                   "never",      "--device-id",
                   "lathe-7",    "--ee",
                   "--tags",     R"({"line":1})",
                   "--props",    R"({"speed":{"max":2}})"});
  const auto enrollment = ParseIndividualEnrollment(created);
  REQUIRE(enrollment);
  CHECK(enrollment->device_id == "lathe-7");
  const EnrollmentTerms& terms = enrollment->terms;
  CHECK(Base64Encode(KeysOf(terms).primary_key.Reveal()) == kKeyA);
  CHECK(Base64Encode(KeysOf(terms).secondary_key.Reveal()) == kKeyB);
  CHECK(terms.allocation_policy == AllocationPolicy::kHashed);
  CHECK(terms.iot_hubs.size() == 2);
  CHECK(terms.provisioning_status == ProvisioningStatus::kDisabled);
  CHECK(terms.reprovision_policy == ReprovisionPolicy{false, false});
  CHECK(terms.capabilities_json == R"({"iotEdge":true})");
  CHECK(terms.initial_twin_json ==
        R"({"tags":{"line":1},"properties":{"desired":{"speed":{"max":2}}}})");
}

TEST_CASE("enrollment: update changes what it names and nothing else") {
  const Dpsctl dpsctl;
  dpsctl.Json({"enrollment", "create", "--eid", "dev-1", "--pk", kKeyA, "--sk",
               kKeyB, "--ih", "a.example b.example", "--tags", R"({"a":1})"});
  dpsctl.Json({"enrollment", "update", "--eid", "dev-1", "--pk", kKeyB,
               "--props", "{\"b\":2}", "--rp", "reprovisionandresetdata"});
  const auto updated = ParseIndividualEnrollment(
      dpsctl.Json({"enrollment", "show", "--eid", "dev-1", "--show-keys"}));
  REQUIRE(updated);
  const EnrollmentTerms& terms = updated->terms;
  CHECK(Base64Encode(KeysOf(terms).primary_key.Reveal()) == kKeyB);
  CHECK(Base64Encode(KeysOf(terms).secondary_key.Reveal()) == kKeyB);
  CHECK(terms.iot_hubs.size() == 2);
  CHECK(terms.reprovision_policy == ReprovisionPolicy{true, false});
  CHECK(terms.initial_twin_json ==
        R"({"tags":{"a":1},"properties":{"desired":{"b":2}}})");
  const std::string cleared =
      dpsctl.Json({"enrollment", "update", "--eid", "dev-1", "--ih", ""});
  CHECK_FALSE(Holds(cleared, "iotHubs"));
  CHECK_FALSE(Holds(cleared, "primaryKey"));
}

TEST_CASE("enrollment: list shows all pages, or the first few") {
  const Dpsctl dpsctl;
  for (const char* id : {"c", "a", "b"}) {
    dpsctl.Json({"enrollment", "create", "--eid", id});
  }
  const std::string table = dpsctl.Json({"enrollment", "list", "-o", "table"});
  CHECK(table.find("\na ") < table.find("\nb "));
  CHECK(table.find("\nb ") < table.find("\nc "));
  const std::string two = dpsctl.Json({"enrollment", "list", "--top", "2"});
  CHECK(Holds(two, "\"b\""));
  CHECK_FALSE(Holds(two, "\"c\""));
  CHECK_FALSE(Holds(two, "primaryKey"));
}

TEST_CASE("enrollment: delete succeeds once, and with the right etag only") {
  const Dpsctl dpsctl;
  const std::string etag =
      Member(dpsctl.Json({"enrollment", "create", "--eid", "dev-1"}), "etag");
  CHECK(Holds(
      dpsctl.Refusal({"enrollment", "delete", "--eid", "dev-1", "-e", "stale"}),
      "another etag"));
  CHECK(dpsctl.Json({"enrollment", "delete", "--eid", "dev-1", "-e", etag}) ==
        "");
  CHECK(dpsctl.Refusal({"enrollment", "delete", "--eid", "dev-1"}) ==
        "there is no enrollment dev-1");
}

TEST_CASE("enrollment: the older --iot-hub-host-name means policy static") {
  const Dpsctl dpsctl;
  const std::string created =
      dpsctl.Json({"enrollment", "create", "--eid", "dev-1",
                   "--iot-hub-host-name", "B.example"});
  CHECK(Holds(created, R"("allocationPolicy": "static")"));
  CHECK(Holds(created, "\"iotHubs\": [\n    \"b.example\"\n  ]"));
  CHECK(Holds(
      dpsctl.Refusal({"enrollment", "update", "--eid", "dev-1",
                      "--iot-hub-host-name", "a.example", "--ap", "hashed"}),
      "stands for policy static"));
  // Nothing but the registration needs a hub.
  CHECK(Holds(
      dpsctl.Json({"enrollment", "create", "--eid", "dev-2", "--ap", "static"}),
      R"("allocationPolicy": "static")"));
}

TEST_CASE("enrollment: a webhook is kept for the day the policy is custom") {
  const Dpsctl dpsctl;
  const std::string created =
      dpsctl.Json({"enrollment", "create", "--eid", "dev-1", "--webhook-url",
                   "https://h.example/f?code=x"});
  CHECK(Holds(created, R"("webhookUrl": "https://h.example/f?code=x")"));
  CHECK(Holds(created, R"("apiVersion": "2021-10-01")"));
  CHECK(Holds(dpsctl.Json({"enrollment", "update", "--eid", "dev-1", "--av",
                           "2019-03-31"}),
              R"("apiVersion": "2019-03-31")"));
  CHECK(dpsctl.Refusal(
            {"enrollment", "create", "--eid", "dev-2", "--ap", "custom"}) ==
        "--allocation-policy custom needs --webhook-url");
  CHECK(dpsctl
            .Refusal({"enrollment", "create", "--eid", "dev-2", "--wh",
                      "ftp://h.example"})
            .starts_with("--webhook-url: "));
  CHECK(dpsctl.Refusal({"enrollment", "create", "--eid", "dev-2", "--av",
                        "1"}) == "--api-version needs --webhook-url");
}

TEST_CASE("enrollment: policy and webhook are taken back by an empty text") {
  const Dpsctl dpsctl;
  dpsctl.Json({"enrollment", "create", "--eid", "dev-1", "--ap", "custom",
               "--wh", "https://h.example/f?code=KEY"});
  const std::string table = dpsctl.Json({"enrollment", "list", "-o", "table"});
  CHECK(Holds(table, "custom                     https://h.example/f?****"));
  CHECK_FALSE(Holds(table, "KEY"));
  CHECK(
      dpsctl.Refusal({"enrollment", "update", "--eid", "dev-1", "--wh", ""}) ==
      "--allocation-policy custom needs --webhook-url");
  const std::string by_default =
      dpsctl.Json({"enrollment", "update", "--eid", "dev-1", "--ap", ""});
  CHECK_FALSE(Holds(by_default, "allocationPolicy"));
  CHECK(Holds(by_default, "webhookUrl"));
  CHECK_FALSE(
      Holds(dpsctl.Json({"enrollment", "update", "--eid", "dev-1", "--wh", ""}),
            "customAllocationDefinition"));
}

TEST_CASE("enrollment: refusals name what is wrong and never a key") {
  const Dpsctl dpsctl;
  const auto create = [&](const std::string& option, const std::string& value) {
    return dpsctl.Refusal(
        {"enrollment", "create", "--eid", "dev-1", option, value});
  };
  CHECK(create("--at", "x509") ==
        "an enrollment with X.509 attestation needs a primary or a secondary "
        "certificate; see --certificate-path");
  CHECK(create("--pk", "c2hvcnQ=") ==
        "--primary-key must be base64 of 16 to 64 bytes");
  CHECK(create("--ih", "x.example") ==
        "--iot-hubs names x.example, which is not linked to the instance");
  CHECK(create("--ap", "nearest") ==
        "--allocation-policy must be hashed, geoLatency, static or custom");
  CHECK(create("--tags", "{").starts_with("--initial-twin-tags: "));
  CHECK(create("--props", "[1]").starts_with("--initial-twin-properties: "));
  CHECK(create("--device-id", "a b").starts_with("the device id must be"));
  CHECK(dpsctl.Refusal({"enrollment", "create", "--eid", "a/b"})
            .starts_with("the registration id must be"));
  CHECK(Holds(dpsctl.UsageError(
                  {"enrollment", "create", "--eid", "a", "--rp", "sometimes"}),
              "sometimes"));
  CHECK(dpsctl.Json({"enrollment", "list"}) == "[]\n");
}

TEST_CASE("enrollment: a list can be of the disabled, and show states") {
  const Dpsctl dpsctl;
  dpsctl.Json({"enrollment", "create", "--eid", "dev-1"});
  dpsctl.Json({"enrollment", "create", "--eid", "dev-2", "--ps", "disabled"});
  const std::string disabled =
      dpsctl.Json({"enrollment", "list", "--ps", "disabled"});
  CHECK(Holds(disabled, "dev-2"));
  CHECK_FALSE(Holds(disabled, "dev-1"));
  dpsctl.Commit(Put<RegistrationRecord>{
      Scope("0neTEST"), RecordDocument("dev-1"), Expect::Absent()});
  CHECK(Holds(dpsctl.Json({"enrollment", "list", "--with-registration-state"}),
              "registrationState"));
  CHECK(dpsctl.Json({"enrollment-group", "list", "--hub-name", "x.example"}) ==
        "[]\n");
}

TEST_CASE("enrollment: the reprovision policy can be none") {
  const Dpsctl dpsctl;
  CHECK_FALSE(
      Holds(dpsctl.Json({"enrollment", "create", "--eid", "a", "--rp", "none"}),
            "reprovisionPolicy"));
  CHECK(Holds(
      dpsctl.Json({"enrollment", "update", "--eid", "a", "--rp", "never"}),
      "reprovisionPolicy"));
  CHECK_FALSE(
      Holds(dpsctl.Json({"enrollment", "update", "--eid", "a", "--rp", "none"}),
            "reprovisionPolicy"));
}

}  // namespace dps

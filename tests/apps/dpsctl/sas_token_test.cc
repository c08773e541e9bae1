// SPDX-License-Identifier: Apache-2.0
#include "core/attestation/sas_token.h"

#include <doctest/doctest.h>

#include "core/attestation/verify.h"
#include "tests/apps/dpsctl/dpsctl_runner.h"
#include "tests/support/sample_documents.h"

namespace dps {
namespace {

using std::chrono::seconds;

std::string WithoutLineEnd(std::string text) {
  REQUIRE(text.ends_with('\n'));
  text.pop_back();
  return text;
}

}  // namespace

TEST_CASE(
    "generate-sas-token: the broker would accept the token for its time") {
  const Dpsctl dpsctl{NoStore()};
  const UtcTime before = SystemClock().Now();
  const auto token = ParseSasToken(WithoutLineEnd(dpsctl.Json(
      {"generate-sas-token", "--rid", "Dev:1", "--key", kKeyA, "--id-scope",
       "0neTEST", "--duration", "600", "-o", "table"})));
  REQUIRE(token);
  CHECK(SignedByDeviceKey(*token, {.primary_key = *Base64Decode(kKeyA),
                                   .secondary_key = *Base64Decode(kKeyB)}));
  const auto check = [&](UtcTime now) {
    return CheckSasToken(*token, Scope("0neTEST"), Device("Dev:1"), now,
                         seconds(0));
  };
  CHECK(check(before + seconds(590)));
  CHECK_FALSE(check(SystemClock().Now() + seconds(601)));
}

TEST_CASE(
    "generate-sas-token: without an ID scope the store's instance counts") {
  const Dpsctl dpsctl;
  CHECK(dpsctl.Json({"generate-sas-token", "--rid", "d", "--key", kKeyA})
            .starts_with(
                "\"SharedAccessSignature sr=0neTEST%2Fregistrations%2Fd&sig="));
  CHECK(Holds(Dpsctl{NoStore()}.Refusal(
                  {"generate-sas-token", "--rid", "d", "--key", kKeyA}),
              "does not exist"));
}

TEST_CASE("generate-sas-token: bad keys, ids, scopes and times are refused") {
  const Dpsctl dpsctl;
  const auto refusal = [&](const std::string& id, const std::string& key,
                           const std::string& scope) {
    return dpsctl.Refusal(
        {"generate-sas-token", "--rid", id, "--key", key, "--id-scope", scope});
  };
  CHECK(refusal("d", "c2hvcnQ=", "s") ==
        "--key must be base64 of 16 to 64 bytes");
  CHECK(refusal("d e", kKeyA, "s").starts_with("the registration id must be"));
  CHECK(refusal("d", kKeyA, "a b").starts_with("the ID scope must be"));
  CHECK(Holds(dpsctl.UsageError({"generate-sas-token", "--rid", "d", "--key",
                                 kKeyA, "--duration", "0"}),
              "--duration"));
}

}  // namespace dps

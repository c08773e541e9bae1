// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "core/model/attestation.h"
#include "tests/apps/dpsctl/certificate_files.h"
#include "tests/apps/dpsctl/dpsctl_runner.h"

namespace dps {
namespace {

std::string Derived(const std::string& id) {
  return Base64Encode(DeriveDeviceKey(*Base64Decode(kKeyA), id).Reveal());
}

}  // namespace

TEST_CASE("compute-device-key: a given key needs no store") {
  const Dpsctl dpsctl{NoStore()};
  CHECK(dpsctl.Json({"compute-device-key", "--rid", "Dev-1", "--key", kKeyA}) ==
        '"' + Derived("Dev-1") + "\"\n");
  CHECK(dpsctl.Json({"compute-device-key", "--rid", "Dev-1", "--key", kKeyA,
                     "-o", "table"}) == Derived("Dev-1") + "\n");
}

TEST_CASE("compute-device-key: an enrollment group's primary key is found") {
  const Dpsctl dpsctl;
  dpsctl.Json({"enrollment-group", "create", "--eid", "g", "--pk", kKeyA});
  CHECK(dpsctl.Json({"compute-device-key", "--rid", "d", "--eid", "g", "-o",
                     "table"}) == Derived("d") + "\n");
  CHECK(dpsctl.Refusal({"compute-device-key", "--rid", "d", "--eid", "h"}) ==
        "there is no enrollment group h");
}

TEST_CASE("compute-device-key: a group with certificates has no keys") {
  const Dpsctl dpsctl;
  CertificateFiles files;
  dpsctl.Json({"enrollment-group", "create", "--eid", "g", "--cp",
               files.Of(CaNow("CA"))});
  CHECK(dpsctl.Refusal({"compute-device-key", "--rid", "d", "--eid", "g"})
            .starts_with("the enrollment group g has certificates"));
}

TEST_CASE("compute-device-key: bad keys and ids are refused without echo") {
  const Dpsctl dpsctl{NoStore()};
  CHECK(dpsctl.Refusal(
            {"compute-device-key", "--rid", "d", "--key", "c2hvcnQ="}) ==
        "--key must be base64 of 16 to 64 bytes");
  CHECK(dpsctl.Refusal({"compute-device-key", "--rid", "d e", "--key", kKeyA})
            .starts_with("the registration id must be"));
  CHECK(Holds(dpsctl.UsageError({"compute-device-key", "--rid", "d"}),
              "Exactly 1 option"));
  CHECK(Holds(dpsctl.UsageError({"compute-device-key", "--rid", "d", "--key",
                                 kKeyA, "--eid", "g"}),
              "Exactly 1 option"));
}

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "tests/apps/dpsctl/certificate_files.h"
#include "tests/apps/dpsctl/dpsctl_runner.h"

namespace dps {
namespace {

struct WishBench {
  // An update or a creation of the enrollment `dev-1`, or the group `line`.
  std::string Enroll(std::vector<std::string> options,
                     const char* verb = "update") {
    options.insert(options.begin(), {"enrollment", verb, "--eid", "dev-1"});
    return dpsctl.Json(options);
  }
  std::string Group(std::vector<std::string> options,
                    const char* verb = "update") {
    options.insert(options.begin(),
                   {"enrollment-group", verb, "--eid", "line"});
    return dpsctl.Json(options);
  }
  std::string Refused(std::vector<std::string> options,
                      const char* verb = "update") {
    options.insert(options.begin(),
                   {"enrollment-group", verb, "--eid", "line"});
    return dpsctl.Refusal(options);
  }

  Dpsctl dpsctl;
  CertificateFiles files;
};

bool Shows(const std::string& answer, const Forged& forged) {
  return Holds(answer, forged.certificate.thumbprint());
}

}  // namespace

TEST_CASE("attestation_wish: a certificate's path implies X.509") {
  WishBench bench;
  const Forged device = DeviceNow("dev-1");
  const std::string created =
      bench.Enroll({"--certificate-path", bench.files.Of(device)}, "create");
  CHECK(Shows(created, device));
  CHECK(Holds(created, "\"type\": \"x509\""));
  CHECK_FALSE(Holds(created, "\"certificate\""));
  CHECK_FALSE(Holds(created, "primaryKey"));
  for (const char* option : {"--output=json", "--show-keys"}) {
    CHECK(bench.dpsctl.Json({"enrollment", "show", "--eid", "dev-1", option}) ==
          created);
  }
}

TEST_CASE("attestation_wish: certificates roll over through the other slot") {
  WishBench bench;
  const Forged old_one = DeviceNow("dev-1");
  const Forged new_one = DeviceNow("dev-1");
  bench.Enroll({"--cp", bench.files.Of(old_one)}, "create");
  const std::string both = bench.Enroll({"--scp", bench.files.Of(new_one)});
  CHECK(Shows(both, old_one));
  CHECK(Shows(both, new_one));
  const std::string rolled = bench.Enroll({"--remove-certificate"});
  CHECK_FALSE(Shows(rolled, old_one));
  CHECK(Shows(rolled, new_one));
  CHECK_FALSE(Holds(rolled, "\"primary\""));
  // Into the primary's place.
  const std::string moved =
      bench.Enroll({"--cp", bench.files.Of(new_one), "--rsc", "true"});
  CHECK(Holds(moved, "\"primary\""));
  CHECK_FALSE(Holds(moved, "\"secondary\""));
}

TEST_CASE("attestation_wish: what no option names stays") {
  WishBench bench;
  const Forged a = DeviceNow("dev-1");
  const Forged b = DeviceNow("dev-1");
  const std::string file = bench.files.Of(a);
  bench.Enroll({"--cp", file, "--scp", bench.files.Of(b)}, "create");
  const std::string updated = bench.Enroll({"--ps", "disabled"});
  CHECK(Shows(updated, a));
  CHECK(Shows(updated, b));
  CHECK(bench.dpsctl.Unchanged({"enrollment", "update", "--eid", "dev-1",
                                "--cp", file}) == updated);
}

TEST_CASE("attestation_wish: a group has certificates or refers to them") {
  WishBench bench;
  const Forged given = CaNow("Given CA");
  const Forged named = CaNow("Named CA");
  bench.dpsctl.Json({"certificate", "create", "--cn", "named", "--path",
                     bench.files.Of(named)});
  CHECK(Holds(
      bench.Group({"--at", "x509", "--cp", bench.files.Of(given)}, "create"),
      "signingCertificates"));
  const std::string refers = bench.Group({"--ca", "named", "--rc"});
  CHECK(Holds(refers, "\"primary\": \"named\""));
  CHECK_FALSE(Shows(refers, given));
  bench.dpsctl.Json({"certificate", "create", "--cn", "next", "--path",
                     bench.files.Of(given)});
  const std::string both = bench.Group({"--secondary-root-ca-name", "next"});
  CHECK(Holds(both, "\"secondary\": \"next\""));
  CHECK_FALSE(Holds(bench.Group({"--rc"}), "named"));
  CHECK(Holds(bench.Group({"--cp", bench.files.Of(named), "--rsc"}),
              "signingCertificates"));
}

TEST_CASE("attestation_wish: a name wipes no signing certificates") {
  WishBench bench;
  const Forged primary = CaNow("Primary CA");
  const Forged secondary = CaNow("Secondary CA");
  const std::string file = bench.files.Of(primary);
  const std::string other = bench.files.Of(secondary);
  bench.dpsctl.Json({"certificate", "create", "--cn", "named", "--path",
                     bench.files.Of(CaNow("Named CA"))});
  const std::string created =
      bench.Group({"--cp", file, "--scp", other}, "create");
  const std::string refusal =
      "group line holds signing certificates, which --root-ca-name would "
      "replace: remove them in the same command ";
  CHECK(bench.Refused({"--ca", "named"}) == refusal + "(--rc, --rsc)");
  CHECK(bench.Refused({"--sca", "named", "--rsc"}) == refusal + "(--rc)");
  CHECK(bench.Refused({"--ca", "named", "--rc"}) == refusal + "(--rsc)");
  CHECK(bench.dpsctl.Json({"enrollment-group", "show", "--eid", "line"}) ==
        created);
  CHECK(Holds(bench.Group({"--ca", "named", "--rc", "--rsc"}),
              "\"primary\": \"named\""));
  CHECK(bench.Refused({"--scp", other}) ==
        "group line refers to CA certificates by name, which "
        "--certificate-path would replace: remove them in the same command "
        "(--rc)");
  const std::string back = bench.Group({"--cp", file, "--rc"});
  CHECK(Shows(back, primary));
  CHECK_FALSE(Holds(back, "named"));
}

TEST_CASE("attestation_wish: references have the options of az") {
  WishBench bench;
  for (const char* name : {"a", "b"}) {
    bench.dpsctl.Json({"certificate", "create", "--cn", name, "--path",
                       bench.files.Of(CaNow(name))});
  }
  bench.Group({"--ca-name", "a", "--secondary-ca-name", "b"}, "create");
  CHECK(Holds(bench.Group({"--cn", "b", "--scn", "a"}), "\"primary\": \"b\""));
}

TEST_CASE("attestation_wish: only an update removes certificates") {
  WishBench bench;
  for (const char* noun : {"enrollment", "enrollment-group"}) {
    const std::string help = bench.dpsctl.Json({noun, "create", "--help"});
    CHECK(Holds(help, "--certificate-path"));
    CHECK_FALSE(Holds(help, "--remove-"));
    CHECK(Holds(bench.dpsctl.Json({noun, "update", "--help"}),
                "--remove-secondary-certificate"));
    CHECK(bench.dpsctl.UsageError({noun, "create", "--eid", "x", "--rc"}) ==
          "there is no command or option --rc");
  }
  const std::string help =
      bench.dpsctl.Json({"enrollment-group", "create", "--help"});
  for (const char* option : {"--root-ca-name", "--ca-name", "--cn",
                             "--secondary-ca-name", "--scn"}) {
    CHECK(Holds(help, option));
  }
}

TEST_CASE("attestation_wish: the type changes only when it is named") {
  WishBench bench;
  const std::string ca = bench.files.Of(CaNow("CA"));
  bench.Group({}, "create");
  CHECK(bench.Refused({"--cp", ca}) ==
        "the attestation is of type symmetricKey; name the new type by "
        "--attestation-type to change it");
  CHECK(Holds(bench.Group({"--at", "x509", "--cp", ca}), "\"x509\""));
  CHECK(
      Holds(bench.Refused({"--pk", kKeyA}), "the attestation is of type x509"));
  bench.Group({"--at", "symmetricKey", "--pk", kKeyA});
  CHECK(Holds(bench.dpsctl.Json(
                  {"enrollment-group", "show", "--eid", "line", "--show-keys"}),
              kKeyA));
}

TEST_CASE("attestation_wish: options that contradict each other are refused") {
  WishBench bench;
  const std::string ca = bench.files.Of(CaNow("CA"));
  const auto create = [&](const std::vector<std::string>& options) {
    return bench.Refused(options, "create");
  };
  CHECK(Holds(create({"--cp", ca, "--pk", kKeyA}), "give those of one"));
  CHECK(Holds(create({"--at", "x509", "--pk", kKeyA}), "give those of one"));
  CHECK(
      Holds(create({"--at", "symmetricKey", "--cp", ca}), "give those of one"));
  CHECK(Holds(create({"--at", "x509"}), "needs a primary or a secondary"));
  CHECK(Holds(create({"--at", "tpm"}), "tpm is not supported"));
  CHECK(Holds(create({"--ca", "nowhere"}), "which the instance lacks"));
  CHECK(Holds(create({"--cp", "/nowhere"}), "cannot read /nowhere"));
  for (const std::vector<std::string>& options :
       {std::vector<std::string>{"--cp", ca, "--ca", "a"},
        {"--scp", ca, "--sca", "a"}}) {
    std::vector<std::string> line = {"enrollment-group", "create", "--eid",
                                     "line"};
    line.insert(line.end(), options.begin(), options.end());
    CHECK(Holds(bench.dpsctl.UsageError(line), "excludes"));
  }
  CHECK(bench.dpsctl.UsageError(
            {"enrollment", "create", "--eid", "dev-1", "--ca", "a"}) ==
        "there is no command or option --ca");
  CHECK(bench.dpsctl.Json({"enrollment-group", "list"}) == "[]\n");
}

TEST_CASE("attestation_wish: the last certificate cannot be removed") {
  WishBench bench;
  bench.Group({"--cp", bench.files.Of(CaNow("CA"))}, "create");
  CHECK(Holds(bench.Refused({"--rc"}), "needs a primary or a secondary"));
}

}  // namespace dps

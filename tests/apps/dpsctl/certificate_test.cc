// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "tests/apps/dpsctl/certificate_files.h"
#include "tests/apps/dpsctl/dpsctl_runner.h"

namespace dps {
namespace {

// A store with an unverified certificate `root`.
struct CertificateBench {
  CertificateBench() {
    dpsctl.Json({"certificate", "create", "--certificate-name", "root",
                 "--path", files.Of(ca)});
  }
  std::string Show() {
    return dpsctl.Json({"certificate", "show", "--cn", "root"});
  }
  std::string ListFile(long serial,
                       std::chrono::hours age = std::chrono::hours(1)) {
    const UtcTime then = SystemClock().Now() - age;
    return files.Holding(
        ForgeRevocationList({.issuer = &ca,
                             .this_update = then,
                             .next_update = then + std::chrono::hours(24),
                             .revoked = {{serial}}}));
  }

  Dpsctl dpsctl;
  CertificateFiles files;
  const Forged ca = CaNow("Root CA");
};

}  // namespace

TEST_CASE("certificate: what create stores show and list give back") {
  CertificateBench bench;
  const std::string shown = bench.Show();
  CHECK(Member(shown, "thumbprint") == bench.ca.certificate.thumbprint());
  CHECK(Holds(shown, "\"isVerified\": false"));
  CHECK_FALSE(Holds(shown, "\"certificate\""));
  const std::string table =
      bench.dpsctl.Json({"certificate", "list", "-o", "table"});
  CHECK(table.starts_with("name  subject     isVerified  expiry"));
  CHECK(Holds(table, "  revocationListUntil  thumbprint\n"));
  CHECK(Holds(table, "\nroot  CN=Root CA  false"));
}

TEST_CASE("certificate: a file may be PEM, DER or base64 of DER") {
  Dpsctl dpsctl;
  CertificateFiles files;
  const Certificate ca = CaNow("Root CA").certificate;
  const std::string der = ca.Der();
  for (const std::string& content :
       {"subject=CN = Root CA\xe4\n" + Pem(ca), der,
        Base64Encode(der).insert(64, "\n") + "\n"}) {
    const std::string created =
        dpsctl.Json({"certificate", "create", "-n", "root", "-p",
                     files.Holding(content), "--verified"});
    CHECK(Member(created, "thumbprint") == ca.thumbprint());
    CHECK(Holds(created, "\"isVerified\": true"));
    CHECK(dpsctl.Json({"certificate", "delete", "-n", "root"}).empty());
  }
}

TEST_CASE("certificate: a code that the CA signs verifies") {
  CertificateBench bench;
  const std::string answer = bench.dpsctl.Json(
      {"certificate", "generate-verification-code", "--cn", "root"});
  const std::string code = Member(answer, "verificationCode");
  CHECK(code.size() == 48);
  CHECK_FALSE(Holds(bench.Show(), code));
  const auto verify = [&](const Forged& proof) {
    return std::vector<std::string>{"certificate", "verify",
                                    "--cn",        "root",
                                    "--path",      bench.files.Of(proof)};
  };
  CHECK(bench.dpsctl.Refusal(verify(DeviceNow("other", &bench.ca)))
            .starts_with("this proves no possession: CN=other"));
  CHECK(Holds(bench.dpsctl.Json(verify(DeviceNow(code, &bench.ca))),
              "\"isVerified\": true"));
}

TEST_CASE("certificate: a stale etag stops every change") {
  CertificateBench bench;
  const std::string proof = bench.files.Of(bench.ca);
  const std::string list = bench.ListFile(7);
  for (std::vector<std::string> line : {std::vector<std::string>{"delete"},
                                        {"update", "--verified"},
                                        {"generate-verification-code"},
                                        {"verify", "--path", proof},
                                        {"crl", "import", "--path", list},
                                        {"crl", "delete"}}) {
    line.insert(line.begin(), "certificate");
    for (const char* word : {"--cn", "root", "--etag", "stale"}) {
      line.emplace_back(word);
    }
    CHECK(Holds(bench.dpsctl.Refusal(line), "another etag"));
  }
  CHECK(bench.dpsctl
            .Json({"certificate", "delete", "--cn", "root", "-e",
                   Member(bench.Show(), "etag")})
            .empty());
}

TEST_CASE("certificate: update changes the certificate or its verification") {
  CertificateBench bench;
  const std::string verified =
      bench.dpsctl.Json({"certificate", "update", "--cn", "root", "-v"});
  CHECK(Holds(verified, "\"isVerified\": true"));
  CHECK(bench.dpsctl.Unchanged({"certificate", "update", "--cn", "root", "-p",
                                bench.files.Of(bench.ca)}) == verified);
  const Forged next = CaNow("Root CA");
  const std::string replaced =
      bench.dpsctl.Json({"certificate", "update", "--cn", "root", "--path",
                         bench.files.Of(next)});
  CHECK(Member(replaced, "thumbprint") == next.certificate.thumbprint());
  CHECK(Holds(replaced, "\"isVerified\": false"));
}

TEST_CASE("certificate: crl import shows the list, and refuses an older one") {
  CertificateBench bench;
  const auto import = [&](const std::string& file) {
    return std::vector<std::string>{"certificate", "crl",    "import", "--cn",
                                    "root",        "--path", file};
  };
  const std::string list = bench.ListFile(7);
  const std::string imported = bench.dpsctl.Json(import(list));
  CHECK(Holds(imported, "\"entries\": 1\n"));
  CHECK(bench.dpsctl.Unchanged(import(list)) == imported);
  CHECK(Holds(bench.dpsctl.Json({"certificate", "list", "-o", "table"}),
              "  revocationListUntil           thumbprint\n"));
  CHECK(Holds(
      bench.dpsctl.Refusal(import(bench.ListFile(8, std::chrono::hours(2)))),
      "is older than the one the certificate root has"));
  CHECK(bench.dpsctl.Refusal(import(bench.files.Of(bench.ca)))
            .starts_with("the CRL must be a PEM block X509 CRL"));
  CHECK(bench.dpsctl.Refusal(import(bench.files.Holding("")))
            .starts_with("the CRL is neither"));
}

TEST_CASE("certificate: crl delete drops the list, which nothing else does") {
  CertificateBench bench;
  const std::vector<std::string> drop = {"certificate", "crl", "delete", "--cn",
                                         "root"};
  CHECK(bench.dpsctl.Refusal(drop) ==
        "the certificate root has no revocation list");
  bench.dpsctl.Json({"certificate", "crl", "import", "--cn", "root", "--path",
                     bench.ListFile(7)});
  bench.dpsctl.Json({"enrollment-group", "create", "--eid", "line",
                     "--certificate-path", bench.files.Of(bench.ca)});
  CHECK(Holds(bench.dpsctl.Refusal({"certificate", "delete", "--cn", "root"}),
              "enrollment group line holds the certificate root"));
  CHECK(Holds(bench.dpsctl.Refusal({"certificate", "update", "--cn", "root",
                                    "--path", bench.files.Of(CaNow("CA"))}),
              "(entries: 1)"));
  CHECK(bench.dpsctl.Json(drop).empty());
  CHECK_FALSE(Holds(bench.Show(), "revocationList"));
  CHECK(bench.dpsctl.Json({"certificate", "delete", "--cn", "root"}).empty());
}

TEST_CASE("certificate: crl import takes base64 and PEM as well") {
  CertificateBench bench;
  const UtcTime now = SystemClock().Now() - std::chrono::hours(1);
  const std::string base64 = Base64Encode(
      ForgeRevocationList({.issuer = &bench.ca,
                           .this_update = now,
                           .next_update = now + std::chrono::hours(2)}));
  const std::string pem =
      "-----BEGIN X509 CRL-----\n" + base64 + "\n-----END X509 CRL-----\n";
  for (const std::string& content :
       {pem, "Certificate Revocation List \xe4\n" + pem, base64 + "\n"}) {
    bench.dpsctl.Json({"certificate", "crl", "import", "--cn", "root", "-p",
                       bench.files.Holding(content)});
    bench.dpsctl.Json({"certificate", "crl", "delete", "--cn", "root"});
  }
}

TEST_CASE("certificate: a file that cannot be used is named") {
  CertificateBench bench;
  const auto create = [&](const std::string& file) {
    return bench.dpsctl.Refusal(
        {"certificate", "create", "--cn", "other", "--path", file});
  };
  CHECK(create("/nowhere/ca.pem") ==
        "cannot read /nowhere/ca.pem: No such file or directory");
  CHECK(create("/") == "cannot read /: Is a directory");
  const std::string junk = bench.files.Holding("junk!");
  CHECK(create(junk) ==
        junk + ": not a certificate: neither PEM nor base64 nor DER");
  const std::string large = bench.files.Holding(std::string(40'000, 'x'));
  CHECK(create(large) == large + " is larger than 32768 bytes");
  const std::string key = bench.files.Holding(KeyPem(bench.ca));
  CHECK(Holds(create(key), "private key"));
  CHECK(Holds(create(bench.files.Of(DeviceNow("dev"))), "is not that of a CA"));
  CHECK(bench.dpsctl.UsageError({"certificate", "create", "--cn", "other"}) ==
        "--path is required");
  CHECK(bench.dpsctl.UsageError({"certificate", "crl"}) ==
        "A subcommand is required");
}

TEST_CASE("certificate: one that a group refers to stays") {
  CertificateBench bench;
  bench.dpsctl.Json({"enrollment-group", "create", "--eid", "line",
                     "--root-ca-name", "root"});
  CHECK(bench.dpsctl.Refusal({"certificate", "delete", "--cn", "root"}) ==
        "enrollment group line refers to the certificate root; change or "
        "delete the group first");
  bench.dpsctl.Json({"enrollment-group", "delete", "--eid", "line"});
  CHECK(bench.dpsctl.Json({"certificate", "delete", "--cn", "root"}).empty());
}

}  // namespace dps

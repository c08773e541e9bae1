// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "core/base/limits.h"
#include "tests/apps/dpsctl/certificate_files.h"
#include "tests/apps/dpsctl/dpsctl_runner.h"

namespace dps {
namespace {

// A group `line` whose CA has an intermediate, and that the device dev-1.
struct ExplainBench {
  ExplainBench() {
    dpsctl.Json({"enrollment-group", "create", "--eid", "line", "--cp",
                 files.Of(root)});
  }
  std::string ChainFile() {
    return files.Of({device.certificate, middle.certificate});
  }
  CommandResult Explain(const std::vector<std::string>& options) {
    std::vector<std::string> line = {"registration", "explain"};
    line.insert(line.end(), options.begin(), options.end());
    return dpsctl.Run(line);
  }

  Dpsctl dpsctl;
  CertificateFiles files;
  const Forged root = CaNow("Root CA");
  const Forged middle = CaNow("Middle CA", &root);
  const Forged device = DeviceNow("dev-1", &middle);
};

}  // namespace

TEST_CASE("explain: an accepted chain is shown with its way") {
  ExplainBench bench;
  const std::string verdict = bench.dpsctl.Json(
      {"registration", "explain", "--certificate", bench.ChainFile()});
  CHECK(Member(verdict, "registrationId") == "dev-1");
  CHECK(Holds(verdict, "\"accepted\": true"));
  CHECK(Member(verdict, "enrollmentGroup") == "line");
  CHECK(Member(verdict, "provisioningStatus") == "enabled");
  CHECK(Member(verdict, "validUntilUtc") ==
        FormatUtc(bench.device.certificate.not_after()));
  for (const char* subject : {"CN=dev-1", "CN=Middle CA", "CN=Root CA"}) {
    CHECK(Holds(verdict, "\"subject\": \"" + std::string(subject) + "\""));
  }
}

TEST_CASE("explain: a refusal is told on both outputs, with exit code 1") {
  ExplainBench bench;
  const CommandResult refused =
      bench.Explain({"--certificate", bench.files.Of(bench.device)});
  CHECK(refused.exit_code == 1);
  CHECK(Holds(refused.out, "\"accepted\": false"));
  CHECK(Holds(refused.out, "\"refusedAt\": \"tlsHandshake\""));
  const std::string reason = Member(refused.out, "reason");
  CHECK(Holds(reason, "the chain ends at"));
  CHECK(refused.err == "dpsctl: not accepted: " + reason + "\n");
}

TEST_CASE("explain: a DER file is a chain of one") {
  ExplainBench bench;
  bench.dpsctl.Json({"enrollment", "create", "--eid", "dev-1", "--cp",
                     bench.files.Of(bench.device)});
  const std::string verdict =
      bench.dpsctl.Json({"registration", "explain", "--certificate",
                         bench.files.Holding(bench.device.certificate.Der())});
  CHECK(Member(verdict, "enrollment") == "dev-1");
}

TEST_CASE("explain: a chain may be in base64") {
  ExplainBench bench;
  const std::string folded = " " +
                             Base64Encode(Pem(bench.device.certificate) +
                                          Pem(bench.middle.certificate)) +
                             "\n";
  const std::string verdict =
      bench.dpsctl.Json({"registration", "explain", "--certificate",
                         bench.files.Holding(folded)});
  CHECK(Member(verdict, "enrollmentGroup") == "line");
}

TEST_CASE("explain: a certificate too large for the broker is told so") {
  ExplainBench bench;
  CertificateSpec spec = ValidNow(LeafSpec("dev-1", &bench.middle));
  spec.alternative_names = 2000;
  const Certificate large = Forge(spec).certificate;
  REQUIRE(large.Der().size() > limits::kCertificateBytesMax);
  for (const std::string& file :
       {bench.files.Of({large, bench.middle.certificate}),
        bench.files.Holding(large.Der()),
        bench.files.Holding(Base64Encode(large.Der()))}) {
    const CommandResult refused = bench.Explain({"--certificate", file});
    CHECK(refused.exit_code == 1);
    CHECK(Holds(refused.out, "\"refusedAt\": \"tlsHandshake\""));
    CHECK(Member(refused.out, "reason")
              .starts_with("CN=dev-1 is larger than 16384 bytes"));
  }
}

TEST_CASE("explain: the instance and the registration id can be named") {
  ExplainBench bench;
  bench.dpsctl.Json(
      {"instance", "create", "-n", "other", "--id-scope", "0neB"});
  const std::string chain = bench.ChainFile();
  CHECK(bench.Explain({"--certificate", chain, "--id-scope", "0neTEST"})
            .exit_code == 0);
  CHECK(Holds(bench.Explain({"--certificate", chain, "--id-scope", "0neB"}).err,
              "ID scope 0neB"));
  CHECK(Holds(bench
                  .Explain({"--certificate", chain, "--id-scope", "0neTEST",
                            "--rid", "dev-2"})
                  .err,
              "the certificate's common name is dev-1"));
  CHECK(Holds(bench.Explain({"--certificate", chain}).err, "which instance?"));
}

TEST_CASE("explain: the broker's options can be tried") {
  ExplainBench bench;
  const std::string chain = bench.ChainFile();
  CHECK(Holds(
      bench.Explain({"--certificate", chain, "--x509-chain-max", "1"}).err,
      "2 certificates are presented, 1 are allowed"));
  CHECK(bench.Explain({"--certificate", chain, "--x509-security-level", "5"})
            .exit_code == 1);
  for (const char* option :
       {"--x509-security-level=6", "--x509-security-level=0",
        "--x509-rsa-bits-max=1024", "--x509-chain-max=17",
        "--crl-expired=perhaps"}) {
    CHECK(bench.Explain({"--certificate", chain, option}).exit_code == 2);
  }
}

TEST_CASE("explain: the help tells the defaults of the broker's options") {
  const std::string help =
      Dpsctl().Run({"registration", "explain", "--help"}).out;
  for (const char* said : {"plugin_opt_dps_x509_security_level (default: 2)",
                           "plugin_opt_dps_x509_rsa_bits_max (default: 4096)",
                           "plugin_opt_dps_x509_chain_max (default: 10)"}) {
    CHECK(Holds(help, said));
  }
}

TEST_CASE("explain: revoked certificates and expired lists are judged") {
  ExplainBench bench;
  bench.dpsctl.Json({"certificate", "create", "--cn", "middle", "-p",
                     bench.files.Of(bench.middle)});
  const auto import = [&](long serial, std::chrono::hours age) {
    const UtcTime then = SystemClock().Now() - age;
    bench.dpsctl.Json({"certificate", "crl", "import", "--cn", "middle", "-p",
                       bench.files.Holding(ForgeRevocationList(
                           {.issuer = &bench.middle,
                            .this_update = then,
                            .next_update = then + std::chrono::hours(24),
                            .revoked = {{serial}}}))});
  };
  const std::string chain = bench.ChainFile();
  import(77, std::chrono::hours(48));
  const CommandResult soft = bench.Explain({"--certificate", chain});
  CHECK(soft.exit_code == 0);
  CHECK(Holds(Member(soft.out, "remark"),
              "the revocation list of certificate middle expired at"));
  CHECK(Holds(
      bench.Explain({"--certificate", chain, "--crl-expired", "refuse"}).err,
      "expired at"));
  import(1, std::chrono::hours(1));
  CHECK(Holds(bench.Explain({"--certificate", chain}).err,
              "is revoked by CN=Middle CA"));
}

TEST_CASE("explain: a token is judged, too") {
  ExplainBench bench;
  bench.dpsctl.Json({"enrollment", "create", "--eid", "dev-2", "--pk", kKeyA});
  const std::string token = bench.dpsctl.Json(
      {"generate-sas-token", "--rid", "dev-2", "--key", kKeyA, "-o", "table"});
  const CommandResult accepted = bench.Explain(
      {"--rid", "dev-2", "--sas-token", token.substr(0, token.find('\n'))});
  CHECK(accepted.exit_code == 0);
  CHECK(Member(accepted.out, "enrollment") == "dev-2");
  const std::string wrong = bench.dpsctl.Json(
      {"generate-sas-token", "--rid", "dev-2", "--key", kKeyB, "-o", "table"});
  const CommandResult refused = bench.Explain(
      {"--rid", "dev-2", "--sas-token", wrong.substr(0, wrong.find('\n'))});
  CHECK(refused.exit_code == 1);
  CHECK(Holds(refused.err, "is not signed by a key"));
}

TEST_CASE("explain: without a usable proof there is no verdict") {
  ExplainBench bench;
  CHECK(bench.Explain({}).exit_code == 2);
  CHECK(bench.Explain({"--sas-token", "x"}).exit_code == 2);
  CHECK(bench.Explain({"--sas-token", "x", "--certificate", "y"}).exit_code ==
        2);
  CHECK(bench.Explain({"--certificate", ""}).exit_code == 2);
  const std::string junk = bench.files.Holding("junk!");
  CHECK(bench.Explain({"--certificate", junk}).err ==
        "dpsctl: " + junk +
            ": not a certificate: neither PEM nor base64 nor DER\n");
  const std::string with_key =
      bench.files.Holding(Pem(bench.device.certificate) + KeyPem(bench.device));
  const CommandResult key = bench.Explain({"--certificate", with_key});
  CHECK(key.exit_code == 1);
  CHECK(key.out.empty());
  CHECK(Holds(key.err, "private key"));
}

}  // namespace dps

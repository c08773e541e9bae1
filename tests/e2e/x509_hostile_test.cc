// SPDX-License-Identifier: Apache-2.0
// Hostile certificates on the real port: each is refused in time, with a line
// that tells an operator why, and harms nobody.
#include <doctest/doctest.h>
#include <openssl/ssl.h>

#include <algorithm>

#include "tests/e2e/hostile_handshake.h"
#include "tests/e2e/hostile_rig.h"

namespace dps {
namespace {

using std::chrono::hours;

}  // namespace

TEST_CASE("x509_hostile: chains that end nowhere are refused") {
  HostileRig rig;
  rig.CheckRefused(rig.device, {}, "the chain ends at CN=dev-1");
  const Forged unknown = rig.files.Root("unknown root");
  rig.CheckRefused(rig.files.Device("dev-1", unknown), {unknown.certificate},
                   "CN=unknown root");
  rig.CheckRefused(Forge(ValidNow(LeafSpec("dev-1"))), {}, "CN=dev-1");
  // Of the CA's name and key, but an unknown root's.
  CertificateSpec cross = CaSpec("line-1 CA", &unknown);
  cross.key = rig.ca.key;
  const Forged crossed = Forge(ValidNow(cross));
  rig.CheckRefused(rig.device, {crossed.certificate, unknown.certificate},
                   "CN=unknown root");
  // Beside the CA's own certificate it does no harm.
  CHECK(rig.Try(rig.files.As(rig.dps.broker().Tls(), rig.device,
                             {crossed.certificate, unknown.certificate,
                              rig.ca.certificate}),
                kMqtt311) == 0);
  rig.CheckUnharmed();
}

TEST_CASE("x509_hostile: a look-alike of an enrolled CA is refused") {
  HostileRig rig;
  const Forged other_root = rig.files.Root("root");
  const Forged other_ca = rig.files.Ca("line-1 CA", other_root);
  rig.CheckRefused(rig.files.Device("dev-1", other_ca),
                   {other_ca.certificate, other_root.certificate},
                   "the self-signed CN=root, which is not enrolled");
  rig.CheckRefused(rig.files.Device("dev-1", other_ca), {other_ca.certificate},
                   "CN=line-1 CA was not signed by CN=root");
  rig.CheckRefused(rig.files.Device("dev-1", other_ca), {rig.ca.certificate},
                   "was not signed by CN=line-1 CA");
  rig.CheckRefused(rig.files.Device("dev-1", other_root), {},
                   "was not signed by CN=root");
  rig.CheckUnharmed();
}

TEST_CASE("x509_hostile: circles and towers of CAs are refused") {
  HostileRig rig;
  const Forged a = rig.files.Root("A");
  const Forged b = rig.files.Ca("B", a);
  CertificateSpec again = CaSpec("A", &b);
  again.key = a.key;
  rig.CheckRefused(rig.files.Device("dev-1", a),
                   {Forge(ValidNow(again)).certificate, b.certificate}, "CN=A");
  Forged issuer = rig.root;
  std::vector<Certificate> tower;
  for (std::size_t i = 0; i < limits::kPresentedChainMax; ++i) {
    issuer = rig.files.Ca("CA " + std::to_string(i), issuer);
    tower.push_back(issuer.certificate);
  }
  rig.CheckRefused(rig.files.Device("dev-1", issuer), tower,
                   "11 certificates are presented, 10 are allowed");
  rig.CheckUnharmed();
}

TEST_CASE("x509_hostile: certificates out of their time or trade are refused") {
  HostileRig rig;
  const UtcTime now = SystemClock().Now();
  CertificateSpec expired = LeafSpec("dev-1", &rig.ca);
  expired.not_before = now - hours(2);
  expired.not_after = now - hours(1);
  rig.CheckRefused(Forge(expired), {rig.ca.certificate}, "expired at");
  CertificateSpec early = LeafSpec("dev-1", &rig.ca);
  early.not_before = now + hours(1);
  early.not_after = now + hours(2);
  rig.CheckRefused(Forge(early), {rig.ca.certificate}, "is not valid before");

  CertificateSpec server = LeafSpec("dev-1", &rig.ca);
  server.extended_key_usage = "serverAuth";
  rig.CheckRefused(server, "clientAuth");
  CertificateSpec agreement = LeafSpec("dev-1", &rig.ca);
  agreement.key_usage = "critical,keyAgreement";
  rig.CheckRefused(agreement, "digitalSignature");
  CertificateSpec riddle = LeafSpec("dev-1", &rig.ca);
  riddle.unknown_critical_extension = true;
  rig.CheckRefused(riddle, "critical extension");
  rig.CheckRefused(rig.files.Device("dev-1", rig.device),
                   {rig.device.certificate, rig.ca.certificate},
                   "may not issue certificates");
  rig.CheckUnharmed();
}

TEST_CASE("x509_hostile: certificates that would cost too much are refused") {
  HostileRig rig;
  CertificateSpec huge_key = CaSpec("huge CA", &rig.root);
  huge_key.key = ForgeKey({.kind = KeyKind::kRsa, .bits = 16384});
  CertificateSpec below = LeafSpec("dev-1", &rig.ca);
  below.issuer_name = "huge CA";
  rig.CheckRefused(Forge(ValidNow(below)),
                   {Forge(ValidNow(huge_key)).certificate}, "RSA");
  CertificateSpec many_names = LeafSpec("dev-1", &rig.ca);
  many_names.alternative_names = 1000;
  rig.CheckRefused(many_names, "bytes");
  rig.CheckUnharmed();
}

TEST_CASE("x509_hostile: 10,000 alternative names are not even parsed") {
  HostileRig rig;
  CertificateSpec spec = LeafSpec("dev-1", &rig.ca);
  spec.alternative_names = 10'000;
  Endpoint endpoint = rig.files.As(rig.dps.broker().Tls(),
                                   Forge(ValidNow(spec)), {rig.ca.certificate});
  for (const int version : kTlsVersions) {
    endpoint.tls_version = version;
    CHECK(rig.Try(endpoint, kMqtt311) == kNoConnack);
  }
  rig.CheckFailed("excessive message size", 2);
  rig.CheckUnharmed();
}

TEST_CASE("x509_hostile: names that are no registration id are refused") {
  HostileRig rig;
  const auto check = [&](std::vector<std::string> names, const char* reason,
                         bool in_one_rdn = false) {
    CertificateSpec spec = LeafSpec("", &rig.ca);
    spec.common_names = std::move(names);
    spec.names_in_one_rdn = in_one_rdn;
    spec.organization = "Contoso";
    rig.CheckRefused(Forge(ValidNow(spec)), {rig.ca.certificate}, reason,
                     false);
  };
  check({std::string("dev-1\0", 6)}, "has a NUL in its common name");
  check({std::string("dev-1\0.example.com", 18)}, "dev-1\\00.example.com has");
  for (const char* name : {"dev-1/", "dev-1/x", "+", "#", "dev-1+", "dev-#",
                           "dev-1\n", " dev-1", "$dps"}) {
    CAPTURE(name);
    check({name}, "has no registration id as its common name");
  }
  check({}, "has no common name");
  check({""}, "has an empty common name");
  check({"dev-1", "dev-2"}, "CN=dev-2,CN=dev-1 has more than one common name");
  check({"dev-2", "dev-1"}, "CN=dev-1,CN=dev-2 has more than one common name");
  check({"dev-1", "dev-1"}, "CN=dev-1+CN=dev-1 has more than one common name",
        true);
  rig.CheckUnharmed();
}

TEST_CASE("x509_hostile: a certificate without its key opens nothing") {
  HostileRig rig;
  Endpoint endpoint =
      rig.files.As(rig.dps.broker().Tls(), WithStolenCertificate(rig.device),
                   {rig.ca.certificate});
  for (const int version : kTlsVersions) {
    endpoint.tls_version = version;
    CHECK(rig.Try(endpoint, kMqtt311) == kNoConnack);
  }
  rig.CheckFailed("bad signature", 2);
  rig.CheckUnharmed();
}

TEST_CASE("x509_hostile: garbage for a certificate ends in an alert") {
  HostileRig rig;
  EnrollCa(rig.dps.store(), "line-2", rig.ca.certificate);
  const std::size_t size = rig.device.certificate.Der().size();
  const auto outcome = [&](const Tampering& tamper) {
    return TamperedHandshake(rig.dps.broker().Tls(), rig.device, tamper);
  };
  // What stands before the certificate: its size, big-endian, three bytes.
  const auto with_size = [](std::string_view claimed) {
    return [=](std::string& bytes, std::size_t der_at) {
      bytes.replace(der_at - 3, 3, claimed);
    };
  };
  const auto with_bytes = [](std::size_t offset, const std::string& garbage) {
    return [=](std::string& bytes, std::size_t der_at) {
      bytes.replace(der_at + offset, garbage.size(), garbage);
    };
  };
  const Tampering tamperings[] = {
      with_bytes(0, std::string(size, '\xff')),
      with_bytes(0, std::string(size, '\0')),
      with_bytes(2, "\xff\xff"),  // the length within DER
      with_size("\xff\xff\xff"),
      with_size(std::string_view("\0\0\0", 3)),
      with_size(std::string_view("\0\0\1", 3)),
  };
  CHECK(outcome([](std::string&, std::size_t) {}) == "accepted");
  for (std::size_t i = 0; i < std::size(tamperings); ++i) {
    CAPTURE(i);
    CHECK(outcome(tamperings[i]) == "tlsv1 alert decode error");
  }
  rig.CheckFailed("", std::size(tamperings));
  const Tampering other_signature = [&](std::string& bytes, std::size_t at) {
    bytes[at + size - 1] ^= 1;
  };
  CHECK(outcome(other_signature) == "sslv3 alert bad certificate");
  CHECK(rig.dps.broker().WaitForLog("CN=dev-1 was not signed by CN=line-1 CA"));
  ++rig.refusals;
  rig.CheckUnharmed();
}

TEST_CASE("x509_hostile: a device cannot renegotiate to another certificate") {
  HostileRig rig;
  const Endpoint endpoint =
      rig.files.As(rig.dps.broker().Tls(), rig.device, {rig.ca.certificate});
  const auto probe = RunCommand(
      {.argv = {"openssl", "s_client", "-tls1_2", "-connect",
                "127.0.0.1:" + std::to_string(endpoint.port), "-CAfile",
                endpoint.ca_file, "-cert", endpoint.certificate_file,
                "-cert_chain", endpoint.certificate_file, "-key",
                endpoint.key_file},
       .input = "R\nQ\n"});
  REQUIRE(probe);
  CHECK((probe->out + probe->err).find("no renegotiation") !=
        std::string::npos);
  rig.CheckUnharmed();
}

}  // namespace dps

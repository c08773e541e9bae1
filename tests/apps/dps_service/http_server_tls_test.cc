// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <openssl/ssl.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/apps/dps_service/http_rig.h"
#include "tests/support/certificate_forge.h"
#include "tests/support/child_process.h"

namespace dps {
namespace {

// Answers with the certificates in base16.
HttpReply ShowCertificates(const HttpCall& call) {
  std::string shown;
  for (const std::string& der : call.client_certificates) {
    shown += HexEncode(der) + "\n";
  }
  return {.body = shown};
}

Endpoint With(const HttpRig& rig, const Forged& leaf,
              const std::string& others = "") {
  Endpoint endpoint = rig.Tls();
  endpoint.certificate_file =
      rig.directory.Write("client.crt", Pem(leaf.certificate) + others);
  endpoint.key_file = rig.directory.Write("client.key", KeyPem(leaf));
  return endpoint;
}

std::string Hex(const Forged& forged) {
  return HexEncode(forged.certificate.Der()) + "\n";
}

TEST_CASE("http_server: a client certificate is handed on unjudged") {
  const HttpRig rig({}, ShowCertificates);
  const Forged self_signed = Forge(LeafSpec("dev-01"));
  const Forged ca = Forge(CaSpec("a CA"));
  const Forged leaf = Forge(LeafSpec("dev-02", &ca));
  CertificateSpec past = LeafSpec("dev-03");
  past.not_before = kNoon - std::chrono::hours(48);
  past.not_after = kNoon - std::chrono::hours(24);
  const Forged expired = Forge(past);
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(version);
    for (const Forged* forged : {&self_signed, &expired}) {
      Endpoint endpoint = With(rig, *forged);
      endpoint.tls_version = version;
      RawClient client(endpoint);
      CHECK(client.Ask(kGet).body == Hex(*forged));
      CHECK(client.Ask(kGet).body == Hex(*forged));
    }
    Endpoint endpoint = With(rig, leaf, Pem(ca.certificate));
    endpoint.tls_version = version;
    CHECK(RawClient(endpoint).Ask(kGet).body == Hex(leaf) + Hex(ca));
    endpoint = rig.Tls();
    endpoint.tls_version = version;
    CHECK(RawClient(endpoint).Ask(kGet).body.empty());
  }
}

TEST_CASE("http_server: certificates of any key and purpose are handed on") {
  const HttpRig rig({}, ShowCertificates);
  const KeySpec keys[] = {{.kind = KeyKind::kEc, .curve = "P-384"},
                          {.kind = KeyKind::kEc, .curve = "P-521"},
                          {.kind = KeyKind::kEd25519},
                          {.kind = KeyKind::kRsa, .bits = 1024},
                          {.kind = KeyKind::kRsa, .bits = 4096}};
  std::vector<Forged> all;
  for (const KeySpec& key : keys) {
    CertificateSpec spec = LeafSpec("dev-01");
    spec.key = ForgeKey(key);
    if (key.kind == KeyKind::kEd25519) spec.digest = nullptr;
    all.push_back(Forge(spec));
  }
  CertificateSpec other = LeafSpec("dev-01");
  other.extended_key_usage = "critical,serverAuth";
  other.unknown_critical_extension = true;
  all.push_back(Forge(other));
  for (const Forged& forged : all) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      CAPTURE(version);
      CAPTURE(&forged - all.data());
      Endpoint endpoint = With(rig, forged);
      endpoint.tls_version = version;
      CHECK(RawClient(endpoint).Ask(kGet).body == Hex(forged));
    }
  }
}

TEST_CASE("http_server: a key that may not sign proves nothing") {
  const HttpRig rig({}, ShowCertificates);
  CertificateSpec spec = LeafSpec("dev-01");
  spec.key_usage = "critical,keyEncipherment";
  Endpoint endpoint = With(rig, Forge(spec));
  endpoint.tls_version = TLS1_2_VERSION;
  CHECK_FALSE(OpenStream(endpoint, Deadline()));
  // Here the client has done its part when the server looks at it.
  endpoint.tls_version = TLS1_3_VERSION;
  RawClient client(endpoint);
  client.TrySend(kGet);
  CHECK(client.Receive().status == 0);
}

TEST_CASE("http_server: clients are not told whose certificates to show") {
  const HttpRig rig;
  const auto shown =
      RunCommand({.argv = {"openssl", "s_client", "-connect",
                           "127.0.0.1:" + std::to_string(rig.server->port())}});
  REQUIRE(shown);
  CHECK(shown->out.find("No client certificate CA names sent") !=
        shown->out.npos);
  // It asked: what it takes is listed.
  CHECK(shown->out.find("Requested Signature Algorithms") != shown->out.npos);
}

TEST_CASE("http_server: TLS before 1.2 is refused") {
  const HttpRig rig;
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    Endpoint endpoint = rig.Tls();
    endpoint.tls_version = version;
    const auto stream = OpenStream(endpoint, Deadline());
    REQUIRE_FALSE(stream);
    CHECK(stream.error().code == Errc::kUnauthenticated);
  }
}

TEST_CASE("http_server: a certificate is renewed without a restart") {
  HttpRig rig;
  RawClient before(rig.Tls());
  const TempDir elsewhere;
  const auto renewed = MakeTestCa(elsewhere.path());
  REQUIRE(renewed);
  using std::filesystem::copy_options;
  for (const auto& [from, to] :
       {std::pair{renewed->certificate_file, rig.ca.certificate_file},
        std::pair{renewed->key_file, rig.ca.key_file}}) {
    std::filesystem::copy_file(from, to, copy_options::overwrite_existing);
  }
  rig.server->ReloadCertificate();
  CHECK_FALSE(OpenStream(rig.Tls(), Deadline()));
  Endpoint endpoint = rig.Tls();
  endpoint.ca_file = renewed->ca_file;
  CHECK(RawClient(endpoint).Ask(kGet).status == 200);
  CHECK(before.Ask(kGet).status == 200);
}

TEST_CASE("http_server: a broken new certificate leaves the old one") {
  HttpRig rig;
  rig.directory.Write("server.crt", "nonsense");
  rig.server->ReloadCertificate();
  CHECK(rig.log.Holds("https: the old certificate is kept: " +
                      rig.ca.certificate_file + ": no certificate in PEM"));
  CHECK(RawClient(rig.Tls()).Ask(kGet).status == 200);
}

TEST_CASE("http_server: files that cannot serve are named at the start") {
  const HttpRig rig;
  const Forged other = Forge(LeafSpec("other"));
  const std::string key = rig.directory.Write("other.key", KeyPem(other));
  const std::string bad = rig.directory.Write("bad", "nonsense");
  const std::string missing = rig.directory.File("missing");
  FakeLog log;
  const auto fails = [&](const std::string& certificate_file,
                         const std::string& key_file) {
    HttpServerOptions options = rig.options;
    options.certificate_file = certificate_file;
    options.key_file = key_file;
    const auto started = HttpServer::Start(options, Echo, log);
    REQUIRE_FALSE(started);
    CHECK(started.error().code == Errc::kUnavailable);
    return started.error().message;
  };
  const std::string& good = rig.ca.certificate_file;
  CHECK(fails(good, key) ==
        "the key in " + key + " is not that of the certificate in " + good);
  CHECK(fails(missing, key).find(missing) != std::string::npos);
  CHECK(fails(good, missing).find(missing) != std::string::npos);
  CHECK(fails(bad, key).starts_with(bad + ": no certificate in PEM"));
  CHECK(fails(good, bad).starts_with(bad + ": no unencrypted private key"));
}

}  // namespace
}  // namespace dps

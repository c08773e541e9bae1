// SPDX-License-Identifier: Apache-2.0
#include "plugin/tls_hook.h"

#include <doctest/doctest.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <thread>

#include "core/base/limits.h"
#include "tests/plugin/fake_gate.h"
#include "tests/support/loopback_ports.h"
#include "tests/support/tls_pair.h"

namespace dps {
namespace {

// Alerts, RFC 8446 section 6.
constexpr int kHandshakeFailure = 40;
constexpr int kBadCertificate = 42;
constexpr int kCertificateExpired = 45;
constexpr int kIllegalParameter = 47;
constexpr int kInternalError = 80;
constexpr int kCertificateRequired = 116;

// A device's certificate, its issuer's, and the root's.
struct Fleet {
  Forged root = Forge(CaSpec("root"));
  Forged ca = Forge(CaSpec("line-1", &root));
  Forged device = Forge(LeafSpec("dev-1", &ca));

  TlsClient Device(int version) const {
    return {
        .version = version, .certificate = &device, .others = {ca.certificate}};
  }
};

struct HookRig {
  explicit HookRig(TlsOptions options = {}) : hook(gate, std::move(options)) {}

  Peer PeerOf(TlsOutcome& outcome) {
    return hook.PeerOf(outcome.presented.release());
  }

  FakeGate gate;
  TlsHook hook;
  TlsServer server;  // its context must be younger than the hook
};

void ForBothVersions(const std::function<void(int)>& test) {
  for (const int version : kTlsVersions) {
    CAPTURE(version);
    test(version);
  }
}

}  // namespace

TEST_CASE("tls_hook: a client may have no certificate, and is asked for one") {
  ForBothVersions([](int version) {
    HookRig rig;
    TlsOutcome outcome = Meet(rig.server, {.version = version});
    CHECK(outcome.accepted);
    CHECK(outcome.asked);
    CHECK(outcome.ca_names == 0);
    CHECK(rig.gate.seen.empty());
    const Peer peer = rig.PeerOf(outcome);
    CHECK(peer.voucher == Voucher::kNobody);
    CHECK_FALSE(peer.chain);
  });
}

TEST_CASE("tls_hook: an admitted certificate is shown later with its chain") {
  const Fleet fleet;
  ForBothVersions([&](int version) {
    HookRig rig;
    TlsOutcome outcome = Meet(rig.server, fleet.Device(version));
    CHECK(outcome.accepted);
    REQUIRE(rig.gate.seen.size() == 1);
    CHECK(rig.gate.seen[0].leaf == fleet.device.certificate);
    CHECK(rig.gate.refusals.empty());
    X509_up_ref(outcome.presented.get());
    CHECK(TlsHook::VoucherOf(outcome.presented.get()) == Voucher::kDps);
    const Peer peer = rig.PeerOf(outcome);
    CHECK(peer.voucher == Voucher::kDps);
    REQUIRE(peer.chain);
    CHECK(peer.chain->leaf == fleet.device.certificate);
    REQUIRE(peer.chain->others.size() == 1);
    CHECK(peer.chain->others[0] == fleet.ca.certificate);
  });
}

TEST_CASE("tls_hook: a refused certificate ends in the alert of its reason") {
  const Fleet fleet;
  struct {
    Errc code;
    int alert;
  } const kRows[] = {{Errc::kUnauthenticated, kUnknownCa},
                     {Errc::kInvalidCertificate, kBadCertificate},
                     {Errc::kUnavailable, kInternalError},
                     {Errc::kInternal, kInternalError}};
  ForBothVersions([&](int version) {
    for (const auto& row : kRows) {
      HookRig rig;
      rig.gate.verdict = Fail(row.code, "nobody knows it");
      const TlsOutcome outcome = Meet(rig.server, fleet.Device(version));
      CHECK_FALSE(outcome.accepted);
      CHECK(outcome.alert == row.alert);
      CHECK(rig.gate.refusals ==
            std::vector<std::string>{"127.0.0.1 nobody knows it"});
      CHECK(rig.gate.failures.empty());
    }
  });
}

TEST_CASE("tls_hook: an expired certificate is told so by the alert") {
  CertificateSpec spec = LeafSpec("dev-1");
  spec.not_after = SystemClock().Now() - std::chrono::hours(1);
  spec.not_before = spec.not_after - std::chrono::hours(1);
  const Forged device = Forge(spec);
  ForBothVersions([&](int version) {
    HookRig rig;
    rig.gate.verdict = Fail(Errc::kInvalidCertificate, "expired");
    CHECK(
        Meet(rig.server, {.version = version, .certificate = &device}).alert ==
        kCertificateExpired);
  });
}

TEST_CASE("tls_hook: a gate that throws refuses and harms nobody else") {
  const Fleet fleet;
  ForBothVersions([&](int version) {
    HookRig rig;
    rig.gate.throws = true;
    const TlsOutcome outcome = Meet(rig.server, fleet.Device(version));
    CHECK_FALSE(outcome.accepted);
    CHECK(outcome.alert == kInternalError);
    CHECK(rig.gate.refusals ==
          std::vector<std::string>{"127.0.0.1 out of order"});
    CHECK(Meet(rig.server, {.version = version}).accepted);
  });
}

TEST_CASE("tls_hook: more certificates than the limit are not even read") {
  const Fleet fleet;
  const std::size_t enough =
      limits::kPresentedChainBytesMax / fleet.ca.certificate.Der().size();
  ForBothVersions([&](int version) {
    HookRig rig;
    TlsClient client = fleet.Device(version);
    client.others.assign(enough + 1, fleet.ca.certificate);
    const TlsOutcome outcome = Meet(rig.server, client);
    CHECK_FALSE(outcome.accepted);
    CHECK(outcome.alert == kIllegalParameter);
    CHECK(rig.gate.seen.empty());
    CHECK(rig.gate.failures ==
          std::vector<std::string>{"127.0.0.1 excessive message size"});
  });
}

TEST_CASE("tls_hook: of more certificates than allowed none reaches the gate") {
  const Fleet fleet;
  ForBothVersions([&](int version) {
    HookRig rig({.chain_max = 2});
    CHECK(Meet(rig.server, fleet.Device(version)).accepted);
    TlsClient client = fleet.Device(version);
    client.others.push_back(fleet.root.certificate);
    const TlsOutcome outcome = Meet(rig.server, client);
    CHECK_FALSE(outcome.accepted);
    CHECK(outcome.alert == kBadCertificate);
    CHECK(rig.gate.seen.size() == 1);
    CHECK(rig.gate.refusals ==
          std::vector<std::string>{
              "127.0.0.1 3 certificates are presented, 2 are allowed"});
    // What the listener itself trusts is its own affair.
    rig.server.DemandCertificatesOf(fleet.root.certificate);
    CHECK(Meet(rig.server, client).accepted);
  });
}

TEST_CASE("tls_hook: a listener that demands a certificate goes on doing so") {
  const Fleet fleet;
  ForBothVersions([&](int version) {
    HookRig rig;
    rig.server.DemandCertificatesOf(fleet.root.certificate);
    const TlsOutcome outcome = Meet(rig.server, {.version = version});
    CHECK_FALSE(outcome.accepted);
    CHECK(outcome.alert == (version == TLS1_3_VERSION ? kCertificateRequired
                                                      : kHandshakeFailure));
    CHECK(rig.gate.failures ==
          std::vector<std::string>{
              "127.0.0.1 peer did not return a certificate"});
  });
}

TEST_CASE(
    "tls_hook: what a demanding listener trusts passes without the gate") {
  const Fleet fleet;
  ForBothVersions([&](int version) {
    HookRig rig;
    rig.gate.verdict = Fail(Errc::kUnauthenticated, "not enrolled");
    rig.server.DemandCertificatesOf(fleet.root.certificate);
    TlsOutcome outcome = Meet(rig.server, fleet.Device(version));
    CHECK(outcome.accepted);
    CHECK(rig.gate.seen.empty());
    const Peer peer = rig.PeerOf(outcome);
    CHECK(peer.voucher == Voucher::kListener);
    REQUIRE(peer.chain);
    CHECK(peer.chain->others.size() == 1);
  });
}

TEST_CASE("tls_hook: a listed one takes what an enrollment accepts") {
  const Fleet fleet;
  const Forged stranger = Forge(CaSpec("somebody's CA"));
  ForBothVersions([&](int version) {
    FakeGate gate;
    const auto ports = FreeLoopbackPorts(1);
    const TlsHook hook(gate, {.ports = ports});
    TlsServer server(ports[0]);
    server.DemandCertificatesOf(stranger.certificate);
    TlsOutcome outcome = Meet(server, fleet.Device(version));
    CHECK(outcome.accepted);
    CHECK(hook.PeerOf(outcome.presented.release()).voucher == Voucher::kDps);

    gate.verdict = Fail(Errc::kUnauthenticated, "not enrolled");
    const TlsOutcome refused = Meet(server, fleet.Device(version));
    CHECK_FALSE(refused.accepted);
    CHECK(refused.alert == kUnknownCa);
    CHECK(gate.refusals.size() == 1);
  });
}

TEST_CASE("tls_hook: one that is not listed keeps to its own CAs") {
  const Fleet fleet;
  const Forged stranger = Forge(CaSpec("somebody's CA"));
  ForBothVersions([&](int version) {
    HookRig rig;
    const TlsOutcome before = Meet(rig.server, fleet.Device(version));
    REQUIRE(before.accepted);
    rig.gate.seen.clear();
    // As a reload may do.
    rig.server.DemandCertificatesOf(stranger.certificate);
    const TlsOutcome refused = Meet(rig.server, fleet.Device(version));
    CHECK_FALSE(refused.accepted);
    CHECK(rig.gate.refusals.size() == 1);
    TlsClient again = fleet.Device(version);
    again.session = before.session.get();
    CHECK_FALSE(Meet(rig.server, again).accepted);
    CHECK(rig.gate.seen.empty());
  });
}

TEST_CASE("tls_hook: a port that is not listed behaves as without the hook") {
  const Fleet fleet;
  ForBothVersions([&](int version) {
    HookRig rig({.ports = {1}});
    const TlsOutcome outcome = Meet(rig.server, fleet.Device(version));
    CHECK(outcome.accepted);
    CHECK_FALSE(outcome.asked);
    CHECK(outcome.presented == nullptr);
    REQUIRE(outcome.session != nullptr);
    CHECK(
        Meet(rig.server, {.version = version, .session = outcome.session.get()})
            .resumed);
    CHECK(SSL_CTX_get_session_cache_mode(rig.server.context()) ==
          SSL_SESS_CACHE_SERVER);
  });
}

TEST_CASE("tls_hook: of two listeners only the listed port asks") {
  const Fleet fleet;
  FakeGate gate;
  const auto ports = FreeLoopbackPorts(2);
  const TlsHook hook(gate, {.ports = {ports[0]}});
  const TlsServer listed(ports[0]);
  const TlsServer other(ports[1]);
  CHECK(Meet(listed, fleet.Device(TLS1_3_VERSION)).asked);
  CHECK_FALSE(Meet(other, fleet.Device(TLS1_3_VERSION)).asked);
  CHECK(gate.seen.size() == 1);
}

TEST_CASE("tls_hook: clients and other threads' servers are none of its own") {
  const Fleet fleet;
  FakeGate gate;
  const TlsHook hook(gate, {});
  const SslContextHandle client(SSL_CTX_new(TLS_client_method()));
  CHECK_FALSE(TlsHook::SawContext());
  const TlsServer server;
  CHECK(TlsHook::SawContext());
  TlsOutcome elsewhere;
  std::thread([&] {
    elsewhere = Meet(server, fleet.Device(TLS1_3_VERSION));
  }).join();
  CHECK_FALSE(elsewhere.asked);
  CHECK(Meet(server, fleet.Device(TLS1_3_VERSION)).asked);
}

TEST_CASE("tls_hook: a certificate of another OpenSSL is never touched") {
  FakeGate gate;
  const TlsHook hook(gate, {});
  const TlsServer server;
  char not_a_certificate = 0;
  CHECK(TlsHook::VoucherOf(&not_a_certificate) == Voucher::kUnjudged);
  const Peer peer = hook.PeerOf(&not_a_certificate);
  CHECK(peer.voucher == Voucher::kUnjudged);
  CHECK_FALSE(peer.chain);
}

TEST_CASE("tls_hook: switched off, it sees listeners and asks nobody") {
  const Fleet fleet;
  FakeGate gate;
  const TlsHook hook(gate, {.hooked = false});
  CHECK_FALSE(TlsHook::SawContext());
  const TlsServer server;
  CHECK(TlsHook::SawContext());
  CHECK_FALSE(Meet(server, fleet.Device(TLS1_3_VERSION)).asked);
}

TEST_CASE("tls_hook: a second hello after a retry request changes nothing") {
  const Fleet fleet;
  HookRig rig;
  SSL_CTX_set1_groups_list(rig.server.context(), "P-384");
  TlsClient client = fleet.Device(TLS1_3_VERSION);
  client.groups = "X25519:P-384";
  CHECK(Meet(rig.server, client).accepted);
  CHECK(rig.gate.seen.size() == 1);
}

TEST_CASE("tls_hook: nobody becomes somebody else by renegotiation") {
  const Fleet fleet;
  HookRig rig;
  const TlsOutcome outcome =
      Meet(rig.server, fleet.Device(TLS1_2_VERSION), /*renegotiate=*/true);
  CHECK(outcome.accepted);
  CHECK_FALSE(outcome.renegotiated);
}

TEST_CASE(
    "tls_hook: without a hook its callbacks let nobody's certificate in") {
  const Fleet fleet;
  ForBothVersions([&](int version) {
    FakeGate gate;
    auto hook = std::make_unique<TlsHook>(gate, TlsOptions{});
    const TlsServer plain;
    TlsServer demanding;
    demanding.DemandCertificatesOf(fleet.root.certificate);
    TlsOutcome before = Meet(plain, fleet.Device(version));
    REQUIRE(before.accepted);
    REQUIRE(Meet(demanding, fleet.Device(version)).accepted);
    hook.reset();
    TlsClient again = fleet.Device(version);
    again.session = before.session.get();
    const TlsOutcome after = Meet(plain, again);
    CHECK(after.accepted);
    CHECK_FALSE(after.resumed);
    CHECK_FALSE(after.asked);
    CHECK_FALSE(Meet(demanding, fleet.Device(version)).accepted);
  });
}

TEST_CASE(
    "tls_hook: an unjudged certificate is a riddle where all are judged") {
  const Fleet fleet;
  FakeGate gate;
  const TlsHook hook(gate, {});
  Meet(TlsServer(), {});
  X509* leaf = fleet.device.certificate.get();
  X509_up_ref(leaf);
  const Peer peer = hook.PeerOf(leaf);
  CHECK(peer.voucher == Voucher::kUnjudged);
  CHECK_FALSE(peer.chain);
}

TEST_CASE("tls_hook: elsewhere an unjudged certificate is a chain by itself") {
  const Fleet fleet;
  for (const TlsOptions& options :
       {TlsOptions{.hooked = false}, TlsOptions{.ports = {8883}}}) {
    FakeGate gate;
    const TlsHook hook(gate, options);
    Meet(TlsServer(), {});
    X509* leaf = fleet.device.certificate.get();
    X509_up_ref(leaf);
    const Peer peer = hook.PeerOf(leaf);
    CHECK(peer.voucher == Voucher::kUnjudged);
    REQUIRE(peer.chain);
    CHECK(peer.chain->leaf == fleet.device.certificate);
    CHECK(peer.chain->others.empty());
  }
}

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
// Resumed sessions: never older than their verdict.
#include <doctest/doctest.h>

#include <cstdint>
#include <string>

#include "core/base/limits.h"
#include "plugin/tls_hook.h"
#include "tests/plugin/fake_gate.h"
#include "tests/support/tls_pair.h"

namespace dps {
namespace {

struct ResumptionRig {
  explicit ResumptionRig(int tls_version, TlsOptions options = {})
      : version(tls_version), hook(gate, std::move(options)) {}

  TlsOutcome Connect(SSL_SESSION* session = nullptr) {
    return Meet(server, {.version = version,
                         .certificate = &device,
                         .others = others,
                         .session = session});
  }
  TlsOutcome ConnectBare(SSL_SESSION* session = nullptr) {
    return Meet(server, {.version = version, .session = session});
  }

  const int version;
  FakeGate gate;
  TlsHook hook;
  TlsServer server;
  Forged root = Forge(CaSpec("root"));
  Forged ca = Forge(CaSpec("line-1", &root));
  Forged device = Forge(LeafSpec("dev-1", &ca));
  std::vector<Certificate> others{ca.certificate, root.certificate};
};

}  // namespace

TEST_CASE(
    "tls_hook_resumption: an enrolled device resumes and is judged by its "
    "chain") {
  for (const int version : kTlsVersions) {
    CAPTURE(version);
    ResumptionRig rig(version);
    TlsOutcome first = rig.Connect();
    REQUIRE(first.session != nullptr);
    TlsOutcome second = rig.Connect(first.session.get());
    CHECK(second.accepted);
    CHECK(second.resumed);
    REQUIRE(rig.gate.seen.size() == 2);
    CHECK(rig.gate.seen[1].leaf == rig.device.certificate);
    CHECK(rig.gate.seen[1].others == rig.others);
    const Peer peer = rig.hook.PeerOf(second.presented.release());
    CHECK(peer.voucher == Voucher::kDps);
    REQUIRE(peer.chain);
    CHECK(peer.chain->others == rig.others);

    REQUIRE(second.session != nullptr);
    TlsOutcome third = rig.Connect(second.session.get());
    CHECK(third.resumed);
    CHECK(rig.hook.PeerOf(third.presented.release()).chain->others ==
          rig.others);
  }
}

TEST_CASE(
    "tls_hook_resumption: a device removed since is refused, session or not") {
  for (const int version : kTlsVersions) {
    CAPTURE(version);
    ResumptionRig rig(version);
    const TlsOutcome first = rig.Connect();
    REQUIRE(first.session != nullptr);
    rig.gate.verdict = Fail(Errc::kUnauthenticated, "removed");
    const TlsOutcome second = rig.Connect(first.session.get());
    CHECK_FALSE(second.accepted);
    CHECK_FALSE(second.resumed);
    CHECK(second.alert == kUnknownCa);
    CHECK(rig.gate.refusals.size() == 1);  // told once, by the full handshake
    CHECK_FALSE(rig.ConnectBare(first.session.get()).resumed);
  }
}

TEST_CASE(
    "tls_hook_resumption: a gate that throws at a ticket starts a full "
    "handshake") {
  for (const int version : kTlsVersions) {
    CAPTURE(version);
    ResumptionRig rig(version);
    const TlsOutcome first = rig.Connect();
    rig.gate.throws = true;
    const TlsOutcome second = rig.Connect(first.session.get());
    CHECK_FALSE(second.resumed);
    CHECK_FALSE(second.accepted);
  }
}

TEST_CASE(
    "tls_hook_resumption: a client without a certificate resumes as without") {
  for (const int version : kTlsVersions) {
    CAPTURE(version);
    ResumptionRig rig(version);
    const TlsOutcome first = rig.ConnectBare();
    REQUIRE(first.session != nullptr);
    TlsOutcome second = rig.ConnectBare(first.session.get());
    CHECK(second.resumed);
    CHECK(second.presented == nullptr);
    CHECK(rig.gate.seen.empty());
  }
}

TEST_CASE(
    "tls_hook_resumption: a listener that demands certificates since resumes "
    "none") {
  for (const int version : kTlsVersions) {
    CAPTURE(version);
    ResumptionRig rig(version);
    const TlsOutcome first = rig.ConnectBare();
    rig.server.DemandCertificatesOf(rig.root.certificate);
    const TlsOutcome second = rig.ConnectBare(first.session.get());
    CHECK_FALSE(second.resumed);
    CHECK_FALSE(second.accepted);
  }
}

TEST_CASE(
    "tls_hook_resumption: a chain too large for a ticket shakes hands in "
    "full") {
  for (const int version : kTlsVersions) {
    CAPTURE(version);
    ResumptionRig rig(version, {.chain_max = SIZE_MAX});
    const std::size_t size = rig.ca.certificate.Der().size();
    rig.others.assign(limits::kTicketChainBytesMax / size, rig.ca.certificate);
    const TlsOutcome fits = rig.Connect();
    CHECK(rig.Connect(fits.session.get()).resumed);
    rig.others.push_back(rig.ca.certificate);
    const TlsOutcome large = rig.Connect();
    CHECK(large.accepted);
    const TlsOutcome again = rig.Connect(large.session.get());
    CHECK(again.accepted);
    CHECK_FALSE(again.resumed);
  }
}

TEST_CASE(
    "tls_hook_resumption: what only the listener vouches for is never "
    "resumed") {
  for (const int version : kTlsVersions) {
    CAPTURE(version);
    ResumptionRig rig(version);
    rig.server.DemandCertificatesOf(rig.root.certificate);
    const TlsOutcome first = rig.Connect();
    REQUIRE(first.accepted);
    TlsOutcome second = rig.Connect(first.session.get());
    CHECK(second.accepted);
    CHECK_FALSE(second.resumed);
    CHECK(rig.hook.PeerOf(second.presented.release()).voucher ==
          Voucher::kListener);
  }
}

TEST_CASE("tls_hook_resumption: a ticket of another listener resumes nothing") {
  for (const int version : kTlsVersions) {
    CAPTURE(version);
    ResumptionRig rig(version);
    const TlsServer other;
    const TlsOutcome first = rig.Connect();
    const TlsOutcome second = Meet(other, {.version = version,
                                           .certificate = &rig.device,
                                           .session = first.session.get()});
    CHECK(second.accepted);
    CHECK_FALSE(second.resumed);
  }
}

TEST_CASE(
    "tls_hook_resumption: one ticket is given, and none when resumption is "
    "off") {
  for (const int version : kTlsVersions) {
    CAPTURE(version);
    ResumptionRig rig(version, {.resumption = false});
    const TlsOutcome first = rig.Connect();
    CHECK(first.accepted);
    CHECK(first.session == nullptr);
    CHECK(rig.ConnectBare().session == nullptr);
  }
}

TEST_CASE(
    "tls_hook_resumption: tickets that the operator forbade stay forbidden") {
  for (const int version : kTlsVersions) {
    CAPTURE(version);
    ResumptionRig rig(version);
    SSL_CTX_set_options(rig.server.context(), SSL_OP_NO_TICKET);
    const TlsOutcome first = rig.Connect();
    CHECK(first.accepted);
    CHECK(first.session == nullptr);
  }
}

}  // namespace dps

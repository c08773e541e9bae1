// SPDX-License-Identifier: Apache-2.0
#include "plugin/enrollment_gate.h"

#include <doctest/doctest.h>

#include "core/store/memory_store.h"
#include "tests/support/certificate_forge.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_log.h"
#include "tests/support/fleet.h"

namespace dps {
namespace {

// A gate before an instance with a group `x509`.
struct GateRig {
  GateRig() {
    AddInstance(store);
    EnrollmentGroup group = GroupOf("x509");
    group.terms.attestation =
        X509Attestation{.kind = X509Attestation::Kind::kSigningCertificates,
                        .primary = Enroll(ca.certificate)};
    Save(store, group);
  }

  FakeClock clock;
  FakeLog log;
  MemoryStore store;
  RegistrationWriter writer{
      store,
      clock,
      log,
      {.pending_max = 100, .linger = std::chrono::milliseconds(0)}};
  RegistrationService service{store, writer, clock, log, {}};
  EnrollmentGate gate{service, log};
  Forged ca = Forge(CaSpec("line-1"));
  PresentedChain chain{.leaf = Forge(LeafSpec("dev-1", &ca)).certificate,
                       .others = {}};
};

}  // namespace

TEST_CASE("enrollment_gate: open to what is enrolled, at every moment") {
  GateRig rig;
  CHECK(rig.gate.Admit(rig.chain));
  REQUIRE(rig.store.Commit({.changes = {Remove<EnrollmentGroup>{
                                TestScope(), "x509", Expect::Present()}}}));
  const Status after = rig.gate.Admit(rig.chain);
  REQUIRE_FALSE(after.has_value());
  CHECK(after.error().code == Errc::kUnauthenticated);
}

TEST_CASE(
    "enrollment_gate: one that is enrolled but bad is told from a stranger") {
  GateRig rig;
  CertificateSpec spec = LeafSpec("dev-1", &rig.ca);
  spec.not_after = kNoon - std::chrono::minutes(1);
  const PresentedChain expired{.leaf = Forge(spec).certificate, .others = {}};
  const Status admitted = rig.gate.Admit(expired);
  REQUIRE_FALSE(admitted.has_value());
  CHECK(admitted.error().code == Errc::kInvalidCertificate);
}

TEST_CASE("enrollment_gate: a refusal is a line with address and tracking id") {
  GateRig rig;
  rig.gate.OnRefused("10.0.0.7", {Errc::kUnauthenticated, "a stranger"});
  CHECK(rig.log.Holds(
      "certificate refused: address=10.0.0.7 reason=a stranger tracking="));
  rig.gate.OnFailed("10.0.0.8", "bad signature");
  CHECK(rig.log.Holds(
      "handshake failed: address=10.0.0.8 reason=bad signature tracking="));
}

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
// Clients that presented a certificate in TLS.
#include <doctest/doctest.h>

#include "core/store/memory_store.h"
#include "plugin/device_endpoint.h"
#include "tests/support/certificate_forge.h"
#include "tests/support/fake_broker.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_log.h"
#include "tests/support/fleet.h"

namespace dps {
namespace {

struct X509EndpointRig {
  X509EndpointRig() {
    AddInstance(store);
    Save(store, GroupOf("sas"));
    EnrollmentGroup group = GroupOf("x509");
    group.terms.attestation =
        X509Attestation{.kind = X509Attestation::Kind::kSigningCertificates,
                        .primary = Enroll(ca.certificate)};
    Save(store, group);
  }

  Client With(std::string_view name, Voucher voucher,
              const PresentedChain* presented) {
    return {.handle = &connection,
            .id = "dev-1",
            .username = name,
            .address = "127.0.0.1",
            .voucher = voucher,
            .chain = presented};
  }
  Client Device() { return With(username, Voucher::kDps, &chain); }

  const std::string username =
      std::string(kScopeText) + "/registrations/dev-1/api-version=2019-03-31";
  const std::string token =
      GroupTokenFor("dev-1", kNoon + std::chrono::hours(1));
  FakeClock clock;
  FakeLog log;
  MemoryStore store;
  FakeBroker broker;
  RegistrationWriter writer{
      store,
      clock,
      log,
      {.pending_max = 100, .linger = std::chrono::milliseconds(0)}};
  RegistrationService service{store, writer, clock, log, {}};
  DeviceEndpoint endpoint{service, broker, clock, log, {}, nullptr};
  int connection = 0;
  Forged ca = Forge(CaSpec("line-1"));
  Forged device = Forge(LeafSpec("dev-1", &ca));
  Forged other = Forge(LeafSpec("dev-1", &ca));
  PresentedChain chain{.leaf = device.certificate, .others = {}};
  PresentedChain other_chain{.leaf = other.certificate, .others = {}};
};

}  // namespace

TEST_CASE(
    "device_endpoint_x509: a certificate decides, whatever the password") {
  X509EndpointRig rig;
  for (const auto& password :
       {std::optional<std::string_view>(), std::optional<std::string_view>(""),
        std::optional<std::string_view>("junk")}) {
    CHECK(rig.endpoint.OnConnect(rig.Device(), password) == Verdict::kAllow);
    CHECK(rig.endpoint.IsDevice(&rig.connection));
    rig.endpoint.OnDisconnect(&rig.connection);
  }
  const Forged stranger = Forge(LeafSpec("dev-1"));
  const PresentedChain strange{.leaf = stranger.certificate, .others = {}};
  CHECK(rig.endpoint.OnConnect(
            rig.With(rig.username, Voucher::kListener, &strange), rig.token) ==
        Verdict::kDeny);
}

TEST_CASE(
    "device_endpoint_x509: a certificate that nobody judged lets no one in") {
  X509EndpointRig rig;
  CHECK(rig.endpoint.OnConnect(
            rig.With(rig.username, Voucher::kUnjudged, nullptr), rig.token) ==
        Verdict::kDeny);
  CHECK(rig.log.Holds("the certificate was not judged in the handshake"));
}

TEST_CASE(
    "device_endpoint_x509: a connected X.509 device is known again by its "
    "leaf") {
  X509EndpointRig rig;
  REQUIRE(rig.endpoint.OnConnect(rig.Device(), {}) == Verdict::kAllow);
  REQUIRE(rig.store.Commit({.changes = {Remove<EnrollmentGroup>{
                                TestScope(), "x509", Expect::Present()}}}));
  // As at a reload; what was removed since is told to its next request.
  CHECK(rig.endpoint.OnConnect(rig.Device(), {}) == Verdict::kAllow);
  CHECK(rig.endpoint.OnConnect(
            rig.With(rig.username, Voucher::kDps, &rig.other_chain), {}) ==
        Verdict::kDeny);
}

TEST_CASE(
    "device_endpoint_x509: a SAS device is not known again by a certificate") {
  X509EndpointRig rig;
  const Client sas = rig.With(rig.username, Voucher::kNobody, nullptr);
  REQUIRE(rig.endpoint.OnConnect(sas, rig.token) == Verdict::kAllow);
  CHECK(rig.endpoint.OnConnect(sas, rig.token) == Verdict::kAllow);
  CHECK(rig.endpoint.OnConnect(sas, {}) == Verdict::kDeny);
}

TEST_CASE("device_endpoint_x509: a device's certificate makes nobody a user") {
  X509EndpointRig rig;
  CHECK(rig.endpoint.OnConnect(rig.With("alice", Voucher::kDps, &rig.chain),
                               "secret") == Verdict::kDeny);
  CHECK(rig.endpoint.OnConnect(rig.With("", Voucher::kDps, &rig.chain), {}) ==
        Verdict::kDeny);
  CHECK(rig.endpoint.OnConnect(
            rig.With("alice", Voucher::kListener, &rig.chain), "secret") ==
        Verdict::kDefer);
  // Named by the broker, without a question.
  for (const Access access :
       {Access::kRead, Access::kWrite, Access::kSubscribe}) {
    CHECK(rig.endpoint.OnAccess(rig.With("alice", Voucher::kDps, nullptr),
                                access, "t", 0) == Verdict::kDeny);
    CHECK(rig.endpoint.OnAccess(
              rig.With(kNamelessUsername, Voucher::kNobody, nullptr), access,
              "t", 0) == Verdict::kDeny);
    CHECK(rig.endpoint.OnAccess(rig.With("alice", Voucher::kListener, nullptr),
                                access, "t", 0) == Verdict::kDefer);
  }
  CHECK(rig.endpoint.OnConnect(
            rig.With(kNamelessUsername, Voucher::kNobody, nullptr), {}) ==
        Verdict::kDeny);
}

}  // namespace dps

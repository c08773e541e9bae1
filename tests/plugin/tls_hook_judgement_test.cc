// SPDX-License-Identifier: Apache-2.0
#include "plugin/tls_hook_judgement.h"

#include <doctest/doctest.h>

#include <string>

#include "core/base/limits.h"
#include "tests/support/tls_pair.h"

namespace dps {
namespace {

// A client's session; its peer's certificate stands for a device's.
struct JudgedSession {
  JudgedSession() {
    ReserveJudgements();
    REQUIRE(session != nullptr);
  }
  SSL_SESSION* get() const { return session.get(); }
  X509* leaf() const { return SSL_SESSION_get0_peer(get()); }
  void Judge(Voucher voucher, std::vector<Certificate> others) const {
    REQUIRE(Attach(leaf(), {.voucher = voucher, .others = std::move(others)}));
  }
  Result<PresentedChain> Saved() const {
    CertificateCache cache(limits::kTicketCertificatesMax);
    return SavedChain(get(), cache);
  }
  // Whatever a ticket might bring back.
  void Holds(const std::string& data) const {
    REQUIRE(SSL_SESSION_set1_ticket_appdata(get(), data.data(), data.size()) ==
            1);
  }

  TlsServer server;
  SslSessionHandle session = Meet(server, {}).session;
};

}  // namespace

TEST_CASE("tls_hook_judgement: a judgement lives in its certificate") {
  const Forged device = Forge(LeafSpec("dev-1"));
  const Forged ca = Forge(CaSpec("line-1"));
  ReserveJudgements();
  X509* leaf = device.certificate.get();
  CHECK(JudgementOf(leaf) == nullptr);
  REQUIRE(Attach(leaf, {.voucher = Voucher::kDps, .others = {ca.certificate}}));
  REQUIRE(JudgementOf(leaf) != nullptr);
  CHECK(JudgementOf(leaf)->voucher == Voucher::kDps);
  CHECK(JudgementOf(leaf)->others == std::vector{ca.certificate});
  REQUIRE(Attach(leaf, {.voucher = Voucher::kListener, .others = {}}));
  CHECK(JudgementOf(leaf)->voucher == Voucher::kListener);
  CHECK(JudgementOf(leaf)->others.empty());
  CHECK(JudgementOf(ca.certificate.get()) == nullptr);
}

TEST_CASE("tls_hook_judgement: a session brings back leaf and chain in order") {
  const JudgedSession session;
  const Certificate root = Forge(CaSpec("root")).certificate;
  const Certificate ca = Forge(CaSpec("line-1")).certificate;
  session.Judge(Voucher::kDps, {ca, root});
  SaveChain(session.get());
  const auto chain = session.Saved();
  REQUIRE(chain);
  CHECK(chain->leaf.get() == session.leaf());
  CHECK(chain->others == std::vector{ca, root});
}

TEST_CASE("tls_hook_judgement: a leaf alone is a chain, too") {
  const JudgedSession session;
  session.Judge(Voucher::kDps, {});
  SaveChain(session.get());
  const auto chain = session.Saved();
  REQUIRE(chain);
  CHECK(chain->others.empty());
}

TEST_CASE("tls_hook_judgement: only an enrollment's word is saved") {
  for (const Voucher voucher :
       {Voucher::kNobody, Voucher::kListener, Voucher::kUnjudged}) {
    const JudgedSession session;
    session.Judge(voucher, {});
    SaveChain(session.get());
    CHECK(session.Saved().error().code == Errc::kUnauthenticated);
  }
  const JudgedSession unjudged;
  SaveChain(unjudged.get());
  CHECK_FALSE(unjudged.Saved());
}

TEST_CASE("tls_hook_judgement: a chain too large for a ticket is not saved") {
  const JudgedSession session;
  const Certificate ca = Forge(CaSpec("line-1")).certificate;
  const std::size_t fit = limits::kTicketChainBytesMax / ca.Der().size();
  session.Judge(Voucher::kDps, std::vector(fit, ca));
  SaveChain(session.get());
  CHECK(session.Saved().value().others.size() == fit);

  const JudgedSession larger;
  larger.Judge(Voucher::kDps, std::vector(fit + 1, ca));
  SaveChain(larger.get());
  CHECK(larger.Saved().error().code == Errc::kUnauthenticated);
}

TEST_CASE("tls_hook_judgement: a session with other data resumes nothing") {
  const JudgedSession session;
  const std::string der = Forge(CaSpec("line-1")).certificate.Der();
  for (const std::string& data :
       {std::string(), std::string("dps"), std::string("dps2") + der, der,
        "dps1" + der.substr(0, der.size() - 1), "dps1" + der + "x",
        std::string("dps1junk"), std::string("dps1\x30\x80\0\0", 8),
        std::string("dps1\x30\x84\x7f\xff\xff\xff", 10)}) {
    session.Holds(data);
    CHECK_FALSE(session.Saved());
  }
  session.Holds("dps1" + der);
  CHECK(session.Saved());
}

}  // namespace dps

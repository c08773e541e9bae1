// SPDX-License-Identifier: Apache-2.0
#include "core/registration/select_x509.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "core/attestation/device_certificate.h"
#include "core/attestation/refusal.h"
#include "core/base/limits.h"
#include "core/registration/revocation_check.h"

namespace dps {
namespace {

// Whose CA certificates may have issued one of the presented ones.
std::set<std::string> IssuersOf(const PresentedChain& chain) {
  std::set<std::string> issuers{chain.leaf.issuer_digest()};
  for (const Certificate& other : chain.others) {
    issuers.insert(other.issuer_digest());
  }
  return issuers;
}

std::vector<Certificate> CertificatesOf(const std::vector<Anchor>& anchors) {
  std::vector<Certificate> certificates;
  certificates.reserve(anchors.size());
  for (const Anchor& anchor : anchors) {
    certificates.push_back(anchor.certificate);
  }
  return certificates;
}

const Anchor& AnchorOf(const std::vector<Anchor>& anchors,
                       const Certificate& certificate) {
  return *std::ranges::find(anchors, certificate, &Anchor::certificate);
}

Status CheckVerified(const Anchor& anchor) {
  if (!anchor.unverified) return {};
  return Refuse("the chain ends at " + anchor.certificate.Subject() +
                ", but the certificate " + anchor.unverified->text() +
                " that group " + anchor.group->enrollment_group_id.text() +
                " refers to is not verified");
}

void Take(const RevocationRemarks& remarks, Selection& selection) {
  UtcTime& until = selection.acceptance.valid_until;
  until = std::min(until, remarks.valid_until);
  selection.remark = remarks.remark;
}

// The CA certificates with the name of an issuer in the chain, over all scopes.
struct Enrolled {
  std::map<IdScope, std::vector<Anchor>> by_scope;
  // Some were left out: more than limits::kAnchorsOfHandshakeMax of one name.
  bool is_cut = false;
};

Result<Enrolled> AnchorsByScope(Snapshot& snapshot, ConfigCache& cache,
                                const PresentedChain& chain) {
  Enrolled enrolled;
  for (const std::string& issuer : IssuersOf(chain)) {
    DPS_TRY(auto entries,
            snapshot.FindIndexed(IndexTerm::CaSubject(issuer), std::nullopt,
                                 limits::kAnchorsOfHandshakeMax + 1));
    if (entries.size() > limits::kAnchorsOfHandshakeMax) {
      enrolled.is_cut = true;
      entries.pop_back();
    }
    std::set<IdScope> scopes;
    for (const IndexEntry& entry : entries) scopes.insert(entry.scope);
    for (const IdScope& scope : scopes) {
      DPS_TRY(ScopeConfig * config, cache.At(snapshot, scope));
      DPS_TRY(const auto* found, config->anchors.OfSubject(snapshot, issuer));
      if (found->empty()) continue;
      std::vector<Anchor>& anchors = enrolled.by_scope[scope];
      anchors.insert(anchors.end(), found->begin(), found->end());
    }
  }
  return enrolled;
}

Status VerifyAny(VerifiedChains& verified, ChainVerifier& verifier,
                 const Enrolled& enrolled) {
  std::vector<Certificate> all;
  for (const auto& [scope, anchors] : enrolled.by_scope) {
    const auto certificates = CertificatesOf(anchors);
    all.insert(all.end(), certificates.begin(), certificates.end());
  }
  auto path = verified.Verify(verifier, all);
  if (path) return {};
  // A stranger's certificate, rather than a bad one of a device.
  if (all.empty()) path.error().code = Errc::kUnauthenticated;
  if (enrolled.by_scope.size() < 2 || verifier.signatures().is_exceeded()) {
    return Forward(std::move(path));
  }
  // One tenant's CA certificate may stand in the way of another's.
  for (const auto& [scope, anchors] : enrolled.by_scope) {
    auto of_scope = verified.Verify(verifier, CertificatesOf(anchors));
    if (of_scope) return {};
    if (verifier.signatures().is_exceeded()) {
      return Forward(std::move(of_scope));
    }
  }
  return Forward(std::move(path));
}

}  // namespace

Status CheckCertificateEvidence(const Proof& proof, const Moment& moment) {
  const auto& chain = std::get<PresentedChain>(proof.evidence);
  DPS_CHECK(CheckPresented(chain, moment.rules.certificates));
  DPS_TRY(const RegistrationId id, RegistrationIdOf(chain.leaf));
  if (id == proof.registration_id) return {};
  return Refuse("the certificate's common name is " + id.text() +
                ", the registration id " + proof.registration_id.text());
}

Result<Selection> SelectIndividualByCertificate(Snapshot& snapshot,
                                                IndividualEnrollment enrollment,
                                                const Proof& proof,
                                                const Moment& moment) {
  const Certificate& leaf = std::get<PresentedChain>(proof.evidence).leaf;
  const auto* x509 =
      std::get_if<X509Attestation>(&enrollment.terms.attestation);
  if (x509 == nullptr) {
    return Refuse(
        "the individual enrollment asks for a SAS token, the device sent a "
        "certificate");
  }
  const auto is_leaf = [&](const std::optional<EnrolledCertificate>& enrolled) {
    return enrolled && enrolled->thumbprint() == leaf.thumbprint();
  };
  if (!is_leaf(x509->primary) && !is_leaf(x509->secondary)) {
    return Refuse("the certificate " + leaf.thumbprint() +
                  " is neither the primary nor the secondary of the "
                  "individual enrollment");
  }
  DPS_CHECK(
      CheckDeviceCertificate(leaf, moment.rules.certificates, moment.now));
  Selection selection;
  selection.acceptance.valid_until = leaf.not_after();
  DPS_TRY(const RevocationRemarks remarks,
          CheckRevocations(snapshot, proof.id_scope, std::array{leaf}, moment));
  Take(remarks, selection);
  selection.individual = std::move(enrollment);
  return selection;
}

Result<Selection> SelectGroupByCertificate(Snapshot& snapshot,
                                           ScopeConfig& config,
                                           const Proof& proof,
                                           const Moment& moment) {
  const auto& chain = std::get<PresentedChain>(proof.evidence);
  std::vector<Anchor> anchors;
  for (const std::string& issuer : IssuersOf(chain)) {
    DPS_TRY(const auto* found, config.anchors.OfSubject(snapshot, issuer));
    anchors.insert(anchors.end(), found->begin(), found->end());
  }
  ChainVerifier verifier(chain, moment.rules.certificates, moment.now);
  const auto path =
      config.verified_chains->Verify(verifier, CertificatesOf(anchors));
  if (!path) {
    return Refuse(path.error().message + " (ID scope " + proof.id_scope.text() +
                  ")");
  }
  const Anchor& anchor = AnchorOf(anchors, path->back());
  DPS_CHECK(CheckVerified(anchor));
  Selection selection;
  selection.acceptance.group = anchor.group->enrollment_group_id;
  selection.acceptance.anchor = anchor.certificate;
  selection.group = anchor.group;
  for (const Certificate& certificate : *path) {
    selection.acceptance.valid_until =
        std::min(selection.acceptance.valid_until, certificate.not_after());
  }
  DPS_TRY(const RevocationRemarks remarks,
          CheckRevocations(snapshot, proof.id_scope, *path, moment));
  Take(remarks, selection);
  return selection;
}

Status AdmitCertificate(Snapshot& snapshot, ConfigCache& cache,
                        const PresentedChain& chain, const Moment& moment) {
  const CertificatePolicy& policy = moment.rules.certificates;
  DPS_CHECK(CheckPresented(chain, policy));
  DPS_TRY(const auto holders,
          snapshot.FindIndexed(IndexTerm::Thumbprint(chain.leaf.thumbprint()),
                               std::nullopt, limits::kAnchorsOfHandshakeMax));
  const bool is_enrolled =
      std::ranges::any_of(holders, [](const IndexEntry& holder) {
        return holder.kind == IndexedKind::kIndividualEnrollment;
      });
  if (is_enrolled) {
    return CheckDeviceCertificate(chain.leaf, policy, moment.now);
  }

  DPS_TRY(const Enrolled enrolled, AnchorsByScope(snapshot, cache, chain));
  ChainVerifier verifier(chain, policy, moment.now);
  auto admitted = VerifyAny(cache.verified_chains(), verifier, enrolled);
  if (!admitted && enrolled.is_cut) {
    admitted.error().message +=
        "; only the first " + std::to_string(limits::kAnchorsOfHandshakeMax) +
        " CA certificates enrolled under one name were looked at";
  }
  return admitted;
}

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
#include "core/registration/explain.h"

#include <algorithm>
#include <array>

#include "core/attestation/device_certificate.h"
#include "core/base/json.h"
#include "core/registration/config_cache.h"
#include "core/registration/select_x509.h"

namespace dps {
namespace {

Result<RegistrationId> RegistrationIdAsked(const ProofQuestion& question) {
  if (question.registration_id) return *question.registration_id;
  return RegistrationIdOf(std::get<PresentedChain>(question.evidence).leaf);
}

// Select() names the anchor only.
Result<std::vector<Certificate>> PathOf(const PresentedChain& chain,
                                        const Selection& selection,
                                        const Moment& moment) {
  const auto& anchor = selection.acceptance.anchor;
  if (!anchor) return std::vector{chain.leaf};
  return VerifyChain(chain, std::array{*anchor}, moment.rules.certificates,
                     moment.now);
}

// The verdict is judged anew at the end of a revocation list, too, which
// refuses nothing where an expired list still counts.
UtcTime EndOf(const ProofAcceptance& accepted, const Selection& selection,
              const Moment& moment) {
  if (accepted.path.empty() ||
      moment.rules.expired_list == ExpiredRevocationList::kRefuse) {
    return selection.acceptance.valid_until;
  }
  UtcTime end = UtcTime::max();
  for (const Certificate& each : accepted.path) {
    end = std::min(end, each.not_after());
  }
  return end;
}

Result<ProofAcceptance> Accepted(const Proof& proof, Selection selection,
                                 const Moment& moment) {
  ProofAcceptance accepted{
      .enrollment = {},
      .group = selection.acceptance.group,
      .provisioning_status = selection.terms().provisioning_status,
      .path = {},
      .valid_until = {},
      .remark = selection.remark};
  if (selection.individual) {
    accepted.enrollment = selection.individual->registration_id;
  }
  if (const auto* chain = std::get_if<PresentedChain>(&proof.evidence)) {
    DPS_TRY(accepted.path, PathOf(*chain, selection, moment));
  }
  const UtcTime end = EndOf(accepted, selection, moment);
  if (end != UtcTime::max()) accepted.valid_until = end;
  return accepted;
}

void WritePath(JsonWriter& json, const std::vector<Certificate>& path) {
  json.Key("path").StartArray();
  for (const Certificate& certificate : path) {
    json.StartObject();
    json.Member("subject", certificate.Info().subject_name);
    json.Member("thumbprint", certificate.thumbprint()).EndObject();
  }
  json.EndArray();
}

void WriteOutcome(JsonWriter& json, const ProofAcceptance& accepted) {
  json.Key("accepted").Bool(true);
  if (accepted.enrollment) {
    json.Member("enrollment", accepted.enrollment->text());
  }
  if (accepted.group) json.Member("enrollmentGroup", accepted.group->text());
  json.Member("provisioningStatus",
              accepted.provisioning_status == ProvisioningStatus::kEnabled
                  ? "enabled"
                  : "disabled");
  if (!accepted.path.empty()) WritePath(json, accepted.path);
  if (accepted.valid_until) {
    json.Member("validUntilUtc", FormatUtc(*accepted.valid_until));
  }
  json.MemberNonempty("remark", accepted.remark);
}

void WriteOutcome(JsonWriter& json, const ProofRefusal& refusal) {
  json.Key("accepted").Bool(false);
  json.Member("refusedAt", refusal.in_handshake ? "tlsHandshake" : "connect");
  json.Member("reason", refusal.reason);
}

}  // namespace

Result<ProofVerdict> Explain(Snapshot& snapshot, const ProofQuestion& question,
                             const Moment& moment) {
  ConfigCache cache;
  // Of a scope that is there: the handshake knows none.
  DPS_CHECK(cache.At(snapshot, question.id_scope));
  Status admitted;
  if (const auto* chain = std::get_if<PresentedChain>(&question.evidence)) {
    admitted = AdmitCertificate(snapshot, cache, *chain, moment);
    if (!admitted && !IsVerdict(admitted.error())) {
      return Forward(std::move(admitted));
    }
  }
  const auto refused = [&](const Error& error) {
    return ProofRefusal{.reason = error.message, .in_handshake = !admitted};
  };
  ProofVerdict verdict;
  const auto id = RegistrationIdAsked(question);
  if (!id) {
    verdict.outcome = refused(id.error());
    return verdict;
  }
  verdict.registration_id = *id;
  const Proof proof{question.id_scope, *id, question.evidence};
  DPS_TRY(ScopeConfig * config, cache.At(snapshot, question.id_scope));
  auto selection = Select(snapshot, *config, proof, moment);
  if (!selection && !IsVerdict(selection.error())) {
    return Forward(std::move(selection));
  }
  if (!selection || !admitted) {
    verdict.outcome = refused(selection ? admitted.error() : selection.error());
    return verdict;
  }
  DPS_TRY(verdict.outcome, Accepted(proof, *std::move(selection), moment));
  return verdict;
}

std::string ToJson(const ProofVerdict& verdict) {
  JsonWriter json;
  json.StartObject();
  if (verdict.registration_id) {
    json.Member("registrationId", verdict.registration_id->text());
  }
  std::visit([&](const auto& outcome) { WriteOutcome(json, outcome); },
             verdict.outcome);
  return json.EndObject().Take();
}

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
#include "core/registration/anchors.h"

#include <algorithm>
#include <variant>

#include "core/base/limits.h"

namespace dps {
namespace {

bool IsDisabled(const Anchor& anchor) {
  return anchor.group->terms.provisioning_status ==
         ProvisioningStatus::kDisabled;
}

}  // namespace

AnchorBook::AnchorBook(IdScope scope, std::uint64_t config_version,
                       AnchorMemory& memory)
    : scope_(std::move(scope)),
      place_(scope_.text() + '/' + std::to_string(config_version) + '/'),
      memory_(&memory) {}

Result<const std::vector<Anchor>*> AnchorBook::OfSubject(
    Snapshot& snapshot, const std::string& subject_digest) {
  static const std::vector<Anchor> none;
  const std::string key = place_ + subject_digest;
  if (const auto* known = memory_->by_subject.Find(key)) return known;
  DPS_TRY(auto anchors, Load(snapshot, subject_digest));
  // Strangers' names are not remembered: there is no end of them.
  if (anchors.empty()) return &none;
  return &memory_->by_subject.Insert(key, std::move(anchors));
}

Result<SharedGroup> AnchorBook::Group(Snapshot& snapshot,
                                      const EnrollmentGroupId& id) {
  const std::string key = place_ + id.key();
  if (const auto* known = memory_->groups.Find(key)) return *known;
  DPS_TRY(auto group, snapshot.FindEnrollmentGroup(scope_, id));
  if (!group) return nullptr;
  return memory_->groups.Insert(
      key, std::make_shared<const EnrollmentGroup>(*std::move(group)));
}

Result<std::vector<Anchor>> AnchorBook::Load(
    Snapshot& snapshot, const std::string& subject_digest) {
  DPS_TRY(const auto entries,
          snapshot.FindIndexed(IndexTerm::CaSubject(subject_digest), scope_,
                               limits::kCaCertificatesOfSubjectMax));
  std::vector<Anchor> anchors;
  for (const IndexEntry& entry : entries) {
    if (entry.kind == IndexedKind::kCaCertificate) {
      DPS_CHECK(AddReferences(snapshot, entry.key, anchors));
      continue;
    }
    DPS_TRY(const auto id, EnrollmentGroupId::Parse(entry.key));
    DPS_TRY(const SharedGroup group, Group(snapshot, id));
    if (group == nullptr) continue;
    const auto& x509 = std::get<X509Attestation>(group->terms.attestation);
    for (const auto& signing : {x509.primary, x509.secondary}) {
      if (!signing || signing->thumbprint() != entry.thumbprint) continue;
      DPS_TRY(Certificate certificate, ToCertificate(*signing));
      anchors.push_back({std::move(certificate), group, std::nullopt});
      break;
    }
  }
  std::stable_partition(anchors.begin(), anchors.end(), IsDisabled);
  return anchors;
}

Status AnchorBook::AddReferences(Snapshot& snapshot, const std::string& name,
                                 std::vector<Anchor>& anchors) {
  DPS_TRY(const auto parsed, CertificateName::Parse(name));
  DPS_TRY(const auto referring,
          snapshot.FindIndexed(IndexTerm::CaReference(parsed), scope_, 1));
  if (referring.empty()) return {};
  DPS_TRY(const auto stored, snapshot.FindCaCertificate(scope_, parsed));
  DPS_TRY(const auto id, EnrollmentGroupId::Parse(referring.front().key));
  DPS_TRY(const SharedGroup group, Group(snapshot, id));
  if (!stored || group == nullptr) return {};
  DPS_TRY(Certificate certificate, ToCertificate(stored->certificate));
  Anchor anchor{std::move(certificate), group, std::nullopt};
  if (!stored->is_verified) anchor.unverified = stored->name;
  anchors.push_back(std::move(anchor));
  return {};
}

}  // namespace dps

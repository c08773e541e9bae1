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
    DPS_CHECK(entry.kind == IndexedKind::kCaCertificate
                  ? AddReferences(snapshot, entry, anchors)
                  : AddSigning(snapshot, entry, anchors));
  }
  std::stable_partition(anchors.begin(), anchors.end(), IsDisabled);
  return anchors;
}

Status AnchorBook::AddSigning(Snapshot& snapshot, const IndexEntry& entry,
                              std::vector<Anchor>& anchors) {
  DPS_TRY(const auto id, GroupIdOf(entry));
  DPS_TRY(const SharedGroup group, Group(snapshot, id));
  if (group == nullptr) return {};
  const auto* x509 = std::get_if<X509Attestation>(&group->terms.attestation);
  if (x509 == nullptr) return {};
  for (const auto* signing : {&x509->primary, &x509->secondary}) {
    if (!*signing || (*signing)->thumbprint() != entry.thumbprint) continue;
    DPS_TRY(Certificate certificate,
            ToCertificate(**signing, memory_->certificates));
    anchors.push_back({std::move(certificate), group, std::nullopt});
    break;
  }
  return {};
}

Status AnchorBook::AddReferences(Snapshot& snapshot, const IndexEntry& entry,
                                 std::vector<Anchor>& anchors) {
  DPS_TRY(const auto name, CertificateNameOf(entry));
  DPS_TRY(const auto referring,
          snapshot.FindIndexed(IndexTerm::CaReference(name), scope_, 1));
  if (referring.empty()) return {};
  DPS_TRY(const auto stored, snapshot.FindCaCertificate(scope_, name));
  DPS_TRY(const auto id, GroupIdOf(referring.front()));
  DPS_TRY(const SharedGroup group, Group(snapshot, id));
  if (!stored || group == nullptr) return {};
  DPS_TRY(Certificate certificate,
          ToCertificate(stored->certificate, memory_->certificates));
  Anchor anchor{std::move(certificate), group, std::nullopt};
  if (!stored->is_verified) anchor.unverified = stored->name;
  anchors.push_back(std::move(anchor));
  return {};
}

}  // namespace dps

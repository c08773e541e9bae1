// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/certificate_notes.h"

#include <optional>

#include "apps/dpsctl/output.h"

namespace dps {
namespace {

// What an enrollment accepts, if that is one certificate alone.
struct OnlyCertificate {
  X509Attestation::Kind kind;
  std::string identity;
  std::string name;
};

std::optional<OnlyCertificate> OnlyOf(const Attestation& attestation) {
  const auto* x509 = std::get_if<X509Attestation>(&attestation);
  if (x509 == nullptr) return std::nullopt;
  std::optional<OnlyCertificate> only;
  for (const auto* slot : {&x509->primary, &x509->secondary}) {
    if (!*slot) continue;
    if (only) return std::nullopt;
    only = {x509->kind, (*slot)->thumbprint(), (*slot)->info.subject_name};
  }
  for (const auto* name : {&x509->primary_ca, &x509->secondary_ca}) {
    if (!*name) continue;
    if (only) return std::nullopt;
    only = {x509->kind, (*name)->key(), (*name)->text()};
  }
  return only;
}

}  // namespace

void NoteDates(const CertificateInfo& info, UtcTime now) {
  if (now < info.not_before) {
    PrintNote("note: " + info.subject_name + " is not valid before " +
              FormatUtc(info.not_before));
  } else if (now >= info.not_after + std::chrono::seconds(1)) {
    PrintNote("note: " + info.subject_name + " expired at " +
              FormatUtc(info.not_after));
  }
}

void NoteDates(const AttestationWish& wish, UtcTime now) {
  for (const auto* slot : {&wish.x509.primary, &wish.x509.secondary}) {
    if (*slot) NoteDates((*slot)->info, now);
  }
}

void NoteReplaced(const Attestation& before, const Attestation& after) {
  const auto old_one = OnlyOf(before);
  const auto new_one = OnlyOf(after);
  if (!old_one || !new_one || old_one->kind != new_one->kind ||
      old_one->identity == new_one->identity) {
    return;
  }
  PrintNote("note: the only certificate " + old_one->name +
            " was replaced; devices that have it are refused from now on");
}

}  // namespace dps

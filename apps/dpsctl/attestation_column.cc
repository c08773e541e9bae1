// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/attestation_column.h"

#include "core/model/attestation.h"

namespace dps {
namespace {

std::string TextOf(const X509Attestation& x509) {
  std::string text;
  const auto add = [&](const std::string& name) {
    text += (text.empty() ? "x509 " : ", ") + name;
  };
  for (const auto* slot : {&x509.primary, &x509.secondary}) {
    if (*slot) add((*slot)->info.subject_name);
  }
  for (const auto* name : {&x509.primary_ca, &x509.secondary_ca}) {
    if (*name) add("ca:" + (*name)->text());
  }
  return text;
}

}  // namespace

std::string AttestationCell(JsonView row) {
  const auto member = row.Find("attestation");
  if (!member || !member->IsObject()) return "";
  const auto attestation = ParseAttestation(*member);
  if (!attestation) return "";
  const auto* x509 = std::get_if<X509Attestation>(&*attestation);
  return x509 == nullptr ? "symmetricKey" : TextOf(*x509);
}

}  // namespace dps

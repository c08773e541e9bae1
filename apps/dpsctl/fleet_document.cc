// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/fleet_document.h"

#include <utility>

#include "apps/dpsctl/fleet_difference.h"
#include "core/base/text.h"
#include "core/http/target.h"
#include "core/model/access_policy.h"
#include "core/model/ca_certificate.h"
#include "core/model/enrollment.h"
#include "core/model/instance.h"
#include "core/model/linked_hub.h"
#include "core/service_api/attestations.h"
#include "core/service_api/connectors.h"

namespace dps {
namespace {

using CertificateSlot = std::optional<EnrolledCertificate>;

// What tells nothing of a document's wish.
template <class Document>
void ForgetHistory(Document& document) {
  document.etag_text.clear();
  document.created = {};
  document.last_updated = {};
}
template <class Document>
void ForgetHistoryOfTerms(Document& document) {
  document.terms.etag.clear();
  document.terms.created = {};
  document.terms.last_updated = {};
}

// Of an instance only its settings are looked at.
Result<Instance> SettingsOf(const std::string& json) {
  DPS_TRY(const JsonDocument document, JsonDocument::ParseObject(json));
  DPS_TRY(const IdScope any, IdScope::Parse("any"));
  Instance instance{.name = "any", .id_scope = any};
  DPS_CHECK(ApplySettings(document.root(), instance));
  return instance;
}

// What the service judges of a CA certificate.
struct WishedCertificate {
  std::string thumbprint;  // empty: not given
  std::optional<bool> is_verified;
};

Result<WishedCertificate> ParseWishedCertificate(const std::string& json) {
  DPS_TRY(const JsonDocument document, JsonDocument::ParseObject(json));
  const JsonView root = document.root();
  DPS_TRY(const std::string name, root.String("name"));
  DPS_CHECK(CertificateName::Parse(name));
  WishedCertificate wished;
  DPS_TRY(wished.is_verified, root.OptionalBool("isVerified"));
  DPS_TRY(const auto text, root.OptionalString("certificate"));
  if (!text) return wished;
  DPS_TRY(const Certificate certificate, Certificate::Parse(*text));
  DPS_CHECK(CheckIsCa(certificate));
  wished.thumbprint = certificate.thumbprint();
  return wished;
}

Status CheckTerms(const EnrollmentTerms& terms) {
  if (terms.custom_allocation) {
    const auto target = HttpTarget::Parse(terms.custom_allocation->webhook_url);
    if (!target) {
      return Fail(Errc::kInvalidArgument,
                  "webhookUrl: " + target.error().message);
    }
  }
  const auto* x509 = std::get_if<X509Attestation>(&terms.attestation);
  if (x509 == nullptr ||
      x509->kind != X509Attestation::Kind::kSigningCertificates) {
    return {};
  }
  for (const CertificateSlot* slot : {&x509->primary, &x509->secondary}) {
    if (!*slot || (*slot)->der.empty()) continue;
    DPS_TRY(const Certificate certificate, ToCertificate(**slot));
    DPS_CHECK(CheckIsCa(certificate));
  }
  return {};
}

Status CheckLinkedHub(const std::string& json) {
  DPS_TRY(const LinkedHub hub, ParseLinkedHub(json));
  return CheckConnector(hub.connector);
}

Status CheckEnrollment(const std::string& json) {
  DPS_TRY(const IndividualEnrollment enrollment,
          ParseIndividualEnrollment(json));
  DPS_CHECK(CheckTerms(enrollment.terms));
  const Attestation& attestation = enrollment.terms.attestation;
  const auto* x509 = std::get_if<X509Attestation>(&attestation);
  const auto is_whole = [](const CertificateSlot& slot) {
    return !slot || !slot->der.empty();
  };
  if (x509 == nullptr || !is_whole(x509->primary) ||
      !is_whole(x509->secondary)) {
    return {};
  }
  return CheckCommonNames(attestation, nullptr, enrollment.registration_id);
}

Status CheckGroup(const std::string& json) {
  DPS_TRY(const EnrollmentGroup group, ParseEnrollmentGroup(json));
  return CheckTerms(group.terms);
}

Result<FleetChange> CompareInstance(const std::string& current,
                                    const std::string& wished) {
  DPS_TRY(const Instance before, SettingsOf(current));
  Instance after = before;
  DPS_TRY(const JsonDocument document, JsonDocument::ParseObject(wished));
  DPS_CHECK(ApplySettings(document.root(), after));
  FleetChange change{.body = wished, .differences = {}};
  DPS_TRY(change.differences, FleetDifferences(ToJson(before, Secrets::kHide),
                                               ToJson(after, Secrets::kHide)));
  return change;
}

Result<FleetChange> CompareLinkedHub(const std::string& current,
                                     const std::string& wished) {
  DPS_TRY(LinkedHub hub, ParseLinkedHub(wished));
  StoredSecret* secret = SecretOf(hub.connector);
  const bool keeps = secret != nullptr &&
                     (secret->text.empty() || secret->text == kKeptSecret);
  if (current.empty()) {
    return FleetChange{.body = ToJson(hub, Secrets::kAll), .differences = {}};
  }
  DPS_TRY(LinkedHub stored, ParseLinkedHub(current));
  if (keeps && stored.connector.index() == hub.connector.index()) {
    *secret = *SecretOf(stored.connector);
  }
  FleetChange change{.body = ToJson(hub, Secrets::kAll), .differences = {}};
  ForgetHistory(hub);
  ForgetHistory(stored);
  DPS_TRY(change.differences, FleetDifferences(ToJson(stored, Secrets::kHide),
                                               ToJson(hub, Secrets::kHide)));
  return change;
}

Result<FleetChange> CompareCertificate(const std::string& current,
                                       const std::string& wished) {
  DPS_TRY(const WishedCertificate wish, ParseWishedCertificate(wished));
  DPS_TRY(const JsonDocument document, JsonDocument::ParseObject(current));
  DPS_TRY(const std::string thumbprint, document.root().String("thumbprint"));
  DPS_TRY(const auto verified, document.root().OptionalBool("isVerified"));
  const bool replaces =
      !wish.thumbprint.empty() && wish.thumbprint != thumbprint;
  const bool was = verified.value_or(false);
  const bool is = wish.is_verified.value_or(!replaces && was);
  FleetChange change{.body = wished, .differences = {}};
  if (replaces) {
    change.differences.push_back("thumbprint " + Printable(thumbprint) +
                                 " -> " + wish.thumbprint);
  }
  if (was != is) {
    change.differences.emplace_back(is ? "isVerified false -> true"
                                       : "isVerified true -> false");
  }
  return change;
}

// A certificate that is told by its thumbprint alone is the one that is there.
void FillIn(const Attestation& stored, Attestation& wished) {
  const auto* there = std::get_if<X509Attestation>(&stored);
  auto* x509 = std::get_if<X509Attestation>(&wished);
  if (there == nullptr || x509 == nullptr) return;
  for (CertificateSlot* slot : {&x509->primary, &x509->secondary}) {
    if (!*slot || !(*slot)->der.empty()) continue;
    for (const CertificateSlot* held : {&there->primary, &there->secondary}) {
      if (*held &&
          EqualsIgnoreCase((*held)->thumbprint(), (*slot)->thumbprint())) {
        *slot = *held;
        break;
      }
    }
  }
}

template <class Document>
Result<FleetChange> CompareTerms(Document stored, Document hoped,
                                 const std::string& wished) {
  FillIn(stored.terms.attestation, hoped.terms.attestation);
  ForgetHistoryOfTerms(stored);
  ForgetHistoryOfTerms(hoped);
  FleetChange change{.body = wished, .differences = {}};
  DPS_TRY(change.differences, FleetDifferences(ToJson(stored, Secrets::kHide),
                                               ToJson(hoped, Secrets::kHide)));
  return change;
}

Result<FleetChange> CompareEnrollment(const std::string& current,
                                      const std::string& wished) {
  DPS_TRY(IndividualEnrollment stored, ParseIndividualEnrollment(current));
  DPS_TRY(IndividualEnrollment hoped, ParseIndividualEnrollment(wished));
  // The letter case it was created with stays.
  hoped.registration_id = stored.registration_id;
  return CompareTerms(std::move(stored), std::move(hoped), wished);
}

Result<FleetChange> CompareGroup(const std::string& current,
                                 const std::string& wished) {
  DPS_TRY(EnrollmentGroup stored, ParseEnrollmentGroup(current));
  DPS_TRY(EnrollmentGroup hoped, ParseEnrollmentGroup(wished));
  hoped.enrollment_group_id = stored.enrollment_group_id;
  return CompareTerms(std::move(stored), std::move(hoped), wished);
}

Result<FleetChange> CompareAccessPolicy(const std::string& current,
                                        const std::string& wished) {
  DPS_TRY(AccessPolicy stored, ParseAccessPolicy(current));
  DPS_TRY(AccessPolicy hoped, ParseAccessPolicy(wished));
  hoped.name = stored.name;
  ForgetHistory(stored);
  ForgetHistory(hoped);
  FleetChange change{.body = wished, .differences = {}};
  DPS_TRY(change.differences, FleetDifferences(ToJson(stored, Secrets::kHide),
                                               ToJson(hoped, Secrets::kHide)));
  return change;
}

}  // namespace

Status CheckFleetDocument(FleetKind kind, const std::string& wished) {
  switch (kind) {
    case FleetKind::kInstance:
      return SettingsOf(wished).map([](const auto&) {});
    case FleetKind::kLinkedHub:
      return CheckLinkedHub(wished);
    case FleetKind::kCertificate:
      return ParseWishedCertificate(wished).map([](const auto&) {});
    case FleetKind::kEnrollmentGroup:
      return CheckGroup(wished);
    case FleetKind::kEnrollment:
      return CheckEnrollment(wished);
    case FleetKind::kAccessPolicy:
      break;
  }
  return ParseAccessPolicy(wished).map([](const auto&) {});
}

Result<FleetChange> CompareFleetDocument(FleetKind kind,
                                         const std::string& current,
                                         const std::string& wished) {
  if (kind == FleetKind::kLinkedHub) return CompareLinkedHub(current, wished);
  if (current.empty()) return FleetChange{.body = wished, .differences = {}};
  switch (kind) {
    case FleetKind::kInstance:
      return CompareInstance(current, wished);
    case FleetKind::kCertificate:
      return CompareCertificate(current, wished);
    case FleetKind::kEnrollmentGroup:
      return CompareGroup(current, wished);
    case FleetKind::kEnrollment:
      return CompareEnrollment(current, wished);
    case FleetKind::kLinkedHub:
    case FleetKind::kAccessPolicy:
      break;
  }
  return CompareAccessPolicy(current, wished);
}

Result<FleetKeys> KeysOfFleetDocument(const std::string& json) {
  DPS_TRY(const JsonDocument document,
          JsonDocument::ParseObject(json, limits::kJsonDepthMax + 1));
  // Of a policy; of an attestation alone; of an enrollment.
  JsonView object = document.root();
  DPS_TRY(const auto attestation, object.OptionalObject("attestation"));
  if (attestation) object = *attestation;
  DPS_TRY(const auto keys, object.OptionalObject("symmetricKey"));
  if (keys) object = *keys;
  FleetKeys found;
  DPS_TRY(const auto primary, object.OptionalString("primaryKey"));
  DPS_TRY(const auto secondary, object.OptionalString("secondaryKey"));
  found.primary = primary.value_or("");
  found.secondary = secondary.value_or("");
  return found;
}

std::vector<std::string> CompareFleetKeys(const FleetKeys& current,
                                          const FleetKeys& wished) {
  std::vector<std::string> differences;
  if (!wished.primary.empty() && wished.primary != current.primary) {
    differences.emplace_back("primaryKey changed");
  }
  if (!wished.secondary.empty() && wished.secondary != current.secondary) {
    differences.emplace_back("secondaryKey changed");
  }
  return differences;
}

}  // namespace dps

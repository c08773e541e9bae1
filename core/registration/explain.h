// SPDX-License-Identifier: Apache-2.0
// What the broker says to a device's proof, for an operator who holds the proof
// and not the device.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/attestation/sas_token.h"
#include "core/attestation/x509_chain.h"
#include "core/base/result.h"
#include "core/model/enrollment.h"
#include "core/model/ids.h"
#include "core/registration/select.h"
#include "core/store/store.h"

namespace dps {

struct ProofQuestion {
  IdScope id_scope;
  // None: the common name of the certificate. REQUIRES: given with a token.
  std::optional<RegistrationId> registration_id;
  std::variant<SasToken, PresentedChain> evidence;
};

struct ProofRefusal {
  std::string reason;
  // The device gets a TLS alert; else the CONNECT is refused.
  bool in_handshake = false;
};

struct ProofAcceptance {
  // The one that decides: an individual enrollment, or else a group.
  std::optional<RegistrationId> enrollment;
  std::optional<EnrollmentGroupId> group;
  // Disabled: the device may connect, and its registration ends `disabled`.
  ProvisioningStatus provisioning_status = ProvisioningStatus::kEnabled;
  // From the device's certificate to the enrolled one; empty for a token.
  std::vector<Certificate> path;
  // Of certificates: when they will be refused.
  std::optional<UtcTime> valid_until;
  std::string remark;  // as Selection's
};

struct ProofVerdict {
  // None: the certificate names none.
  std::optional<RegistrationId> registration_id;
  std::variant<ProofAcceptance, ProofRefusal> outcome;
};

// AdmitCertificate() and Select(), as the broker would ask them at that moment;
// a refusal of both is told in the words of Select(), which knows more.
// Errors: kUnauthenticated (no such ID scope), kInternal, kUnavailable.
[[nodiscard]] Result<ProofVerdict> Explain(Snapshot& snapshot,
                                           const ProofQuestion& question,
                                           const Moment& moment);

// `{"registrationId","accepted":true,"enrollment"|"enrollmentGroup",
// "provisioningStatus","path":[{"subject","thumbprint"}],"validUntilUtc",
// "remark"}` or `{"registrationId","accepted":false,"refusedAt":
// "tlsHandshake"|"connect","reason"}`, without what there is not.
std::string ToJson(const ProofVerdict& verdict);

}  // namespace dps

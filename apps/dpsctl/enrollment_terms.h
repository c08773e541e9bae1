// SPDX-License-Identifier: Apache-2.0
// What an operator's options change in an enrollment of either kind.
#pragma once

#include <string_view>

#include "apps/dpsctl/arguments.h"
#include "apps/dpsctl/attestation_wish.h"
#include "apps/dpsctl/service.h"
#include "core/model/enrollment.h"

namespace dps {

// What `az` writes into a new enrollment when nothing is said, with an
// attestation of the kind that is wished for.
EnrollmentTerms NewTerms(const AttestationWish& wish);

// Changes what the options name and leaves the rest. Pure.
// Errors: kInvalidArgument, kMalformedJson.
[[nodiscard]] Status ApplyTerms(const Arguments& arguments,
                                const AttestationWish& wish,
                                EnrollmentTerms& terms);

// Of a table's row: whom policy custom asks, without the key in the URL.
std::string WebhookCell(JsonView row);

// `document` with the registrationState of `shown`, if that has one.
// Errors: kMalformedJson.
[[nodiscard]] Result<std::string> WithRegistrationOf(
    std::string_view shown, const std::string& document);

// GET of an enrollment and, if the operator wants keys, its attestation in the
// place of the one without. `path` is the enrollment's.
template <class Document, class Parse>
[[nodiscard]] Result<std::string> ShowEnrollment(Service& service,
                                                 const std::string& path,
                                                 bool show_keys, Parse parse) {
  DPS_TRY(const Response shown, service.Send("GET", path));
  if (!show_keys) return shown.body;
  DPS_TRY(Document document, parse(shown.body, DocumentSource::kOperator));
  if (std::holds_alternative<X509Attestation>(document.terms.attestation)) {
    return shown.body;
  }
  DPS_TRY(const Response keys,
          service.Send("POST", path + "/attestationmechanism"));
  DPS_TRY(const JsonDocument attestation, JsonDocument::ParseObject(keys.body));
  DPS_TRY(document.terms.attestation, ParseAttestation(attestation.root()));
  return WithRegistrationOf(shown.body, ToJson(document, Secrets::kShow));
}

}  // namespace dps

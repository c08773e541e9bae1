// SPDX-License-Identifier: Apache-2.0
// The operator's verbs on the CA certificates of an instance, which enrollment
// groups refer to by name (service-api section 1.4). Azure has them in its
// control plane; these routes are ours, with the etag rules of the data plane.
// No answer holds the text of a certificate.
#pragma once

#include "core/service_api/call.h"

namespace dps {

// PUT /certificates/{id}: body `{"certificate": PEM or base64 DER,
// "isVerified"?}`; an update keeps what is left out. Another certificate under
// the name is not verified unless the body says so, and loses the verification
// code and the revocation list. Errors: kInvalidArgument, kMalformedJson,
// kConflict (the certificate has another name, or is enrolled elsewhere while a
// group refers to this name; the one that goes has a revocation list, and a
// group holds it itself), kForbidden (limits::kCaCertificatesMax, see
// CheckRoomForSubject) and those of Precondition::ForPut.
[[nodiscard]] Result<Response> PutCertificate(const Call& call);

// GET /certificates/{id}. Errors: kInvalidArgument, kNotFound.
[[nodiscard]] Result<Response> GetCertificate(const Call& call);

// GET /certificates: all, as one array in name order.
[[nodiscard]] Result<Response> ListCertificates(const Call& call);

// DELETE /certificates/{id}, with its revocation list. Errors: kConflict (a
// group refers to it; there is a list, and a group holds the certificate
// itself) and those of Precondition::ForDelete.
[[nodiscard]] Result<Response> DeleteCertificate(const Call& call);

// POST /certificates/{id}/generateVerificationCode: a new code in the place of
// an earlier one, in the one answer that shows it. If-Match is required.
// Errors: kInvalidArgument and those of Precondition::ForDelete.
[[nodiscard]] Result<Response> GenerateVerificationCode(const Call& call);

// POST /certificates/{id}/verify: body `{"certificate"}`, one that the stored
// certificate signed, with the code as its only common name: whoever made it
// holds the CA's key. Verified from then on; the code is spent. If-Match is
// required. Errors: kInvalidArgument and those of Precondition::ForDelete.
[[nodiscard]] Result<Response> VerifyCertificate(const Call& call);

// PUT /certificates/{id}/crl: body `{"crl": PEM, or base64 of PEM or DER}`, the
// list of what the certificate revoked, in the place of an earlier one; the
// same list again changes nothing, and the etag stays.
// Expired or not: whether that counts is the broker's option. If-Match as with
// DELETE. Errors: those of ParseRevocationList; kConflict (older than the one
// there is), kInvalidArgument (of the future) and those of
// Precondition::ForDelete.
[[nodiscard]] Result<Response> PutRevocationList(const Call& call);

// DELETE /certificates/{id}/crl: what the list revoked counts again. Errors:
// kNotFound (also without a list) and those of Precondition::ForDelete.
[[nodiscard]] Result<Response> DeleteRevocationList(const Call& call);

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
// What a device's own certificate says: its registration id, and whether it
// may authenticate a client now. All functions are pure and thread-safe.
#pragma once

#include "core/attestation/certificate_policy.h"
#include "core/base/certificate.h"
#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/model/ids.h"

namespace dps {

// The subject's common name, of which there must be exactly one, in whatever
// string type and also where one RDN holds several attributes. At most 64
// characters and a valid registration id (device-protocol section 7).
// Errors: kInvalidCertificate saying what the name lacks.
[[nodiscard]] Result<RegistrationId> RegistrationIdOf(const Certificate& leaf);

// For a leaf that is known by its thumbprint, or whose chain is verified
// besides: valid at `now`; its key as strong as the policy wants; keyUsage, if
// there, allows digitalSignature, and extendedKeyUsage, if there, clientAuth;
// no critical extension that nobody here understands. Who signed it does not
// matter, nor does CA:TRUE, which `openssl req -x509` writes into every
// self-signed certificate. Errors: kInvalidCertificate, the message names the
// certificate.
[[nodiscard]] Status CheckDeviceCertificate(const Certificate& leaf,
                                            const CertificatePolicy& policy,
                                            UtcTime now);

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
// What an operator should know of certificates although the command succeeded:
// lines on stderr.
#pragma once

#include "apps/dpsctl/attestation_wish.h"
#include "core/base/certificate.h"
#include "core/base/clock.h"
#include "core/model/attestation.h"

namespace dps {

// That the certificate is expired or not yet valid at `now`, if it is.
void NoteDates(const CertificateInfo& info, UtcTime now);

// The same of each certificate that the options gave.
void NoteDates(const AttestationWish& wish, UtcTime now);

// That the only certificate of an enrollment gave way to another, of the same
// kind, with no time in which both count.
void NoteReplaced(const Attestation& before, const Attestation& after);

}  // namespace dps

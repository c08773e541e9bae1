// SPDX-License-Identifier: Apache-2.0
// The error of a certificate or chain that is not accepted.
#pragma once

#include <string>
#include <utility>

#include "core/base/certificate.h"
#include "core/base/result.h"

namespace dps {

inline tl::unexpected<Error> Refuse(std::string reason) {
  return Fail(Errc::kInvalidCertificate, std::move(reason));
}

// `reason` is to be read behind the certificate's subject.
inline tl::unexpected<Error> Refuse(const Certificate& certificate,
                                    const std::string& reason) {
  return Refuse(certificate.Subject() + " " + reason);
}

}  // namespace dps

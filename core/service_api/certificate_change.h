// SPDX-License-Identifier: Apache-2.0
// What the verbs on one CA certificate of the instance have in common.
#pragma once

#include <functional>
#include <string>

#include "core/base/result.h"
#include "core/model/ca_certificate.h"
#include "core/service_api/call.h"
#include "core/store/store.h"

namespace dps {

std::string Named(const CertificateName& name);

// Gives the certificate a new etag and time, and puts it into the batch.
// Returns the answer.
Response Conclude(const Call& call, CaCertificate certificate,
                  const Expect& expect, Batch& batch);

// Changes a certificate that must exist and fit If-Match. `change` may add to
// the batch; if it changes nothing, nothing is written and the etag stays.
// Errors: those of `change` and of Precondition::ForDelete.
using ChangeCertificate = std::function<Status(
    Snapshot& snapshot, CaCertificate& certificate, Batch& batch)>;
[[nodiscard]] Result<Response> ChangeExisting(const Call& call,
                                              const ChangeCertificate& change);

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/certificate_change.h"

#include "core/base/crypto.h"
#include "core/service_api/decision.h"
#include "core/service_api/precondition.h"

namespace dps {

std::string Named(const CertificateName& name) {
  return "certificate " + name.text();
}

Response Conclude(const Call& call, CaCertificate certificate,
                  const Expect& expect, Batch& batch) {
  certificate.last_updated = call.clock.Now();
  if (certificate.etag_text.empty()) {
    certificate.created = certificate.last_updated;
  }
  certificate.etag_text = NewGuid();
  Response response =
      DocumentResponse(ToJson(certificate, Secrets::kHide), certificate.etag());
  batch.changes.emplace_back(
      Put<CaCertificate>{call.scope(), std::move(certificate), expect});
  return response;
}

Result<Response> ChangeExisting(const Call& call,
                                const ChangeCertificate& change) {
  DPS_TRY(const auto name, CertificateName::Parse(call.id));
  return DecideAndCommit(
      call.store, [&](Snapshot& snapshot) -> Result<Decision> {
        DPS_TRY(const auto stored,
                snapshot.FindCaCertificate(call.scope(), name));
        DPS_TRY(const Expect expect,
                Precondition::Of(call.request.headers)
                    .ForDelete(EtagOf(stored), Named(name)));
        Decision decision;
        CaCertificate changed = *stored;
        DPS_CHECK(change(snapshot, changed, decision.batch));
        if (changed == *stored && decision.batch.changes.empty()) {
          decision.response =
              DocumentResponse(ToJson(changed, Secrets::kHide), changed.etag());
          return decision;
        }
        decision.response =
            Conclude(call, std::move(changed), expect, decision.batch);
        return decision;
      });
}

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
// The service endpoint: what operators can do, once for all transports.
#pragma once

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/result.h"
#include "core/base/secret_box.h"
#include "core/service_api/message.h"
#include "core/store/store.h"

namespace dps {

// Azure's service REST API (service-api section 7) and, under /instances,
// /linkedHubs and others, our own in the same shape for what Azure leaves to
// its control plane. Who may ask is the transport's business. Thread-safe;
// blocks on the disk for changes, so never on the broker's thread.
class ServiceApi {
 public:
  // All must outlive this. `secrets` seals what must not lie in the store as
  // it is. `log` gets the cause of every answer that hides it from the client
  // (500, 503).
  ServiceApi(Store& store, const Clock& clock, const SecretBox& secrets,
             Log& log);

  // Always answers; an error has Azure's error body and its code and tracking
  // id in x-ms-error-code and x-ms-request-id.
  Response Handle(const Request& request);

 private:
  [[nodiscard]] Result<Response> Dispatch(const Request& request);
  [[nodiscard]] Status CheckInstance(const Request& request);
  Response ErrorResponse(const Error& error);

  Store& store_;
  const Clock& clock_;
  const SecretBox& secrets_;
  Log& log_;
};

}  // namespace dps

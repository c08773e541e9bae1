// SPDX-License-Identifier: Apache-2.0
// The service endpoint: what operators can do, once for all transports.
#pragma once

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/result.h"
#include "core/base/secret_box.h"
#include "core/service_api/audit.h"
#include "core/service_api/message.h"
#include "core/store/store.h"

namespace dps {

// Azure's service REST API (service-api section 7) and, under /instances,
// /linkedHubs and others, our own in the same shape for what Azure leaves to
// its control plane. Who asks is the transport's business (Request::caller),
// what he may do is ours. Thread-safe; blocks on the disk for changes, so never
// on the broker's thread.
class ServiceApi {
 public:
  // All must outlive this. `secrets` seals what must not lie in the store as
  // it is. `log` gets the cause of every answer that hides it from the client
  // (500, 503). `audit` may be null: nothing is written down.
  ServiceApi(Store& store, const Clock& clock, const SecretBox& secrets,
             Log& log, Audit* audit = nullptr);

  // Always answers, with a tracking id in x-ms-request-id; an error has Azure's
  // error body, and its code in x-ms-error-code.
  Response Handle(const Request& request);
  // The answer to a request that its transport does not let in.
  Response Refuse(const Request& request, const Error& error);

  // Whether a path is the service API's, whatever the method.
  static bool Knows(std::string_view path);
  // The largest body that the method takes there; 0 if there is no such thing.
  static std::size_t BodyMaxOf(std::string_view method, std::string_view path);

 private:
  [[nodiscard]] Result<Response> Dispatch(const Request& request, Store& store);
  [[nodiscard]] Status CheckInstance(const Request& request);
  Response Answer(const Request& request, Result<Response> outcome,
                  const std::vector<AuditedChange>& changes);
  Response ErrorResponse(const Error& error);

  Store& store_;
  const Clock& clock_;
  const SecretBox& secrets_;
  Log& log_;
  Audit* const audit_;
};

}  // namespace dps

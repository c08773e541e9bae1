// SPDX-License-Identifier: Apache-2.0
// The service API over HTTPS: finds the instance and the caller of a request,
// and hands it on.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "apps/dps-service/http_server.h"
#include "core/base/clock.h"
#include "core/model/ids.h"
#include "core/service_api/service_api.h"
#include "core/store/store.h"

namespace dps {

struct ServiceFaceOptions {
  // The instance of requests whose host name leads to none.
  std::optional<std::string> default_instance;
  // Of one instance; 0 = no limit (Azure: 1000).
  std::uint64_t calls_per_minute = 0;
};

// Thread-safe; waits for the disk.
class ServiceFace {
 public:
  // All must outlive this.
  ServiceFace(Store& store, const Clock& clock, ServiceApi& api,
              ServiceFaceOptions options);

  // service-api section 7. 404: no instance goes by that host name; 401:
  // Admit() refuses; 429 with Retry-After: the instance's calls of this minute
  // are used up.
  HttpReply Answer(const HttpCall& call);

  // Of a request that has no body yet: what its path takes, but from nobody who
  // would not be let in more than limits::kDocumentMax.
  std::size_t BodyMaxOf(const HttpCall& head);

 private:
  [[nodiscard]] Status Admit(const HttpCall& call, Request& request);
  // Seconds to wait, if this call is one too many.
  std::optional<std::int64_t> CountCall(const IdScope& scope);

  struct Minute {
    SteadyTime began;
    std::uint64_t calls = 0;
  };

  Store& store_;
  const Clock& clock_;
  ServiceApi& api_;
  const ServiceFaceOptions options_;
  std::mutex mutex_;  // guards minutes_
  std::map<IdScope, Minute> minutes_;
};

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
// Everything that takes the registrations of devices in, built in order.
#pragma once

#include <chrono>
#include <memory>

#include "core/allocation/geo_database.h"
#include "core/base/clock.h"
#include "core/base/limits.h"
#include "core/base/log.h"
#include "core/base/result.h"
#include "core/base/secret_box.h"
#include "core/http/curl_client.h"
#include "core/registration/make_advisers.h"
#include "core/registration/service.h"
#include "core/registration/writer.h"
#include "core/store/store.h"

namespace dps {

struct RegistrarOptions {
  ServiceOptions service;
  AdviserOptions advisers;
  std::chrono::milliseconds commit_linger = limits::kCommitLinger;
};

// What a registrar works with; all must outlive it.
struct RegistrarParts {
  Store& store;
  const Clock& clock;
  Log& log;
  const SecretBox& secrets;
};

// As the plugin in the broker: any number of them share a store, and each ends
// what it accepted.
class Registrar {
 public:
  // Starts the threads of the writer and its advisers. Destruction finishes the
  // registrations that were accepted. Errors: those of CheckCaFile and
  // GeoDatabase::Open, naming the option.
  [[nodiscard]] static Result<std::unique_ptr<Registrar>> Create(
      const RegistrarParts& parts, const RegistrarOptions& options);
  // For Create().
  Registrar(const RegistrarParts& parts, const RegistrarOptions& options,
            std::unique_ptr<GeoDatabase> geo_database);

  // One thread at a time.
  RegistrationService& service() { return service_; }

 private:
  const std::unique_ptr<GeoDatabase> geo_database_;  // null if not configured
  CurlClient hub_client_;
  AttemptBook attempts_;
  RegistrationWriter writer_;
  RegistrationService service_;
};

}  // namespace dps

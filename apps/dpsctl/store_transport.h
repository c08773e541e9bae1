// SPDX-License-Identifier: Apache-2.0
// The service API on a store directory of this machine.
#pragma once

#include <memory>
#include <string>

#include "apps/dpsctl/transport.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/service_api/service_api.h"
#include "core/store/lmdb_store.h"

namespace dps {

// `dpsctl as alice`: who runs this process or, if root does by sudo, who asked
// for it. For the audit.
std::string OperatorName();

// Changes and refused attempts get their line in the store's audit.log.
class StoreTransport final : public Transport {
 public:
  // Acts as the store's owner from then on (directory_owner.h). Errors: those
  // of LmdbStore::Open.
  [[nodiscard]] static Result<std::unique_ptr<StoreTransport>> Open(
      const LmdbOptions& options);

  [[nodiscard]] Result<Response> Send(const Request& request) override;

  // For what is asked of the store and not of the service.
  Store& store() { return *store_; }

 private:
  // Keeps the first cause that the service does not tell its clients.
  class CauseLog final : public Log {
   public:
    void Write(LogLevel, std::string_view line) override {
      if (cause.empty()) cause = line;
    }
    std::string cause;
  };

  StoreTransport(const std::string& directory, std::string operator_name,
                 std::unique_ptr<LmdbStore> store);

  CauseLog log_;
  SystemClock clock_;
  const std::string operator_name_;
  std::unique_ptr<LmdbStore> store_;
  SecretBox secrets_;
  Audit audit_;
  ServiceApi api_;
};

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
// The plugin as one object: everything it is made of, built in order, taken
// down in reverse.
#pragma once

#include <memory>

#include "core/allocation/geo_database.h"
#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/base/secret_box.h"
#include "core/http/curl_client.h"
#include "core/registration/service.h"
#include "core/registration/writer.h"
#include "core/store/lmdb_store.h"
#include "plugin/config.h"
#include "plugin/control_endpoint.h"
#include "plugin/device_endpoint.h"
#include "plugin/enrollment_gate.h"
#include "plugin/loopback.h"
#include "plugin/mosquitto_broker.h"
#include "plugin/tls_hook.h"

namespace dps {

// Broker thread only.
class Plugin {
 public:
  // What may fail to open, and what it writes to and tells the time by.
  struct Parts {
    std::unique_ptr<SystemClock> clock;
    std::unique_ptr<MosquittoLog> log;
    std::unique_ptr<LmdbStore> store;
    // Null if not configured. The writer's thread uses it.
    std::unique_ptr<GeoDatabase> geo_database;
  };

  // Opens the store and the geo database and starts the writer. Destruction
  // finishes the registrations that were accepted. Errors: those of
  // LmdbStore::Open, GeoDatabase::Open and CheckCaFile.
  [[nodiscard]] static Result<std::unique_ptr<Plugin>> Create(
      const Config& config);
  // For Create().
  Plugin(const Config& config, Parts parts);

  DeviceEndpoint& endpoint() { return endpoint_; }
  // Null unless configured.
  ControlEndpoint* control() { return control_.get(); }
  const TlsHook& tls_hook() const { return tls_hook_; }
  void OnDisconnect(const void* handle);
  void OnTick();
  // Options are read at start only; the store is always read as it is. Drops
  // what is cached and says so.
  void OnReload();
  void LogException(const char* what) noexcept;

 private:
  [[nodiscard]] static Result<Parts> Open(const Config& config);
  std::unique_ptr<ControlEndpoint> MakeControl(const Config& config);
  // By now the broker has made its listeners.
  void ReportTls();

  const Parts parts_;
  const SystemClock& clock_;
  MosquittoLog& log_;
  MosquittoBroker broker_;
  std::unique_ptr<Loopback> loopback_;  // if configured
  // What connectors to hubs use, on the threads of the writer's runner.
  const SecretBox secrets_;
  CurlClient hub_client_;
  AttemptBook attempts_;
  RegistrationWriter writer_;
  RegistrationService service_;
  EnrollmentGate gate_;
  TlsHook tls_hook_;
  DeviceEndpoint endpoint_;
  const std::unique_ptr<ControlEndpoint> control_;
  bool tls_reported_ = false;
};

}  // namespace dps

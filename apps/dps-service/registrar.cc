// SPDX-License-Identifier: Apache-2.0
#include "apps/dps-service/registrar.h"

#include <string>
#include <utility>

#include "core/http/ca_file.h"

namespace dps {

Result<std::unique_ptr<Registrar>> Registrar::Create(
    const RegistrarParts& parts, const RegistrarOptions& options) {
  const std::string& ca_file = options.advisers.webhook_client.ca_file;
  if (!ca_file.empty()) {
    const Status checked = CheckCaFile(ca_file);
    if (!checked) {
      return Fail(checked.error().code,
                  "--webhook-ca-file: " + checked.error().message);
    }
  }
  DPS_TRY(auto geo_database,
          OpenGeoDatabase(options.advisers, parts.clock, parts.log));
  return std::make_unique<Registrar>(parts, options, std::move(geo_database));
}

Registrar::Registrar(const RegistrarParts& parts,
                     const RegistrarOptions& options,
                     std::unique_ptr<GeoDatabase> geo_database)
    : geo_database_(std::move(geo_database)),
      hub_client_(options.advisers.hub_client),
      attempts_(parts.store, parts.log),
      writer_(parts.store, parts.clock, parts.log,
              {.pending_max = options.service.pending_max,
               .proofs = options.service.proofs,
               .linger = options.commit_linger},
              {},
              MakeAdvisers({.store = parts.store,
                            .clock = parts.clock,
                            .log = parts.log,
                            .secrets = parts.secrets,
                            .hub_client = hub_client_,
                            .geo_database = geo_database_.get(),
                            .attempts = &attempts_},
                           options.advisers)),
      service_(parts.store, writer_, parts.clock, parts.log, options.service,
               &attempts_) {}

}  // namespace dps

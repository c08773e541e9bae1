// SPDX-License-Identifier: Apache-2.0
#include "core/registration/make_advisers.h"

#include <utility>

#include "core/hub/hub_directory.h"
#include "core/hub/make_connector.h"

namespace dps {

Result<std::unique_ptr<GeoDatabase>> OpenGeoDatabase(
    const AdviserOptions& options, const Clock& clock, Log& log) {
  if (options.geo_database.empty()) return nullptr;
  return GeoDatabase::Open(options.geo_database, clock, log);
}

Advisers MakeAdvisers(const AdviserParts& parts,
                      const AdviserOptions& options) {
  auto make = [parts, timeout = options.hub_client.timeout](
                  const IdScope& scope, const LinkedHub& hub,
                  std::stop_token stop) {
    return MakeConnector({.secrets = parts.secrets,
                          .http = parts.hub_client,
                          .clock = parts.clock,
                          .timeout = timeout},
                         scope, hub, std::move(stop));
  };
  Advisers advisers;
  advisers.webhooks = std::make_unique<WebhookCaller>(
      std::make_unique<CurlClient>(options.webhook_client), parts.clock,
      options.webhook_calls);
  advisers.hubs = std::make_unique<HubRunner>(
      parts.store, parts.clock, parts.log,
      std::make_unique<HubDirectory>(std::move(make), parts.clock),
      options.hubs);
  advisers.geo_database = parts.geo_database;
  advisers.attempts = parts.attempts;
  return advisers;
}

}  // namespace dps

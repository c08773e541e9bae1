// SPDX-License-Identifier: Apache-2.0
// The advisers of a program that takes registrations, as its operator wants
// them.
#pragma once

#include <memory>
#include <string>

#include "core/allocation/geo_database.h"
#include "core/allocation/webhook_caller.h"
#include "core/base/clock.h"
#include "core/base/limits.h"
#include "core/base/log.h"
#include "core/base/result.h"
#include "core/base/secret_box.h"
#include "core/http/client.h"
#include "core/http/curl_client.h"
#include "core/hub/hub_server.h"
#include "core/registration/hub_runner.h"
#include "core/registration/writer.h"
#include "core/store/store.h"

namespace dps {

struct AdviserOptions {
  std::string geo_database;          // for policy geoLatency; empty = none
  HttpClientOptions webhook_client;  // for policy custom
  WebhookCallerOptions webhook_calls;
  // For hubs, which stand at private addresses as a rule.
  HttpClientOptions hub_client{.timeout = limits::kHubCall,
                               .answer_bytes_max = kHubAnswerMax,
                               .private_targets = true};
  HubRunnerOptions hubs;
};

// Null if none is configured. Errors: those of GeoDatabase::Open.
[[nodiscard]] Result<std::unique_ptr<GeoDatabase>> OpenGeoDatabase(
    const AdviserOptions& options, const Clock& clock, Log& log);

// What advisers use on their own threads; all must outlive them.
struct AdviserParts {
  Store& store;
  const Clock& clock;
  Log& log;
  const SecretBox& secrets;
  HttpClient& hub_client;
  GeoDatabase* geo_database = nullptr;
  AttemptBook* attempts = nullptr;
};

Advisers MakeAdvisers(const AdviserParts& parts, const AdviserOptions& options);

}  // namespace dps

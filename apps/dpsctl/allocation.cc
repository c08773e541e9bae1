// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <future>

#include "apps/dpsctl/arguments.h"
#include "apps/dpsctl/options.h"
#include "apps/dpsctl/output.h"
#include "apps/dpsctl/service.h"
#include "core/http/curl_client.h"
#include "core/http/target.h"
#include "core/registration/allocation_preview.h"

namespace dps {
namespace {

// Of the geo database: what is wrong with it.
class NoteLog final : public Log {
 public:
  void Write(LogLevel level, std::string_view line) override {
    if (level >= LogLevel::kWarning) PrintNote(std::string(line));
  }
};

std::string DistanceOrPrefix(JsonView row) {
  if (const auto kilometres = row.Find("distanceKm")) {
    return kilometres->Text() + " km";
  }
  const auto prefix = row.Find("cidr");
  return prefix ? prefix->AsString().value_or("") : "";
}

std::vector<Column> PreviewColumns(const AllocationPreview& preview) {
  const AllocationPolicy policy = preview.policy;
  std::vector<Column> columns = {"name", "allocationWeight", "eligible",
                                 "assignedDevices"};
  if (std::ranges::any_of(preview.hubs, [](const HubPreview& hub) {
        return hub.within_load_bound.has_value();
      })) {
    columns.emplace_back("withinLoadBound");
  }
  if (policy == AllocationPolicy::kGeoLatency) {
    columns.emplace_back("latencyMs");
    columns.emplace_back("from", DistanceOrPrefix);
  }
  if (policy == AllocationPolicy::kHashed ||
      policy == AllocationPolicy::kGeoLatency) {
    columns.emplace_back("hashedCost");
  }
  columns.emplace_back("chosen");
  columns.emplace_back("whyNot");
  return columns;
}

Result<PreviewQuestion> ReadQuestion(const Arguments& arguments,
                                     const IdScope& scope) {
  DPS_TRY(RegistrationId id, RegistrationId::Parse(*arguments.registration_id));
  PreviewQuestion question{.id_scope = scope, .registration_id = std::move(id)};
  if (arguments.enrollment_id) {
    DPS_TRY(question.group, EnrollmentGroupId::Parse(*arguments.enrollment_id));
  }
  if (arguments.address) {
    DPS_TRY(question.address, IpAddress::Parse(*arguments.address));
  }
  return question;
}

Result<WebhookAnswer> CallWebhook(const Arguments& arguments,
                                  WebhookCall call) {
  const SystemClock clock;
  WebhookCaller caller(std::make_unique<CurlClient>(HttpClientOptions{
                           .ca_file = arguments.webhook_ca_file.value_or(""),
                           .private_targets = true}),
                       clock);
  std::promise<Result<WebhookAnswer>> promise;
  auto answer = promise.get_future();
  caller.Call(std::move(call), [&promise](Result<WebhookAnswer> said) {
    promise.set_value(std::move(said));
  });
  return answer.get();
}

Result<AllocationPreview> Preview(Service& service,
                                  const PreviewQuestion& question,
                                  GeoDatabase* database) {
  DPS_TRY(const auto snapshot, service.store().Read());
  return PreviewAllocation(*snapshot, question, database);
}

// No snapshot is kept while the webhook thinks.
Result<AllocationPreview> PreviewAnswered(const Arguments& arguments,
                                          Service& service,
                                          PreviewQuestion question,
                                          GeoDatabase* database) {
  DPS_TRY(AllocationPreview preview, Preview(service, question, database));
  if (!arguments.call_webhook) return preview;
  if (preview.policy != AllocationPolicy::kCustom) {
    PrintNote("no webhook is asked under policy " +
              std::string(ToText(preview.policy)));
  }
  if (!preview.webhook_call) return preview;
  const WebhookCall& call = *preview.webhook_call;
  question.webhook = WebhookReply{.webhook_url = call.url,
                                  .answer = CallWebhook(arguments, call)};
  return Preview(service, question, database);
}

Status PrintPreview(const Arguments& arguments,
                    const AllocationPreview& preview) {
  const std::string json = ToJson(preview);
  if (arguments.output == "json") return Print(arguments, json, {});
  DPS_TRY(const JsonDocument document, JsonDocument::ParseObject(json));
  DPS_CHECK(Print(arguments, document.root().Find("hubs")->Text(),
                  PreviewColumns(preview)));
  if (!preview.reason.empty()) PrintNote(*preview.hub + ": " + preview.reason);
  if (!preview.remark.empty()) PrintNote(preview.remark);
  return {};
}

// What an operator can say for the trial to know latencies; empty = nothing.
std::string MissingForLatency(const Arguments& arguments,
                              const AllocationPreview& preview) {
  if (!preview.address) {
    return arguments.geo_database
               ? "--address"
               : "--address, and --geo-database unless a latency table knows "
                 "that";
  }
  if (!arguments.geo_database) return "--geo-database";
  return preview.device_place
             ? "hubs --coordinates, by dpsctl linked-hub update"
             : "";
}

void NoteMissing(const Arguments& arguments, const AllocationPreview& preview) {
  if (!preview.hub || preview.held) return;
  if (preview.hub->empty()) {
    PrintNote("the webhook was not asked; --call-webhook asks it");
  }
  if (preview.policy != AllocationPolicy::kGeoLatency ||
      preview.latency_source != LatencySource::kNothing) {
    return;
  }
  const std::string missing = MissingForLatency(arguments, preview);
  if (!missing.empty()) {
    PrintNote("no latency is known here; give " + missing);
  }
}

Status ExplainAllocation(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstanceWithStore(arguments));
  DPS_TRY(const PreviewQuestion question,
          ReadQuestion(arguments, service->scope()));
  const SystemClock clock;
  NoteLog log;
  std::unique_ptr<GeoDatabase> database;
  if (arguments.geo_database) {
    DPS_TRY(database, GeoDatabase::Open(*arguments.geo_database, clock, log));
  }
  DPS_TRY(const AllocationPreview preview,
          PreviewAnswered(arguments, *service, question, database.get()));
  DPS_CHECK(PrintPreview(arguments, preview));
  NoteMissing(arguments, preview);
  if (preview.hub) return {};
  return Fail(Errc::kInvalidArgument, "no hub: " + preview.hub.error().message);
}

}  // namespace

std::vector<Command> AllocationCommands() {
  return {
      {"allocation",
       "explain",
       "Say which hub a device would get and why, and register nobody",
       "dpsctl allocation explain --registration-id dev-1 -o table\n"
       "dpsctl allocation explain --rid dev-1 --eid line-1 --address "
       "192.0.2.7 --geo-database /var/lib/GeoIP/GeoLite2-City.mmdb\n"
       "dpsctl allocation explain --rid dev-1 --call-webhook\n",
       {option::RegistrationId, option::AllocationTrial},
       ExplainAllocation},
  };
}

}  // namespace dps

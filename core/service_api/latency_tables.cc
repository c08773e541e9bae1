// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/latency_tables.h"

#include <algorithm>

#include "core/allocation/latency_table.h"
#include "core/base/crypto.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/model/json_times.h"
#include "core/service_api/decision.h"
#include "core/service_api/precondition.h"

namespace dps {
namespace {

constexpr std::string_view kNamed = "latency table";

std::string Summary(const LatencyTableDocument& document,
                    const LatencyTable& table,
                    const std::vector<LinkedHub>& linked) {
  JsonWriter json;
  json.StartObject();
  json.Key("rows").Int(static_cast<std::int64_t>(table.row_count()));
  json.Key("prefixes").Int(static_cast<std::int64_t>(table.prefix_count()));
  json.Key("hubs").Int(static_cast<std::int64_t>(table.hubs().size()));
  json.Key("unlinkedHubs").StartArray();
  for (const HubName& hub : table.hubs()) {
    if (std::ranges::find(linked, hub, &LinkedHub::name) == linked.end()) {
      json.String(hub.text());
    }
  }
  json.EndArray();
  json.MemberNonempty("etag", document.etag());
  WriteTimes(json, document.created, document.last_updated);
  return json.EndObject().Take();
}

// The instance names the table it has, so that a cache sees at once whether its
// own is still the right one.
Result<Change> TellInstance(Snapshot& snapshot, const Call& call,
                            const std::string& table_etag) {
  DPS_TRY(auto instance, snapshot.FindInstance(call.scope()));
  if (!instance) return Fail(Errc::kInternal, "the instance is gone");
  const Expect expect = Expect::Etag(instance->etag());
  instance->latency_table_etag = table_etag;
  instance->last_updated = call.clock.Now();
  instance->etag_text = NewGuid();
  return Put<Instance>{call.scope(), *std::move(instance), expect};
}

Result<Decision> DecideTablePut(Snapshot& snapshot, const Call& call,
                                const LatencyTable& table,
                                LatencyTableDocument document) {
  DPS_TRY(const auto stored, snapshot.FindLatencyTable(call.scope()));
  DPS_TRY(const auto linked, snapshot.ListLinkedHubs(call.scope()));
  DPS_TRY(
      const Expect expect,
      Precondition::Of(call.request.headers).ForPut(EtagOf(stored), kNamed));
  if (stored && stored->csv == document.csv) {
    return Decision{.response = DocumentResponse(
                        Summary(*stored, table, linked), stored->etag())};
  }
  document.last_updated = call.clock.Now();
  document.created = stored ? stored->created : document.last_updated;
  document.etag_text = NewGuid();
  DPS_TRY(Change instance, TellInstance(snapshot, call, document.etag()));
  Decision decision{.response = DocumentResponse(
                        Summary(document, table, linked), document.etag())};
  decision.batch.changes = {
      Put<LatencyTableDocument>{call.scope(), std::move(document), expect},
      std::move(instance)};
  return decision;
}

Result<LatencyTableDocument> Stored(Snapshot& snapshot, const Call& call) {
  DPS_TRY(auto stored, snapshot.FindLatencyTable(call.scope()));
  if (stored) return *std::move(stored);
  return Fail(Errc::kNotFound, "there is no latency table");
}

}  // namespace

Result<Response> PutLatencyTable(const Call& call) {
  DPS_TRY(const LatencyTable table, LatencyTable::ParseCsv(call.request.body));
  LatencyTableDocument document{.csv = table.ToCsv()};
  // One form of address is longer than what it can be written as.
  if (document.csv.size() > limits::kLatencyTableBytesMax) {
    return Fail(Errc::kTooLarge,
                "the latency table, in full, is larger than " +
                    std::to_string(limits::kLatencyTableBytesMax) + " bytes");
  }
  return DecideAndCommit(call.store, [&](Snapshot& snapshot) {
    return DecideTablePut(snapshot, call, table, document);
  });
}

Result<Response> GetLatencyTable(const Call& call) {
  DPS_TRY(const auto snapshot, call.store.Read());
  DPS_TRY(const LatencyTableDocument stored, Stored(*snapshot, call));
  DPS_TRY(const auto linked, snapshot->ListLinkedHubs(call.scope()));
  DPS_TRY(const LatencyTable table, LatencyTable::ParseCsv(stored.csv));
  return DocumentResponse(Summary(stored, table, linked), stored.etag());
}

Result<Response> GetLatencyRows(const Call& call) {
  DPS_TRY(const auto snapshot, call.store.Read());
  DPS_TRY(LatencyTableDocument stored, Stored(*snapshot, call));
  Response response = DocumentResponse(std::move(stored.csv), stored.etag());
  response.headers["Content-Type"] = "text/csv; charset=utf-8";
  return response;
}

Result<Response> DeleteLatencyTable(const Call& call) {
  return DecideAndCommit(
      call.store, [&](Snapshot& snapshot) -> Result<Decision> {
        const auto etag =
            snapshot.FindLatencyTable(call.scope()).map([](const auto& stored) {
              return EtagOf(stored);
            });
        DPS_TRY(const Expect expect,
                Precondition::Of(call.request.headers).ForDelete(etag, kNamed));
        DPS_TRY(Change instance, TellInstance(snapshot, call, ""));
        Decision decision{.response = EmptyResponse()};
        decision.batch.changes = {
            Remove<LatencyTableDocument>{call.scope(),
                                         LatencyTableDocument::Key(), expect},
            std::move(instance)};
        return decision;
      });
}

}  // namespace dps

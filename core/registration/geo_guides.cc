// SPDX-License-Identifier: Apache-2.0
#include "core/registration/geo_guides.h"

#include <chrono>

namespace dps {
namespace {

Result<std::unique_ptr<const LatencyTable>> ReadTable(Snapshot& snapshot,
                                                      const IdScope& scope) {
  DPS_TRY(const auto document, snapshot.FindLatencyTable(scope));
  if (!document) return nullptr;
  auto table = LatencyTable::ParseCsv(document->csv);
  if (!table) {
    return Fail(Errc::kInternal,
                "the latency table of ID scope " + scope.text() +
                    " cannot be read: " + table.error().message);
  }
  return std::make_unique<const LatencyTable>(*std::move(table));
}

}  // namespace

Result<const GeoGuide*> GeoGuides::At(Snapshot& snapshot,
                                      const ScopeConfig& config) {
  const IdScope& scope = config.instance.id_scope;
  Entry& entry = scopes_[scope];
  if (entry.version == config.version) return &entry.guide;
  entry.version = 0;  // nothing is valid if what follows fails
  const std::string& etag = config.instance.latency_table_etag;
  if (entry.table_etag != etag) {
    entry.table.reset();
    entry.table_etag.clear();
    if (!etag.empty()) {
      DPS_TRY(entry.table, ReadTable(snapshot, scope));
    }
    entry.table_etag = etag;
  }
  std::vector<GeoHub> hubs;
  for (const HubEntry& hub : config.linked_hubs.entries()) {
    hubs.push_back(
        GeoHub::Of(hub.name(), hub.hub.coordinates, entry.table.get()));
  }
  entry.guide = {.hubs = std::move(hubs),
                 .table = entry.table.get(),
                 .database = database_,
                 .tolerance = std::chrono::milliseconds(
                     config.instance.latency_tolerance_ms)};
  entry.version = config.version;
  return &entry.guide;
}

}  // namespace dps

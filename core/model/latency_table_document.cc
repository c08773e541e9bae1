// SPDX-License-Identifier: Apache-2.0
#include "core/model/latency_table_document.h"

#include "core/model/json_times.h"

namespace dps {

const std::string& LatencyTableDocument::Key() {
  static const std::string key = "latency-table";
  return key;
}

std::string ToJson(const LatencyTableDocument& table) {
  JsonWriter json;
  json.StartObject();
  json.Member("csv", table.csv);
  json.MemberNonempty("etag", table.etag_text);
  WriteTimes(json, table.created, table.last_updated);
  return json.EndObject().Take();
}

Result<LatencyTableDocument> ParseLatencyTableDocument(std::string_view json) {
  DPS_TRY(const JsonDocument document, JsonDocument::ParseObject(json));
  const JsonView object = document.root();
  LatencyTableDocument table;
  DPS_TRY(table.csv, object.String("csv"));
  DPS_TRY(const auto etag, object.OptionalString("etag"));
  table.etag_text = etag.value_or("");
  DPS_TRY(table.created, ParseOptionalTime(object, "createdDateTimeUtc"));
  DPS_TRY(table.last_updated,
          ParseOptionalTime(object, "lastUpdatedDateTimeUtc"));
  return table;
}

}  // namespace dps

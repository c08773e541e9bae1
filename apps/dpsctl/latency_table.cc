// SPDX-License-Identifier: Apache-2.0
#include "core/allocation/latency_table.h"

#include "apps/dpsctl/arguments.h"
#include "apps/dpsctl/input_file.h"
#include "apps/dpsctl/options.h"
#include "apps/dpsctl/output.h"
#include "apps/dpsctl/service.h"
#include "core/base/limits.h"
#include "core/base/text.h"

namespace dps {
namespace {

constexpr const char* kPath = "/latencyTable";

std::vector<Column> TableColumns() {
  return {"rows", "prefixes", "hubs", "lastUpdatedDateTimeUtc", "unlinkedHubs"};
}

// A name spelled wrong would never count, and nobody would see why.
Status NoteUnlinked(const std::string& summary) {
  DPS_TRY(const JsonDocument document, JsonDocument::ParseObject(summary));
  DPS_TRY(const auto unlinked, document.root().OptionalStrings("unlinkedHubs"));
  if (unlinked.empty()) return {};
  PrintNote("hubs of the table that are not linked: " + FirstOf(unlinked));
  return {};
}

// In quotes, as headers have it.
Result<std::optional<std::string>> StoredEtag(Service& service) {
  const auto shown = service.Send("GET", kPath);
  if (shown)
    return EtagOf(*shown).map(
        [](const std::string& etag) { return std::optional(etag); });
  if (shown.error().code == Errc::kNotFound) return std::nullopt;
  return tl::unexpected(shown.error());
}

Status Import(const Arguments& arguments) {
  DPS_TRY(const std::string csv,
          ReadInputFile(*arguments.path, limits::kLatencyTableBytesMax));
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  DPS_TRY(const auto before, StoredEtag(*service));
  Headers headers;
  if (before) headers["If-Match"] = "*";
  if (arguments.etag) headers["If-Match"] = *arguments.etag;
  DPS_TRY(const Response imported, service->Send("PUT", kPath, headers, csv));
  DPS_TRY(const std::string after, EtagOf(imported));
  if (before == after) {
    PrintNote("nothing to change, nothing was written");
  }
  DPS_CHECK(NoteUnlinked(imported.body));
  return Print(arguments, imported.body, TableColumns());
}

Status ShowTable(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  DPS_TRY(const Response shown, service->Send("GET", kPath));
  return Print(arguments, shown.body, TableColumns());
}

Result<std::string> ReadRows(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  DPS_TRY(Response rows, service->Send("GET", std::string(kPath) + "/rows"));
  return std::move(rows.body);
}

Status Export(const Arguments& arguments) {
  DPS_TRY(const std::string csv, ReadRows(arguments));
  return PrintRaw(csv);
}

Status DeleteTable(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  return service->Delete(kPath, arguments.etag);
}

// The rows that decide for the address, one for each hub.
Status Lookup(const Arguments& arguments) {
  DPS_TRY(const IpAddress address, IpAddress::Parse(*arguments.address));
  DPS_TRY(const std::string csv, ReadRows(arguments));
  DPS_TRY(const LatencyTable table, LatencyTable::ParseCsv(csv));
  const auto place = table.Locate(address);
  JsonWriter json;
  json.StartArray();
  for (std::uint32_t hub = 0; place && hub < table.hubs().size(); ++hub) {
    const auto row = table.RowFor(*place, hub);
    if (!row) continue;
    json.StartObject();
    json.Member("hub", row->hub.text());
    json.Key("milliseconds").Raw(FormatLatency(row->latency));
    json.Member("cidr", row->prefix.text());
    json.EndObject();
  }
  return Print(arguments, json.EndArray().Take(),
               {"hub", "milliseconds", "cidr"});
}

}  // namespace

std::vector<Command> LatencyTableCommands() {
  return {
      {"latency-table",
       "import",
       "Replace the latency table by that of a file",
       "dpsctl latency-table import --path latencies.csv\n",
       {option::LatencyTablePath, option::Etag},
       Import},
      {"latency-table",
       "show",
       "Show what the latency table holds",
       "dpsctl latency-table show\n",
       {},
       ShowTable},
      {"latency-table",
       "export",
       "Write the rows of the latency table to stdout",
       "dpsctl latency-table export > latencies.csv\n",
       {},
       Export},
      {"latency-table",
       "lookup",
       "Show the latency from an address to each hub",
       "dpsctl latency-table lookup --address 192.0.2.7\n",
       {option::Address},
       Lookup},
      {"latency-table",
       "delete",
       "Delete the latency table",
       "dpsctl latency-table delete\n",
       {option::Etag},
       DeleteTable},
  };
}

}  // namespace dps

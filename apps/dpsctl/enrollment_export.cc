// SPDX-License-Identifier: Apache-2.0
// Enrollments into a file, page by page.
#include <algorithm>

#include "apps/dpsctl/arguments.h"
#include "apps/dpsctl/file_streams.h"
#include "apps/dpsctl/options.h"
#include "apps/dpsctl/output.h"
#include "apps/dpsctl/row_source.h"
#include "apps/dpsctl/service.h"
#include "core/base/csv.h"
#include "core/model/enrollment_csv.h"

namespace dps {
namespace {

// The lines of JSON as lines of a table.
Result<std::string> ToCsv(const EnrollmentColumns& columns,
                          std::string_view page) {
  std::string csv;
  while (!page.empty()) {
    const std::size_t end = std::min(page.find('\n'), page.size());
    DPS_TRY(const auto fields, columns.ToFields(page.substr(0, end)));
    csv += CsvLine(fields);
    page.remove_prefix(std::min(end + 1, page.size()));
  }
  return csv;
}

Status WritePages(Service& service, const std::string& path,
                  const std::optional<EnrollmentColumns>& columns,
                  OutputStream& out) {
  Headers headers;
  for (bool more = true; more;) {
    DPS_TRY(const Response page, service.Send("POST", path, headers));
    if (columns) {
      DPS_TRY(const std::string csv, ToCsv(*columns, page.body));
      DPS_CHECK(out.Write(csv));
    } else {
      DPS_CHECK(out.Write(page.body));
      // Over a broker a row alone comes as what it is, JSON.
      const bool is_cut = !page.body.empty() && !page.body.ends_with('\n');
      if (is_cut) DPS_CHECK(out.Write("\n"));
    }
    const auto next = page.headers.find("x-ms-continuation");
    more = next != page.headers.end();
    if (more) headers["x-ms-continuation"] = next->second;
  }
  return {};
}

Status ExportFile(const Arguments& arguments, EnrollmentTable table) {
  const std::string file = arguments.path.value_or("-");
  DPS_TRY(OutputStream out, OutputStream::Open(file));
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  std::optional<EnrollmentColumns> columns;
  if (RowFormatOf(arguments.format, file) == RowFormat::kCsv) {
    columns = EnrollmentColumns::All(table);
    DPS_CHECK(out.Write(CsvLine(columns->Header())));
  }
  const std::string path =
      std::string(table == EnrollmentTable::kIndividual ? "/enrollments"
                                                        : "/enrollmentGroups") +
      "/export?withKeys=" + (arguments.show_keys ? "true" : "false");
  DPS_CHECK(WritePages(*service, path, columns, out));
  DPS_CHECK(out.Close());
  if (!arguments.show_keys) {
    PrintNote("without keys and certificates; --show-keys exports them, too");
  }
  return {};
}

Status ExportEnrollmentFile(const Arguments& arguments) {
  return ExportFile(arguments, EnrollmentTable::kIndividual);
}

Status ExportGroupFile(const Arguments& arguments) {
  return ExportFile(arguments, EnrollmentTable::kGroup);
}

}  // namespace

std::vector<Command> ExportCommands() {
  return {
      {"enrollment",
       "export",
       "Write all enrollments of single devices to a file",
       "dpsctl enrollment export > devices.ndjson\n"
       "dpsctl enrollment export devices.csv --show-keys\n",
       {option::RowsToExport},
       ExportEnrollmentFile},
      {"enrollment-group",
       "export",
       "The same of the enrollment groups",
       "dpsctl enrollment-group export groups.csv --show-keys\n",
       {option::RowsToExport},
       ExportGroupFile},
  };
}

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
// What an operator imports as a table: its records, and the enrollments that
// they stand for.
#include "core/base/csv.h"

#include <vector>

#include "core/base/json.h"
#include "core/model/enrollment_csv.h"
#include "tests/fuzz/require.h"

namespace {

std::optional<std::vector<dps::CsvRecord>> Records(std::string_view text) {
  dps::CsvParser parser;
  if (!parser.Push(text) || !parser.End()) return std::nullopt;
  std::vector<dps::CsvRecord> records;
  while (auto record = parser.Take()) records.push_back(*std::move(record));
  return records;
}

// What is written of the records is read as the same.
void RequireSame(const std::vector<dps::CsvRecord>& records) {
  // No byte order mark can begin behind this.
  std::string text = "first\n";
  for (const auto& record : records) text += dps::CsvLine(record.fields);
  const auto again = Records(text);
  dps::Require(again && again->size() == records.size() + 1);
  for (std::size_t i = 0; i < records.size(); ++i) {
    dps::Require((*again)[i + 1].fields == records[i].fields);
  }
}

void ReadAsTable(dps::EnrollmentTable table,
                 const std::vector<dps::CsvRecord>& records) {
  const auto columns =
      dps::EnrollmentColumns::OfHeader(table, records[0].fields);
  if (!columns) return;
  for (const auto& record : records) {
    const auto document = columns->ToDocument(record.fields);
    if (!document) continue;
    dps::Require(document->find('\n') == document->npos);
    dps::Require(dps::JsonDocument::ParseObject(*document,
                                                dps::limits::kJsonDepthMax + 1)
                     .has_value());
    const auto all = dps::EnrollmentColumns::All(table);
    const auto fields = all.ToFields(*document);
    dps::Require(fields && all.ToDocument(*fields) == *document);
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto records = Records(dps::Text(data, size));
  if (!records || records->empty()) return 0;
  RequireSame(*records);
  ReadAsTable(dps::EnrollmentTable::kIndividual, *records);
  ReadAsTable(dps::EnrollmentTable::kGroup, *records);
  return 0;
}

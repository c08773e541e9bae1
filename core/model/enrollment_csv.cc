// SPDX-License-Identifier: Apache-2.0
#include "core/model/enrollment_csv.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/text.h"

namespace dps {
namespace {

enum class CsvForm { kText, kBool, kObject, kWords };

// What a column stands for: the way to a member of the document, empty where
// there is none. Members of one object follow each other.
struct EnrollmentColumn {
  std::string_view name;
  CsvForm form;
  std::string_view individual;
  std::string_view group;

  std::string_view PathIn(EnrollmentTable table) const {
    return table == EnrollmentTable::kIndividual ? individual : group;
  }
};

constexpr auto kText = CsvForm::kText;
constexpr std::string_view kTypePath = "attestation/type";
constexpr std::string_view kX509Path = "attestation/x509/";

constexpr auto kEnrollmentColumns = std::to_array<EnrollmentColumn>({
    {"registrationId", kText, "registrationId", ""},
    {"enrollmentGroupId", kText, "", "enrollmentGroupId"},
    {"deviceId", kText, "deviceId", ""},
    {"optionalDeviceInformation", CsvForm::kObject, "optionalDeviceInformation",
     ""},
    {"attestationType", kText, kTypePath, kTypePath},
    {"primaryKey", kText, "attestation/symmetricKey/primaryKey",
     "attestation/symmetricKey/primaryKey"},
    {"secondaryKey", kText, "attestation/symmetricKey/secondaryKey",
     "attestation/symmetricKey/secondaryKey"},
    {"primaryCertificate", kText,
     "attestation/x509/clientCertificates/primary/certificate",
     "attestation/x509/signingCertificates/primary/certificate"},
    {"primaryThumbprint", kText,
     "attestation/x509/clientCertificates/primary/info/sha256Thumbprint",
     "attestation/x509/signingCertificates/primary/info/sha256Thumbprint"},
    {"secondaryCertificate", kText,
     "attestation/x509/clientCertificates/secondary/certificate",
     "attestation/x509/signingCertificates/secondary/certificate"},
    {"secondaryThumbprint", kText,
     "attestation/x509/clientCertificates/secondary/info/sha256Thumbprint",
     "attestation/x509/signingCertificates/secondary/info/sha256Thumbprint"},
    {"primaryCaName", kText, "", "attestation/x509/caReferences/primary"},
    {"secondaryCaName", kText, "", "attestation/x509/caReferences/secondary"},
    {"provisioningStatus", kText, "provisioningStatus", "provisioningStatus"},
    {"allocationPolicy", kText, "allocationPolicy", "allocationPolicy"},
    {"webhookUrl", kText, "customAllocationDefinition/webhookUrl",
     "customAllocationDefinition/webhookUrl"},
    {"webhookApiVersion", kText, "customAllocationDefinition/apiVersion",
     "customAllocationDefinition/apiVersion"},
    {"iotHubs", CsvForm::kWords, "iotHubs", "iotHubs"},
    {"updateHubAssignment", CsvForm::kBool,
     "reprovisionPolicy/updateHubAssignment",
     "reprovisionPolicy/updateHubAssignment"},
    {"migrateDeviceData", CsvForm::kBool, "reprovisionPolicy/migrateDeviceData",
     "reprovisionPolicy/migrateDeviceData"},
    {"capabilities", CsvForm::kObject, "capabilities", "capabilities"},
    {"initialTwin", CsvForm::kObject, "initialTwin", "initialTwin"},
});

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

// Members by the way to them, one after the other; opens and closes the objects
// on the way.
class NestedWriter {
 public:
  NestedWriter() { json_.StartObject(); }

  // The writer, ready for the value.
  JsonWriter& At(std::string_view path) {
    auto way = Split(path, '/');
    const std::string_view member = way.back();
    way.pop_back();
    const auto shared = std::ranges::mismatch(open_, way).in1 - open_.begin();
    while (std::ssize(open_) > shared) Close();
    for (const std::string_view object :
         std::span(way).subspan(static_cast<std::size_t>(shared))) {
      json_.Key(object).StartObject();
      open_.push_back(object);
    }
    return json_.Key(member);
  }

  std::string Take() {
    while (!open_.empty()) Close();
    return json_.EndObject().Take();
  }

 private:
  void Close() {
    json_.EndObject();
    open_.pop_back();
  }

  JsonWriter json_;
  std::vector<std::string_view> open_;
};

tl::unexpected<Error> BadCell(const EnrollmentColumn& column,
                              const std::string& what) {
  return Fail(Errc::kInvalidArgument,
              "column " + std::string(column.name) + ": " + what);
}

Status WriteCell(const EnrollmentColumn& column, std::string_view path,
                 const std::string& cell, NestedWriter& document) {
  switch (column.form) {
    case CsvForm::kText:
      document.At(path).String(cell);
      return {};
    case CsvForm::kBool: {
      const bool is_true = EqualsIgnoreCase(cell, "true");
      if (!is_true && !EqualsIgnoreCase(cell, "false")) {
        return BadCell(column, "must be true or false");
      }
      document.At(path).Bool(is_true);
      return {};
    }
    case CsvForm::kObject: {
      const auto object = JsonDocument::ParseObject(cell);
      if (!object) return BadCell(column, object.error().message);
      document.At(path).Raw(object->root().Text());
      return {};
    }
    case CsvForm::kWords:
      break;
  }
  JsonWriter& json = document.At(path).StartArray();
  for (const std::string_view word : Split(cell, ' ')) json.String(word);
  json.EndArray();
  return {};
}

Result<std::string> ReadCell(JsonView object, CsvForm form,
                             const std::string& member) {
  switch (form) {
    case CsvForm::kText: {
      DPS_TRY(auto text, object.OptionalString(member));
      return std::move(text).value_or("");
    }
    case CsvForm::kBool: {
      DPS_TRY(const auto value, object.OptionalBool(member));
      if (!value) return "";
      return *value ? "true" : "false";
    }
    case CsvForm::kObject: {
      DPS_TRY(const auto value, object.OptionalObject(member));
      return value ? value->Text() : "";
    }
    case CsvForm::kWords:
      break;
  }
  DPS_TRY(const auto words, object.OptionalStrings(member));
  std::string cell;
  for (const std::string& word : words) {
    cell += (cell.empty() ? "" : " ") + word;
  }
  return cell;
}

Result<std::string> FindCell(JsonView document, CsvForm form,
                             std::string_view path) {
  auto way = Split(path, '/');
  const std::string member(way.back());
  way.pop_back();
  JsonView object = document;
  for (const std::string_view name : way) {
    DPS_TRY(const auto inner, object.OptionalObject(name));
    if (!inner) return "";
    object = *inner;
  }
  return ReadCell(object, form, member);
}

Result<std::size_t> FindColumn(EnrollmentTable table, std::string_view name) {
  std::string all;
  for (std::size_t i = 0; i < kEnrollmentColumns.size(); ++i) {
    const EnrollmentColumn& column = kEnrollmentColumns[i];
    if (column.PathIn(table).empty()) continue;
    if (EqualsIgnoreCase(column.name, name)) return i;
    all += (all.empty() ? "" : ", ") + std::string(column.name);
  }
  return Fail(Errc::kInvalidArgument,
              "there is no column " + Printable(name) + "; there are " + all);
}

// The first of its table.
std::size_t IdColumn(EnrollmentTable table) {
  return table == EnrollmentTable::kIndividual ? 0 : 1;
}

}  // namespace

EnrollmentColumns EnrollmentColumns::All(EnrollmentTable table) {
  EnrollmentColumns columns(table);
  for (std::size_t i = 0; i < kEnrollmentColumns.size(); ++i) {
    if (kEnrollmentColumns[i].PathIn(table).empty()) continue;
    columns.columns_.push_back(i);
  }
  return columns;
}

Result<EnrollmentColumns> EnrollmentColumns::OfHeader(
    EnrollmentTable table, const std::vector<std::string>& header) {
  EnrollmentColumns columns(table);
  for (const std::string& name : header) {
    DPS_TRY(const std::size_t column, FindColumn(table, name));
    if (std::ranges::find(columns.columns_, column) != columns.columns_.end()) {
      return Fail(Errc::kInvalidArgument,
                  "column " + Printable(name) + " is there twice");
    }
    columns.columns_.push_back(column);
  }
  const std::size_t id = IdColumn(table);
  if (std::ranges::find(columns.columns_, id) != columns.columns_.end()) {
    return columns;
  }
  return Fail(Errc::kInvalidArgument,
              "the first line must name the columns, " +
                  std::string(kEnrollmentColumns[id].name) + " among them");
}

std::vector<std::string> EnrollmentColumns::Header() const {
  std::vector<std::string> header;
  header.reserve(columns_.size());
  for (const std::size_t column : columns_) {
    header.emplace_back(kEnrollmentColumns[column].name);
  }
  return header;
}

Result<std::string> EnrollmentColumns::ToDocument(
    const std::vector<std::string>& fields) const {
  if (fields.size() != columns_.size()) {
    return Fail(Errc::kInvalidArgument,
                "there are " + std::to_string(fields.size()) +
                    " fields, and the first line names " +
                    std::to_string(columns_.size()) + " columns");
  }
  std::array<std::string, kEnrollmentColumns.size()> cells;
  std::string type = "symmetricKey";
  for (std::size_t i = 0; i < fields.size(); ++i) {
    cells[columns_[i]] = fields[i];
    const auto path = kEnrollmentColumns[columns_[i]].PathIn(table_);
    if (!fields[i].empty() && path.starts_with(kX509Path)) type = "x509";
  }
  NestedWriter document;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const EnrollmentColumn& column = kEnrollmentColumns[i];
    const std::string_view path = column.PathIn(table_);
    if (path == kTypePath && cells[i].empty()) cells[i] = type;
    // Blanks alone are no list of words either.
    const bool is_empty = cells[i].find_first_not_of(' ') == std::string::npos;
    if (path.empty() || is_empty) continue;
    DPS_CHECK(WriteCell(column, path, cells[i], document));
  }
  return document.Take();
}

Result<std::vector<std::string>> EnrollmentColumns::ToFields(
    std::string_view document) const {
  DPS_TRY(const JsonDocument json,
          JsonDocument::ParseObject(document, limits::kJsonDepthMax + 1));
  std::vector<std::string> fields;
  for (const std::size_t i : columns_) {
    const EnrollmentColumn& column = kEnrollmentColumns[i];
    DPS_TRY(fields.emplace_back(),
            FindCell(json.root(), column.form, column.PathIn(table_)));
  }
  return fields;
}

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
// Enrollments from a file, of any size: read and sent piece by piece.
#include "core/service_api/enrollment_import.h"

#include <unistd.h>

#include <cstdint>
#include <cstdio>

#include "apps/dpsctl/arguments.h"
#include "apps/dpsctl/options.h"
#include "apps/dpsctl/output.h"
#include "apps/dpsctl/row_source.h"
#include "apps/dpsctl/service.h"
#include "core/base/text.h"

namespace dps {
namespace {

constexpr std::int64_t kRefusalsShown = 20;
constexpr std::size_t kReasonShownMax = 500;
// Of one request, so that it passes every transport.
constexpr std::size_t kSentBytesMax = std::size_t{1024} * 1024;
static_assert(kSentBytesMax <= kImportBytesMax);

// What came of the rows.
struct ImportCounts {
  std::int64_t created = 0;
  std::int64_t updated = 0;
  std::int64_t unchanged = 0;
  std::int64_t deleted = 0;
  std::int64_t refused = 0;

  std::int64_t done() const { return created + updated + unchanged + deleted; }
};

struct ImportRefusal {
  std::size_t line = 0;
  std::string id;
  std::int64_t code = 0;  // 0: it was not sent
  std::string message;
};

class ImportRun {
 public:
  ImportRun(const Arguments& arguments, EnrollmentTable table, Service& service)
      : table_(table),
        path_(std::string(table == EnrollmentTable::kIndividual
                              ? "/enrollments"
                              : "/enrollmentGroups") +
              "/import?mode=" + arguments.import_mode),
        service_(service) {}

  void WriteRefusalsTo(OutputStream& results) { results_ = &results; }
  // All rows of the file.
  Status Run(RowSource& rows);
  const ImportCounts& counts() const { return counts_; }

 private:
  Status Add(const SourceRow& row);
  Status SendRows();
  Status Count(JsonView result);
  Status NoteRefusal(const ImportRefusal& refusal);
  void ShowProgress(bool show) const;
  std::string IdMember() const;

  const EnrollmentTable table_;
  const std::string path_;
  Service& service_;
  OutputStream* results_ = nullptr;
  ImportCounts counts_;
  // What is to be sent next.
  std::string body_;
  std::vector<std::size_t> lines_;
};

std::string ImportRun::IdMember() const {
  return table_ == EnrollmentTable::kIndividual ? "registrationId"
                                                : "enrollmentGroupId";
}

void ImportRun::ShowProgress(bool show) const {
  if (isatty(STDERR_FILENO) == 0) return;
  const std::string text =
      show ? std::to_string(counts_.done() + counts_.refused) + " rows" : "";
  static_cast<void>(std::fprintf(stderr, "\r\033[K%s", text.c_str()));
}

Status ImportRun::NoteRefusal(const ImportRefusal& refusal) {
  ++counts_.refused;
  if (counts_.refused <= kRefusalsShown) {
    ShowProgress(false);
    PrintNote("line " + std::to_string(refusal.line) +
              (refusal.id.empty() ? "" : " (" + Printable(refusal.id) + ")") +
              ": " + Printable(refusal.message, kReasonShownMax));
  }
  if (results_ == nullptr) return {};
  JsonWriter json;
  json.StartObject();
  json.Key("line").Int(static_cast<std::int64_t>(refusal.line));
  json.MemberNonempty(IdMember(), refusal.id);
  if (refusal.code != 0) json.Key("errorCode").Int(refusal.code);
  json.Member("message", refusal.message);
  return results_->Write(json.EndObject().Take() + "\n");
}

Status ImportRun::Count(JsonView result) {
  DPS_TRY(const auto row, result.OptionalInt("row", 1, std::ssize(lines_)));
  DPS_TRY(const std::string status, result.String("status"));
  if (status == "created") ++counts_.created;
  if (status == "updated") ++counts_.updated;
  if (status == "unchanged") ++counts_.unchanged;
  if (status == "deleted") ++counts_.deleted;
  if (status != "refused") return {};
  DPS_TRY(const auto id, result.OptionalString(IdMember()));
  DPS_TRY(const auto code, result.OptionalInt("errorCode", 1, INT32_MAX));
  DPS_TRY(const auto message, result.OptionalString("message"));
  const auto line = static_cast<std::size_t>(row.value_or(1) - 1);
  return NoteRefusal({.line = lines_[line],
                      .id = id.value_or(""),
                      .code = code.value_or(0),
                      .message = message.value_or("refused")});
}

Status ImportRun::SendRows() {
  if (lines_.empty()) return {};
  DPS_TRY(const Response answer, service_.Send("POST", path_, {}, body_));
  DPS_TRY(const JsonDocument document, JsonDocument::ParseObject(answer.body));
  DPS_TRY(const auto results, document.root().OptionalArray("results"));
  if (results.size() != lines_.size()) {
    return Fail(Errc::kUnavailable,
                "the service's answer does not tell of every row");
  }
  for (const JsonView result : results) DPS_CHECK(Count(result));
  body_.clear();
  lines_.clear();
  ShowProgress(true);
  return {};
}

Status ImportRun::Add(const SourceRow& row) {
  if (!row.document) {
    return NoteRefusal(
        {.line = row.line, .id = {}, .message = row.document.error().message});
  }
  if (lines_.size() == kImportRowsMax ||
      body_.size() + row.document->size() + 1 > kSentBytesMax) {
    DPS_CHECK(SendRows());
  }
  body_ += *row.document + '\n';
  lines_.push_back(row.line);
  return {};
}

Status ImportRun::Run(RowSource& rows) {
  const auto run = [&]() -> Status {
    for (;;) {
      DPS_TRY(const auto row, rows.Next());
      if (!row) return SendRows();
      DPS_CHECK(Add(*row));
    }
  };
  Status ran = run();
  ShowProgress(false);
  if (ran || counts_.done() == 0) return ran;
  return Fail(ran.error().code,
              ran.error().message + "; the " + std::to_string(counts_.done()) +
                  " rows done before stay, the same command goes on");
}

std::string ToJson(const ImportCounts& counts) {
  JsonWriter json;
  json.StartObject();
  json.Key("created").Int(counts.created).Key("updated").Int(counts.updated);
  json.Key("unchanged").Int(counts.unchanged);
  json.Key("deleted").Int(counts.deleted).Key("refused").Int(counts.refused);
  return json.EndObject().Take();
}

Status ImportFile(const Arguments& arguments, EnrollmentTable table) {
  DPS_TRY(InputStream file, InputStream::Open(*arguments.path));
  std::optional<OutputStream> results;
  if (arguments.results_path) {
    DPS_TRY(results, OutputStream::Open(*arguments.results_path));
  }
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  ImportRun run(arguments, table, *service);
  if (results) run.WriteRefusalsTo(*results);
  const auto rows = MakeRowSource(
      RowFormatOf(arguments.format, *arguments.path), table, std::move(file));
  const Status ran = run.Run(*rows);
  if (results) DPS_CHECK(results->Close());
  DPS_CHECK(ran);
  const ImportCounts& counts = run.counts();
  DPS_CHECK(Print(arguments, ToJson(counts),
                  {"created", "updated", "unchanged", "deleted", "refused"}));
  const bool deletes = arguments.import_mode == "delete";
  const std::string sum = std::to_string(counts.done()) +
                          (deletes ? " deleted, " : " imported, ") +
                          std::to_string(counts.refused) + " refused";
  if (counts.refused > 0) return Fail(Errc::kInvalidArgument, sum);
  PrintNote(sum);
  return {};
}

Status ImportEnrollmentFile(const Arguments& arguments) {
  return ImportFile(arguments, EnrollmentTable::kIndividual);
}

Status ImportGroupFile(const Arguments& arguments) {
  return ImportFile(arguments, EnrollmentTable::kGroup);
}

}  // namespace

std::vector<Command> ImportCommands() {
  return {
      {"enrollment",
       "import",
       "Create, change or delete many enrollments by a file; rows that are "
       "refused do not keep others out",
       "dpsctl enrollment import devices.csv\n"
       "dpsctl enrollment import devices.ndjson --mode create --results "
       "refused.ndjson\n"
       "dpsctl enrollment export --show-keys | dpsctl enrollment import - "
       "--login-file other\n",
       {option::RowsToImport},
       ImportEnrollmentFile},
      {"enrollment-group",
       "import",
       "The same for enrollment groups",
       "dpsctl enrollment-group import groups.csv\n",
       {option::RowsToImport},
       ImportGroupFile},
  };
}

}  // namespace dps

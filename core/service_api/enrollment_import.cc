// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/enrollment_import.h"

#include <algorithm>
#include <array>
#include <set>
#include <type_traits>
#include <vector>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/protocol/error.h"
#include "core/service_api/decision.h"
#include "core/service_api/enrollment_changes.h"
#include "core/service_api/enrollment_kind.h"

namespace dps {
namespace {

enum class ImportMode { kCreate, kUpdate, kCreateOrUpdate, kDelete };
constexpr std::array kImportModes = {
    std::pair{"create", ImportMode::kCreate},
    std::pair{"update", ImportMode::kUpdate},
    std::pair{"createOrUpdate", ImportMode::kCreateOrUpdate},
    std::pair{"delete", ImportMode::kDelete}};

Result<ImportMode> ParseImportMode(const Request& request) {
  const auto given = request.query.find("mode");
  if (given == request.query.end() || given->second.empty()) {
    return ImportMode::kCreateOrUpdate;
  }
  for (const auto& [name, mode] : kImportModes) {
    if (EqualsIgnoreCase(name, given->second)) return mode;
  }
  return Fail(Errc::kInvalidArgument,
              "mode must be create, update, createOrUpdate or delete, not " +
                  Printable(given->second));
}

Precondition PreconditionOf(ImportMode mode) {
  switch (mode) {
    case ImportMode::kCreate:
      return Precondition::None();
    case ImportMode::kCreateOrUpdate:
      return Precondition::Anything();
    case ImportMode::kUpdate:
    case ImportMode::kDelete:
      break;
  }
  return Precondition::Present();
}

// One line of the request and what came of it.
template <class Document>
struct ImportRow {
  std::size_t number = 0;
  std::string id;  // as the line has it, fit to be shown; empty = none
  // To be put; to be removed; none for a line that was refused.
  std::optional<Document> document;
  std::optional<typename EnrollmentKind<Document>::Id> removed;
  std::string_view status = "refused";
  Error error;  // of a refused one
};

template <class Document>
std::string IdIn(std::string_view line) {
  const auto json = JsonDocument::ParseObject(line, limits::kJsonDepthMax + 1);
  if (!json) return "";
  const auto id = json->root().String(EnrollmentKind<Document>::kIdMember);
  return id ? Printable(*id) : "";
}

template <class Document>
Status ReadDocument(std::string_view line, ImportRow<Document>& row) {
  using Kind = EnrollmentKind<Document>;
  if (line.size() > limits::kDocumentMax) {
    return Fail(Errc::kTooLarge, "the row is larger than " +
                                     std::to_string(limits::kDocumentMax) +
                                     " bytes");
  }
  DPS_TRY(row.document, Kind::Parse(line));
  row.id = Kind::IdOf(*row.document).text();
  return {};
}

template <class Document>
Status ReadRemoved(std::string_view line, ImportRow<Document>& row) {
  using Kind = EnrollmentKind<Document>;
  DPS_TRY(const JsonDocument json,
          JsonDocument::ParseObject(line, limits::kJsonDepthMax + 1));
  DPS_TRY(const std::string id, json.root().String(Kind::kIdMember));
  DPS_TRY(row.removed, Kind::Id::Parse(id));
  row.id = row.removed->text();
  return {};
}

template <class Document>
ImportRow<Document> ReadRow(std::string_view line, std::size_t number,
                            ImportMode mode) {
  ImportRow<Document> row{.number = number};
  const Status read = mode == ImportMode::kDelete ? ReadRemoved(line, row)
                                                  : ReadDocument(line, row);
  if (read) return row;
  row.id = IdIn<Document>(line);
  row.error = read.error();
  return row;
}

template <class Document>
Result<std::vector<ImportRow<Document>>> ReadRows(std::string_view body,
                                                  ImportMode mode) {
  std::vector<ImportRow<Document>> rows;
  for (std::size_t number = 1; !body.empty(); ++number) {
    const std::size_t end = std::min(body.find('\n'), body.size());
    const std::string_view line = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    if (line.find_first_not_of(" \t\r") == line.npos) continue;
    if (rows.size() == kImportRowsMax) {
      return Fail(Errc::kInvalidArgument, "a request takes " +
                                              std::to_string(kImportRowsMax) +
                                              " rows at most");
    }
    rows.push_back(ReadRow<Document>(line, number, mode));
  }
  return rows;
}

// What of other rows of the same commit a row must not meet: it is judged by
// what the store has, where they are not yet.
template <class Document>
void AddClaims(const Document& document, std::set<std::string>& claims) {
  claims.insert("id " + document.key());
  // Groups are judged by how many there are, and of one subject.
  if (std::is_same_v<Document, EnrollmentGroup>) claims.insert("any group");
  const auto* x509 = std::get_if<X509Attestation>(&document.terms.attestation);
  if (x509 == nullptr) return;
  for (const auto* slot : {&x509->primary, &x509->secondary}) {
    if (*slot) claims.insert(AsciiLower((*slot)->thumbprint()));
  }
}

template <class Document>
std::set<std::string> ClaimsOf(const ImportRow<Document>& row) {
  std::set<std::string> claims;
  if (row.document) AddClaims(*row.document, claims);
  if (row.removed) claims.insert("id " + row.removed->key());
  return claims;
}

bool Meet(const std::set<std::string>& a, const std::set<std::string>& b) {
  return std::ranges::any_of(
      a, [&](const std::string& claim) { return b.contains(claim); });
}

template <class Document>
class Import {
 public:
  using Row = ImportRow<Document>;

  Import(const Call& call, ImportMode mode, std::vector<Row> rows)
      : call_(call), mode_(mode), rows_(std::move(rows)) {}

  // One commit after the other.
  Status Run();
  Response Answer() const;

 private:
  Result<Decision> DecidePart(Snapshot& snapshot, std::size_t rows_max);
  Result<std::string_view> Decide(EnrollmentChanges<Document>& changes,
                                  const Row& row, Batch& batch);

  const Call& call_;
  const ImportMode mode_;
  std::vector<Row> rows_;
  // Of the part that is under way.
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::set<std::string> claims_;
};

template <class Document>
Status Import<Document>::Run() {
  for (begin_ = 0; begin_ < rows_.size(); begin_ = end_) {
    // Who loses a race is faster with less.
    std::size_t rows_max = 2 * kImportCommitMax;
    const auto decide = [&](Snapshot& snapshot) -> Result<Decision> {
      rows_max = std::max<std::size_t>(1, rows_max / 2);
      return DecidePart(snapshot, rows_max);
    };
    DPS_CHECK(DecideAndCommit(call_.store, decide));
  }
  return {};
}

template <class Document>
Result<Decision> Import<Document>::DecidePart(Snapshot& snapshot,
                                              std::size_t rows_max) {
  EnrollmentChanges<Document> changes(snapshot, call_);
  Decision decision;
  claims_.clear();
  for (end_ = begin_; end_ < rows_.size() && end_ - begin_ < rows_max; ++end_) {
    Row& row = rows_[end_];
    if (!row.document && !row.removed) continue;
    const auto claims = ClaimsOf(row);
    if (Meet(claims, claims_)) break;
    auto status = Decide(changes, row, decision.batch);
    if (!status && IsOurTrouble(status.error())) {
      return tl::unexpected(status.error());
    }
    row.status = status.value_or("refused");
    if (!status) row.error = std::move(status).error();
    claims_.insert(claims.begin(), claims.end());
  }
  return decision;
}

template <class Document>
Result<std::string_view> Import<Document>::Decide(
    EnrollmentChanges<Document>& changes, const Row& row, Batch& batch) {
  const Precondition precondition = PreconditionOf(mode_);
  if (row.removed) {
    Batch removal;
    DPS_CHECK(changes.AddRemoval(*row.removed, precondition, removal));
    std::ranges::move(removal.changes, std::back_inserter(batch.changes));
    return "deleted";
  }
  DPS_TRY(auto planned, changes.PlanPut(*row.document, precondition));
  if (planned.stored) AddClaims(*planned.stored, claims_);
  if (mode_ == ImportMode::kCreateOrUpdate && !planned.Changes()) {
    return "unchanged";
  }
  const bool is_new = !planned.stored;
  std::move(planned).AddTo(call_.scope(), batch);
  return is_new ? "created" : "updated";
}

template <class Document>
Response Import<Document>::Answer() const {
  JsonWriter results;
  bool all_done = true;
  results.StartArray();
  for (const Row& row : rows_) {
    results.StartObject().Key("row").Int(static_cast<std::int64_t>(row.number));
    results.MemberNonempty(EnrollmentKind<Document>::kIdMember, row.id);
    results.Member("status", row.status);
    if (row.status == "refused") {
      all_done = false;
      results.Key("errorCode").Int(ErrorCode(row.error.code));
      results.Member("message", row.error.message);
    }
    results.EndObject();
  }
  JsonWriter json;
  json.StartObject().Key("isSuccessful").Bool(all_done);
  json.Key("results").Raw(results.EndArray().Take());
  return JsonResponse(json.EndObject().Take());
}

}  // namespace

template <class Document>
Result<Response> ImportEnrollments(const Call& call) {
  DPS_TRY(const ImportMode mode, ParseImportMode(call.request));
  DPS_TRY(auto rows, ReadRows<Document>(call.request.body, mode));
  Import<Document> import(call, mode, std::move(rows));
  DPS_CHECK(import.Run());
  return import.Answer();
}

template Result<Response> ImportEnrollments<IndividualEnrollment>(const Call&);
template Result<Response> ImportEnrollments<EnrollmentGroup>(const Call&);

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/audit.h"

#include <type_traits>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/store/document.h"

namespace dps {
namespace {

constexpr int kUnauthorized = 401;
constexpr int kForbidden = 403;
constexpr int kThrottled = 429;
constexpr int kFirstRefusal = 400;

bool IsRefusal(int status) {
  return status == kUnauthorized || status == kForbidden ||
         status == kThrottled;
}

std::string ExpectedEtag(const Expect& expect) {
  return expect.kind == Expect::Kind::kEtag ? expect.etag : "";
}

template <class Document>
AuditedChange Describe(const Put<Document>& put) {
  return {.kind = std::string(DocumentKind<Document>::kName),
          .key = put.document.key(),
          .etag_before = ExpectedEtag(put.expect),
          .etag_after = put.document.etag()};
}

template <class Document>
AuditedChange Describe(const Remove<Document>& remove) {
  return {.kind = std::string(DocumentKind<Document>::kName),
          .key = remove.key,
          .etag_before = ExpectedEtag(remove.expect),
          .etag_after = ""};
}

AuditedChange Describe(const AdjustAssignedCounts&) {
  return {.kind = "assignment counts",
          .key = "",
          .etag_before = "",
          .etag_after = ""};
}

// What the service notes by itself is no operator's change.
template <class Change>
constexpr bool kIsNote = std::is_same_v<Change, Put<HubHealth>> ||
                         std::is_same_v<Change, Remove<HubHealth>>;

// Whether there was anything to remove is not known.
template <class Change>
bool IsIdle(const Change&) {
  return false;
}
template <class Document>
bool IsIdle(const Remove<Document>& remove) {
  return remove.expect.kind == Expect::Kind::kAnything;
}

void WriteChanges(JsonWriter& json, const std::vector<AuditedChange>& changes) {
  if (changes.empty()) return;
  json.Key("changes").StartArray();
  for (const AuditedChange& change : changes) {
    json.StartObject().Member("kind", change.kind);
    json.MemberNonempty("id", change.key);
    json.MemberNonempty("etagBefore", change.etag_before);
    json.MemberNonempty("etagAfter", change.etag_after);
    json.EndObject();
  }
  json.EndArray();
}

std::string LineOf(const AuditedOutcome& outcome, UtcTime now,
                   std::uint64_t left_out) {
  const Request& request = outcome.request;
  const Caller& caller = request.caller;
  JsonWriter json;
  json.StartObject().Member("time", FormatUtc(now));
  json.Member("trackingId", outcome.tracking_id);
  json.Member("who", Printable(caller.name));
  json.MemberNonempty("from", Printable(caller.address));
  if (request.id_scope) json.Member("idScope", request.id_scope->text());
  json.Member("operation",
              Printable(request.method) + " " + Printable(request.path));
  json.Key("status").Int(outcome.status);
  json.MemberNonempty("message", outcome.message);
  WriteChanges(json, outcome.changes);
  if (left_out > 0) {
    json.Key("refusalsLeftOut").Int(static_cast<std::int64_t>(left_out));
  }
  return json.EndObject().Take();
}

}  // namespace

Status RecordingStore::Commit(const Batch& batch) {
  DPS_CHECK(store_.Commit(batch));
  const auto note = [this](const auto& change) {
    if constexpr (!kIsNote<std::decay_t<decltype(change)>>) {
      if (!IsIdle(change)) changes_.push_back(Describe(change));
    }
  };
  for (const Change& change : batch.changes) std::visit(note, change);
  return {};
}

Audit::Audit(const std::string& path, const Clock& clock, Log& log)
    : file_(path),
      clock_(clock),
      log_(log),
      refusals_(limits::kRefusalsAudited, std::chrono::seconds{1}) {}

Status Audit::CheckReady() const {
  auto ready = file_.CheckWritable();
  if (ready) return {};
  return Fail(Errc::kUnavailable, "the audit: " + ready.error().message);
}

std::optional<std::uint64_t> Audit::TakeTurn(bool is_refusal) {
  const std::lock_guard lock(mutex_);
  if (is_refusal && !refusals_.Admit(clock_.SteadyNow())) {
    ++left_out_;
    return std::nullopt;
  }
  return std::exchange(left_out_, 0);
}

void Audit::Write(const AuditedOutcome& outcome) {
  const bool is_refusal = IsRefusal(outcome.status);
  if (outcome.only_reads && !is_refusal) return;
  const bool failed = outcome.status >= kFirstRefusal;
  const auto left_out = TakeTurn(failed && outcome.changes.empty());
  if (!left_out) return;
  const Status written = file_.Append(LineOf(outcome, clock_.Now(), *left_out));
  if (!written) {
    log_.Write(LogLevel::kError, "not in the audit (tracking id " +
                                     outcome.tracking_id +
                                     "): " + written.error().message);
  }
}

}  // namespace dps

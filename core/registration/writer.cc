// SPDX-License-Identifier: Apache-2.0
#include "core/registration/writer.h"

#include <exception>

#include "core/base/limits.h"
#include "core/base/thread.h"

namespace dps {
namespace {

// What an operation is called in the log.
std::string Describe(const IdScope& scope, const RegistrationId& id,
                     std::string_view operation_id) {
  return "scope=" + scope.text() + " registration=" + id.text() +
         " operation=" + std::string(operation_id);
}

std::string Describe(const RegistrationRequest& request) {
  return Describe(request.proof.id_scope, request.proof.registration_id,
                  request.operation_id);
}

std::string Describe(const Completion& completion) {
  return Describe(completion.id_scope, completion.registration_id,
                  completion.operation_id);
}

// Another writer changed what the decision rested on.
bool LostARace(const Error& error) {
  return error.code == Errc::kPreconditionFailed ||
         error.code == Errc::kConflict || error.code == Errc::kNotFound;
}

}  // namespace

RegistrationWriter::RegistrationWriter(Store& store, const Clock& clock,
                                       Log& log, const WriterOptions& options,
                                       std::function<void()> wake)
    : store_(store),
      clock_(clock),
      log_(log),
      options_(options),
      wake_(std::move(wake)),
      inbox_(options.pending_max),
      completions_(options.pending_max) {
  thread_ = StartThread([this] { Run(); });
}

RegistrationWriter::~RegistrationWriter() {
  inbox_.Close();
  thread_.join();
}

bool RegistrationWriter::TrySubmit(RegistrationRequest&& request) {
  return inbox_.TryPut(std::move(request));
}

std::vector<Completion> RegistrationWriter::TakeCompletions() {
  return completions_.TryTake(options_.pending_max);
}

void RegistrationWriter::Run() {
  while (true) {
    Requests requests = inbox_.Take(limits::kCommitBatchMax, options_.linger);
    if (requests.empty()) return;
    try {
      Process(std::move(requests));
    } catch (const std::exception& exception) {
      // Out of memory at the worst place: the broker must live on.
      log_.Write(LogLevel::kError,
                 std::string("registrations lost: ") + exception.what());
    }
  }
}

void RegistrationWriter::Process(Requests requests) {
  std::vector<Status> outcomes(requests.size());
  Result<Batch> committed;
  for (int attempt = 0; attempt < limits::kCommitAttemptsMax; ++attempt) {
    try {
      committed = DecideAndCommit(requests, outcomes);
    } catch (const std::exception& exception) {
      committed = Fail(Errc::kInternal, exception.what());
    }
    if (committed || !LostARace(committed.error())) break;
  }
  if (!committed && requests.size() > 1 && LostARace(committed.error())) {
    // Some request keeps losing; the others must not wait for it.
    for (RegistrationRequest& request : requests) {
      Requests alone;
      alone.push_back(std::move(request));
      Process(std::move(alone));
    }
    return;
  }
  Complete(std::move(requests), std::move(outcomes), std::move(committed));
}

Result<Batch> RegistrationWriter::Decide(const Requests& requests,
                                         std::vector<Status>& outcomes) {
  DPS_TRY(const auto snapshot, store_.Read());
  const Moment moment{clock_.Now(), options_.proofs};
  Batch batch;
  batch.changes.reserve(requests.size());
  remarks_.clear();
  std::map<IdScope, AssignedCounts> assigned;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const IdScope& scope = requests[i].proof.id_scope;
    const auto config = cache_.At(*snapshot, scope);
    if (!config) {
      outcomes[i] = tl::unexpected<Error>(config.error());
      continue;
    }
    const auto [held, is_new] = assigned.try_emplace(scope);
    if (is_new && (*config)->instance.load_bound) {
      DPS_TRY(held->second, snapshot->CountAssigned(scope));
    }
    auto assignment =
        Assign({*snapshot, **config, held->second, moment}, requests[i]);
    if (!assignment) {
      outcomes[i] = Forward(std::move(assignment));
      continue;
    }
    outcomes[i] = {};
    if (assignment->record.status != RegistrationStatus::kAssigned) {
      remarks_.push_back(Describe(requests[i]) +
                         " reason=" + assignment->record.error_message +
                         " tracking=" + assignment->record.tracking_id);
    }
    batch.unchanged_config[scope] = (*config)->version;
    batch.changes.emplace_back(Put<RegistrationRecord>{
        scope, std::move(assignment->record), std::move(assignment->expect)});
  }
  return batch;
}

Result<Batch> RegistrationWriter::DecideAndCommit(
    const Requests& requests, std::vector<Status>& outcomes) {
  // The snapshot is gone before the commit: a store may have to wait for all
  // of them when it grows.
  DPS_TRY(Batch batch, Decide(requests, outcomes));
  if (batch.changes.empty()) return batch;
  DPS_CHECK(store_.Commit(batch));
  for (const std::string& remark : remarks_) {
    log_.Write(LogLevel::kWarning, "registration without a hub: " + remark);
  }
  return batch;
}

void RegistrationWriter::Complete(Requests requests,
                                  std::vector<Status> outcomes,
                                  Result<Batch> committed) {
  std::size_t taken = 0;
  const auto outcome_of = [&](Status& decided) -> Result<RegistrationRecord> {
    if (!decided) return Forward(std::move(decided));
    if (!committed) return tl::unexpected<Error>(committed.error());
    Change& change = committed->changes[taken++];
    return std::move(std::get<Put<RegistrationRecord>>(change).document);
  };
  for (std::size_t i = 0; i < requests.size(); ++i) {
    Proof& proof = requests[i].proof;
    Completion completion{.id_scope = std::move(proof.id_scope),
                          .registration_id = std::move(proof.registration_id),
                          .operation_id = std::move(requests[i].operation_id),
                          .payload_bytes = requests[i].payload_json.size(),
                          .outcome = outcome_of(outcomes[i])};
    if (!completion.outcome) {
      log_.Write(LogLevel::kError,
                 "registration not completed: " + Describe(completion) +
                     " reason=" + completion.outcome.error().message);
    } else {
      completion.config_version =
          committed->unchanged_config[completion.id_scope];
    }
    // There is room: completions are bounded as the submissions are.
    const bool kept = completions_.TryPut(std::move(completion));
    if (!kept) log_.Write(LogLevel::kError, "completion queue overflow");
  }
  if (wake_) wake_();
}

}  // namespace dps

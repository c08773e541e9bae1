// SPDX-License-Identifier: Apache-2.0
#include "core/registration/writer.h"

#include <exception>
#include <map>
#include <memory>
#include <utility>

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
                                       std::function<void()> wake,
                                       Advisers advisers)
    : store_(store),
      clock_(clock),
      log_(log),
      options_(options),
      wake_(std::move(wake)),
      geo_(advisers.geo_database),
      inbox_(options.pending_max),
      completions_(options.pending_max),
      webhooks_(std::move(advisers.webhooks)) {
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
  Decision decision;
  for (int attempt = 0; attempt < limits::kCommitAttemptsMax; ++attempt) {
    decision = DecideAndCommit(requests);
    if (decision.committed || !LostARace(decision.committed.error())) break;
  }
  if (!decision.committed && requests.size() > 1 &&
      LostARace(decision.committed.error())) {
    // Some request keeps losing; the others must not wait for it.
    for (RegistrationRequest& request : requests) {
      Requests alone;
      alone.push_back(std::move(request));
      Process(std::move(alone));
    }
    return;
  }
  Complete(std::move(requests), std::move(decision));
}

RegistrationWriter::Verdict RegistrationWriter::DecideOne(
    const Ground& ground, const RegistrationRequest& request,
    Decision& decision) {
  auto outcome = Assign(ground, request);
  if (!outcome) return Status(Forward(std::move(outcome)));
  if (auto* call = std::get_if<WebhookCall>(&*outcome)) return std::move(*call);
  auto& assignment = std::get<Assignment>(*outcome);
  const RegistrationRecord& record = assignment.record;
  if (record.status != RegistrationStatus::kAssigned) {
    decision.remarks.emplace_back(
        LogLevel::kWarning, "registration without a hub: " + Describe(request) +
                                " reason=" + record.error_message +
                                " tracking=" + record.tracking_id);
  } else if (!assignment.remark.empty()) {
    decision.remarks.emplace_back(
        LogLevel::kNotice, "hub found by weight alone: " + Describe(request) +
                               " reason=" + assignment.remark);
  }
  const IdScope& scope = request.proof.id_scope;
  decision.batch.unchanged_config[scope] = ground.config.version;
  decision.batch.changes.emplace_back(Put<RegistrationRecord>{
      scope, std::move(assignment.record), std::move(assignment.expect)});
  return Status();
}

Result<RegistrationWriter::Decision> RegistrationWriter::Decide(
    const Requests& requests) {
  DPS_TRY(const auto snapshot, store_.Read());
  const Moment moment{clock_.Now(), options_.proofs};
  Decision decision;
  decision.batch.changes.reserve(requests.size());
  std::map<IdScope, AssignedCounts> assigned;
  for (const RegistrationRequest& request : requests) {
    const IdScope& scope = request.proof.id_scope;
    const auto config = cache_.At(*snapshot, scope);
    if (!config) {
      decision.verdicts.emplace_back(Status(tl::unexpected(config.error())));
      continue;
    }
    const auto [held, is_new] = assigned.try_emplace(scope);
    if (is_new && (*config)->instance.load_bound) {
      auto counted = snapshot->CountAssigned(scope);
      if (!counted) {
        assigned.erase(held);
        decision.verdicts.emplace_back(Status(Forward(std::move(counted))));
        continue;
      }
      held->second = *std::move(counted);
    }
    decision.verdicts.push_back(DecideOne(
        {*snapshot, **config, held->second, moment, geo_}, request, decision));
  }
  return decision;
}

RegistrationWriter::Decision RegistrationWriter::DecideAndCommit(
    const Requests& requests) {
  // The snapshot is gone before the commit: a store may have to wait for all
  // of them when it grows.
  Result<Decision> decided;
  try {
    decided = Decide(requests);
    if (decided && !decided->batch.changes.empty()) {
      decided->committed = store_.Commit(decided->batch);
    }
  } catch (const std::exception& exception) {
    decided = Fail(Errc::kInternal, exception.what());
  }
  if (decided) return *std::move(decided);
  Decision failed;
  failed.verdicts.resize(requests.size());
  failed.committed = Forward(std::move(decided));
  return failed;
}

void RegistrationWriter::SendToWebhook(RegistrationRequest request,
                                       WebhookCall call) {
  const auto waiting =
      std::make_shared<RegistrationRequest>(std::move(request));
  const auto resume = [this, waiting,
                       url = call.url](Result<WebhookAnswer> answer) {
    waiting->webhook =
        WebhookReply{.webhook_url = url, .answer = std::move(answer)};
    // There is room: it counts among the pending all the time. A writer that
    // ends takes no more, and what it gives up is heard by nobody.
    if (inbox_.TryPut(std::move(*waiting))) return;
    GiveUp(*waiting, {Errc::kUnavailable, "the writer takes no more"});
  };
  if (webhooks_) return webhooks_->Call(std::move(call), resume);
  resume(Fail(Errc::kWebhookFailed, "this program calls no webhooks"));
}

void RegistrationWriter::GiveUp(const RegistrationRequest& request,
                                Error error) {
  const bool kept =
      completions_.TryPut({.id_scope = request.proof.id_scope,
                           .registration_id = request.proof.registration_id,
                           .operation_id = request.operation_id,
                           .outcome = tl::unexpected<Error>(std::move(error))});
  if (kept && wake_) wake_();
}

void RegistrationWriter::Complete(Requests requests, Decision decision) {
  if (decision.committed) {
    for (const auto& [level, line] : decision.remarks) log_.Write(level, line);
  }
  std::size_t taken = 0;
  const auto outcome_of = [&](Status& decided) -> Result<RegistrationRecord> {
    if (!decided) return Forward(std::move(decided));
    if (!decision.committed) {
      return tl::unexpected<Error>(decision.committed.error());
    }
    Change& change = decision.batch.changes[taken++];
    return std::move(std::get<Put<RegistrationRecord>>(change).document);
  };
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (auto* call = std::get_if<WebhookCall>(&decision.verdicts[i])) {
      SendToWebhook(std::move(requests[i]), std::move(*call));
      continue;
    }
    Proof& proof = requests[i].proof;
    Completion completion{
        .id_scope = std::move(proof.id_scope),
        .registration_id = std::move(proof.registration_id),
        .operation_id = std::move(requests[i].operation_id),
        .outcome = outcome_of(std::get<Status>(decision.verdicts[i]))};
    if (!completion.outcome) {
      log_.Write(LogLevel::kError,
                 "registration not completed: " + Describe(completion) +
                     " reason=" + completion.outcome.error().message);
    } else {
      completion.config_version =
          decision.batch.unchanged_config[completion.id_scope];
    }
    // There is room: completions are bounded as the submissions are.
    const bool kept = completions_.TryPut(std::move(completion));
    if (!kept) log_.Write(LogLevel::kError, "completion queue overflow");
  }
  if (wake_) wake_();
}

}  // namespace dps

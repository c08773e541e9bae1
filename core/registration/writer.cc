// SPDX-License-Identifier: Apache-2.0
#include "core/registration/writer.h"

#include <exception>
#include <memory>
#include <utility>

#include "core/base/limits.h"
#include "core/base/thread.h"
#include "core/protocol/error.h"

namespace dps {
namespace {

// A completion of the item, as one that came to nothing.
Completion CompletionOf(RegistrationRequest&& request) {
  return {.id_scope = std::move(request.proof.id_scope),
          .registration_id = std::move(request.proof.registration_id),
          .operation_id = std::move(request.operation_id),
          .outcome = Fail(Errc::kUnavailable, "the writer takes no more")};
}

Completion CompletionOf(HubTaskEnd&& end) {
  return {.id_scope = std::move(end.scope),
          .registration_id = std::move(end.task.registration_id),
          .operation_id = std::move(end.task.record->operation_id),
          .outcome = Fail(Errc::kPreconditionFailed,
                          "another operation took its place")};
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
      webhooks_(std::move(advisers.webhooks)),
      hubs_(std::move(advisers.hubs)),
      attempts_(advisers.attempts) {
  thread_ = StartThread([this] { Run(); });
  if (!hubs_) return;
  try {
    hubs_->Begin([this](HubTaskEnd end) {
      // With no room, or no writer any more, it stays in the store.
      static_cast<void>(inbox_.TryPut(std::move(end)));
    });
  } catch (...) {
    inbox_.Close();
    thread_.join();
    throw;
  }
}

RegistrationWriter::~RegistrationWriter() {
  inbox_.Close();
  thread_.join();
}

bool RegistrationWriter::TryPut(WriterItem& item) {
  return inbox_.TryPut(std::move(item));
}

bool RegistrationWriter::TrySubmit(RegistrationRequest&& request) {
  WriterItem item(std::move(request));
  if (TryPut(item)) return true;
  request = std::get<RegistrationRequest>(std::move(item));
  return false;
}

std::vector<Completion> RegistrationWriter::TakeCompletions() {
  return completions_.TryTake(options_.pending_max);
}

void RegistrationWriter::Run() {
  while (true) {
    Items items = inbox_.Take(limits::kCommitBatchMax, options_.linger);
    if (items.empty()) return;
    try {
      Process(std::move(items));
    } catch (const std::exception& exception) {
      // Out of memory at the worst place: the broker must live on.
      log_.Write(LogLevel::kError,
                 std::string("registrations lost: ") + exception.what());
    }
  }
}

void RegistrationWriter::Process(Items items) {
  Attempt attempt;
  for (int i = 0; i < limits::kCommitAttemptsMax; ++i) {
    attempt = DecideAndCommit(items);
    if (attempt.committed || !LostARace(attempt.committed.error())) break;
  }
  if (!attempt.committed && items.size() > 1 &&
      LostARace(attempt.committed.error())) {
    // Some item keeps losing; the others must not wait for it.
    for (WriterItem& item : items) {
      Items alone;
      alone.push_back(std::move(item));
      Process(std::move(alone));
    }
    return;
  }
  Complete(std::move(items), std::move(attempt));
}

Result<BatchDecision> RegistrationWriter::Decide(const Items& items) {
  DPS_TRY(const auto snapshot, store_.Read());
  const DecisionGround ground{.cache = cache_,
                              .geo = geo_,
                              .expected = expected_,
                              .moment = {clock_.Now(), options_.proofs},
                              .hubs = hubs_.get()};
  Deciding deciding(ground, *snapshot, items.size());
  for (const WriterItem& item : items) {
    std::visit([&](const auto& one) { deciding.Add(one); }, item);
  }
  return deciding.Take();
}

RegistrationWriter::Attempt RegistrationWriter::DecideAndCommit(
    const Items& items) {
  // The snapshot is gone before the commit: a store may have to wait for all
  // of them when it grows.
  Attempt attempt;
  try {
    auto decided = Decide(items);
    if (decided) {
      attempt.decision = *std::move(decided);
      if (!attempt.decision.batch.changes.empty()) {
        attempt.committed = store_.Commit(attempt.decision.batch);
      }
      return attempt;
    }
    attempt.committed = Forward(std::move(decided));
  } catch (const std::exception& exception) {
    attempt.committed = Fail(Errc::kInternal, exception.what());
  }
  attempt.decision.verdicts.assign(items.size(), attempt.committed.error());
  return attempt;
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
    if (TrySubmit(std::move(*waiting))) return;
    Tell(CompletionOf(std::move(*waiting)));
    if (wake_) wake_();
  };
  if (webhooks_) return webhooks_->Call(std::move(call), resume);
  resume(Fail(Errc::kWebhookFailed, "this program calls no webhooks"));
}

void RegistrationWriter::Tell(Completion completion) {
  // There is room: completions are bounded as the submissions are.
  const bool kept = completions_.TryPut(std::move(completion));
  if (!kept) log_.Write(LogLevel::kError, "completion queue overflow");
}

void RegistrationWriter::Complete(Items items, Attempt attempt) {
  if (attempt.committed) {
    for (const auto& [level, line] : attempt.decision.remarks)
      log_.Write(level, line);
  }
  for (std::size_t i = 0; i < items.size(); ++i) {
    CompleteOne(std::move(items[i]), std::move(attempt.decision.verdicts[i]),
                attempt);
  }
  if (wake_) wake_();
}

void RegistrationWriter::CompleteOne(WriterItem item, ItemVerdict verdict,
                                     Attempt& attempt) {
  if (auto* call = std::get_if<WebhookCall>(&verdict)) {
    return SendToWebhook(std::get<RegistrationRequest>(std::move(item)),
                         std::move(*call));
  }
  auto* recorded = std::get_if<Recorded>(&verdict);
  if (const auto* end = std::get_if<HubTaskEnd>(&item)) {
    expected_[end->scope].erase(end->task.registration_id.key());
  } else if (attempt.committed && recorded != nullptr && recorded->start) {
    const IdScope& scope = std::get<RegistrationRequest>(item).proof.id_scope;
    const HubTask& task = *recorded->start;
    const auto& put = std::get<Put<RegistrationRecord>>(
        attempt.decision.batch.changes[recorded->change]);
    if (put.document.assigned_hub != task.hub.text()) {
      expected_[scope][task.registration_id.key()] = task.hub.text();
    }
    if (hubs_) hubs_->Provision(scope, *std::move(recorded->start));
    return;
  }
  Completion completion =
      std::visit([](auto& one) { return CompletionOf(std::move(one)); }, item);
  if (auto* error = std::get_if<Error>(&verdict)) {
    completion.outcome = tl::unexpected<Error>(std::move(*error));
  } else if (!attempt.committed) {
    completion.outcome = tl::unexpected<Error>(attempt.committed.error());
  } else if (recorded != nullptr) {
    Change& change = attempt.decision.batch.changes[recorded->change];
    completion.outcome =
        std::move(std::get<Put<RegistrationRecord>>(change).document);
    const auto config =
        attempt.decision.batch.unchanged_config.find(completion.id_scope);
    if (config != attempt.decision.batch.unchanged_config.end()) {
      completion.config_version = config->second;
    }
  }
  if (!completion.outcome) {
    log_.Write(
        LogLevel::kError,
        "registration not completed: " +
            DescribeOperation(completion.id_scope, completion.registration_id,
                              completion.operation_id) +
            " reason=" + completion.outcome.error().message);
  }
  NoteFailure(completion);
  Tell(std::move(completion));
}

void RegistrationWriter::NoteFailure(const Completion& completion) {
  if (attempts_ == nullptr) return;
  const UtcTime now = clock_.Now();
  dps::Attempt attempt{
      .step = AttemptStep::kRegistration, .first = now, .last = now};
  if (!completion.outcome) {
    attempt.error_code = ErrorCode(completion.outcome.error().code);
    attempt.reason = completion.outcome.error().message;
  } else if (completion.outcome->status != RegistrationStatus::kAssigned) {
    attempt.error_code = completion.outcome->error_code;
    attempt.reason = completion.outcome->error_message;
    attempt.tracking_id = completion.outcome->tracking_id;
  } else {
    return;
  }
  attempts_->Note(completion.id_scope, completion.registration_id,
                  std::move(attempt));
}

}  // namespace dps

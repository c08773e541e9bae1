// SPDX-License-Identifier: Apache-2.0
#include "plugin/control_operator.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "core/base/text.h"
#include "core/base/thread.h"

namespace dps {
namespace {

// What there is to say in the audit of what is no request.
Request UnreadableRequest() {
  return {.method = "PUBLISH",
          .path = std::string(kControlTopic),
          .query = {},
          .headers = {},
          .body = "",
          .id_scope = std::nullopt,
          .caller = {}};
}

}  // namespace

ControlOperator::ControlOperator(const ControlParts& parts)
    : store_(parts.store),
      log_(parts.log),
      audit_(parts.audit_file, parts.clock, parts.log),
      api_(parts.store, parts.clock, parts.secrets, parts.log, &audit_),
      wake_(parts.wake),
      jobs_(kControlRequestsMax),
      replies_(kControlRequestsMax) {
  thread_ = StartThread([this] { Run(); });
}

ControlOperator::~ControlOperator() {
  stopping_ = true;
  jobs_.Close();
  thread_.join();
}

bool ControlOperator::TryPut(ControlJob&& job) {
  return jobs_.TryPut(std::move(job));
}

std::vector<ControlReply> ControlOperator::TakeReplies() {
  return replies_.TryTake(kControlRequestsMax);
}

void ControlOperator::Run() {
  while (true) {
    const auto jobs = jobs_.Take(1);
    if (jobs.empty() || stopping_) return;
    ControlReply reply{.ticket = jobs.front().ticket,
                       .payload = AnswerGuarded(jobs.front())};
    // As many as were put in always find room.
    static_cast<void>(replies_.TryPut(std::move(reply)));
    if (wake_) wake_();
  }
}

std::string ControlOperator::AnswerGuarded(const ControlJob& job) {
  try {
    return Answer(job);
  } catch (const std::exception& exception) {
    log_.Write(LogLevel::kError, std::string("a request on ") +
                                     std::string(kControlTopic) +
                                     " has no answer: " + exception.what());
    return "";
  }
}

std::string ControlOperator::Answer(const ControlJob& job) {
  auto parsed = ParseControlRequest(job.payload);
  ControlAnswer answer{
      .response = {},
      .correlation_data =
          parsed ? parsed->correlation_data : CorrelationDataOf(job.payload)};
  Request request = parsed ? parsed->request : UnreadableRequest();
  request.caller = job.caller;
  answer.response = Handle(job, parsed, request);
  std::string text = ControlAnswerText(answer);
  if (text.size() <= kControlAnswerMax) return text;
  answer.response = api_.Refuse(
      request,
      {Errc::kTooLarge,
       "the answer is larger than " + std::to_string(kControlAnswerMax) +
           " bytes; ask for fewer rows (x-ms-max-item-count)"});
  return ControlAnswerText(answer);
}

Response ControlOperator::Handle(const ControlJob& job,
                                 const Result<ControlRequest>& parsed,
                                 Request& request) {
  if (job.refusal) return api_.Refuse(request, *job.refusal);
  if (!parsed) return api_.Refuse(request, parsed.error());
  auto scope = ScopeOf(*parsed);
  if (!scope) return api_.Refuse(request, scope.error());
  request.id_scope = *std::move(scope);
  return api_.Handle(request);
}

Result<std::optional<IdScope>> ControlOperator::ScopeOf(
    const ControlRequest& request) {
  const auto& named = request.request.id_scope;
  if (named && !request.instance) return named;
  DPS_TRY(const auto snapshot, store_.Read());
  DPS_TRY(const auto instances, snapshot->ListInstances());
  if (!request.instance) {
    // Routes of instances themselves need none.
    if (instances.size() != 1) return std::nullopt;
    return instances.front().id_scope;
  }
  const auto found =
      std::ranges::find_if(instances, [&](const Instance& instance) {
        return EqualsIgnoreCase(instance.name, *request.instance);
      });
  if (found == instances.end()) {
    return Fail(Errc::kNotFound,
                "there is no instance " + Printable(*request.instance));
  }
  if (named && *named != found->id_scope) {
    return Fail(Errc::kInvalidArgument,
                "members idScope and instance name two instances");
  }
  return found->id_scope;
}

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
// The operator thread: it handles what operators ask over MQTT, which waits for
// the disk, so that the broker's thread does not.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/base/clock.h"
#include "core/base/inbox.h"
#include "core/base/log.h"
#include "core/base/result.h"
#include "core/base/secret_box.h"
#include "core/service_api/audit.h"
#include "core/service_api/caller.h"
#include "core/service_api/control_message.h"
#include "core/service_api/service_api.h"
#include "core/store/store.h"

namespace dps {

// Requests that wait, are handled, or whose answers wait for the broker.
inline constexpr std::size_t kControlRequestsMax = 64;

struct ControlJob {
  std::uint64_t ticket = 0;  // the answer has the same
  Caller caller;
  std::string payload;
  // Why it is not to be done, but answered and audited.
  std::optional<Error> refusal{};
};

struct ControlReply {
  std::uint64_t ticket = 0;
  std::string payload;  // empty: there is no answer
};

// All references must outlive what is given them.
struct ControlParts {
  Store& store;
  const Clock& clock;
  const SecretBox& secrets;
  Log& log;
  std::string audit_file;
  // Called after each answer, on the operator thread; may be empty.
  std::function<void()> wake{};
};

class ControlOperator {
 public:
  // Starts the thread.
  explicit ControlOperator(const ControlParts& parts);
  // Finishes the request that is being handled; those that wait are not begun.
  ~ControlOperator();

  ControlOperator(const ControlOperator&) = delete;
  ControlOperator& operator=(const ControlOperator&) = delete;

  // Any thread, never waits. False, and nothing done, when kControlRequestsMax
  // wait.
  [[nodiscard]] bool TryPut(ControlJob&& job);
  // Any thread, never waits. REQUIRES: kControlRequestsMax jobs at most were
  // put in whose replies were not taken.
  std::vector<ControlReply> TakeReplies();

 private:
  void Run();
  std::string AnswerGuarded(const ControlJob& job);
  std::string Answer(const ControlJob& job);
  Response Handle(const ControlJob& job, const Result<ControlRequest>& parsed,
                  Request& request);
  // The instance that is named, or the only one there is. Errors: kNotFound,
  // kInvalidArgument.
  [[nodiscard]] Result<std::optional<IdScope>> ScopeOf(
      const ControlRequest& request);

  Store& store_;
  Log& log_;
  Audit audit_;
  ServiceApi api_;
  const std::function<void()> wake_;
  std::atomic<bool> stopping_ = false;
  Inbox<ControlJob> jobs_;
  Inbox<ControlReply> replies_;
  std::thread thread_;
};

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
// The writer: one thread that decides accepted registrations and commits all
// that wait in one go.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "core/base/clock.h"
#include "core/base/inbox.h"
#include "core/base/log.h"
#include "core/base/result.h"
#include "core/model/registration.h"
#include "core/registration/assign.h"
#include "core/registration/config_cache.h"
#include "core/store/store.h"

namespace dps {

// An operation that ended: its record is durable, or it failed and left none.
struct Completion {
  IdScope id_scope;
  RegistrationId registration_id;
  std::string operation_id;
  std::size_t payload_bytes = 0;
  // The durable record, and the version of the configuration that it was
  // decided and committed on; or why there is none.
  Result<RegistrationRecord> outcome;
  std::uint64_t config_version = 0;
};

struct WriterOptions {
  std::size_t pending_max;           // requests accepted and not completed
  ProofRules proofs{};               // see Moment
  std::chrono::milliseconds linger;  // how long a commit waits for company
};

class RegistrationWriter {
 public:
  // Starts the thread, with all signals blocked: they belong to the broker.
  // `wake` is called on that thread whenever completions became available.
  RegistrationWriter(Store& store, const Clock& clock, Log& log,
                     const WriterOptions& options,
                     std::function<void()> wake = {});
  // Finishes what was submitted, then joins.
  ~RegistrationWriter();

  RegistrationWriter(const RegistrationWriter&) = delete;
  RegistrationWriter& operator=(const RegistrationWriter&) = delete;

  // Any thread; never waits. False if too many are pending.
  [[nodiscard]] bool TrySubmit(RegistrationRequest&& request);

  // Any thread; never waits. Everything that ended since the last call. At
  // most `pending_max` may be submitted and not taken.
  std::vector<Completion> TakeCompletions();

 private:
  using Requests = std::vector<RegistrationRequest>;

  void Run();
  void Process(Requests requests);
  // Decides every request on one snapshot. Those that fail say so in
  // `outcomes` and leave no change. Records without a hub get a line in
  // `remarks_`, for the log once they are committed.
  [[nodiscard]] Result<Batch> Decide(const Requests& requests,
                                     std::vector<Status>& outcomes);
  // What was committed.
  [[nodiscard]] Result<Batch> DecideAndCommit(const Requests& requests,
                                              std::vector<Status>& outcomes);
  void Complete(Requests requests, std::vector<Status> outcomes,
                Result<Batch> committed);

  Store& store_;
  const Clock& clock_;
  Log& log_;
  const WriterOptions options_;
  const std::function<void()> wake_;
  ConfigCache cache_;
  std::vector<std::string> remarks_;
  Inbox<RegistrationRequest> inbox_;
  Inbox<Completion> completions_;
  std::thread thread_;
};

}  // namespace dps

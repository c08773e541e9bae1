// SPDX-License-Identifier: Apache-2.0
// The writer: one thread that decides accepted registrations and commits all
// that wait in one go. Those that need a webhook's opinion wait for it
// elsewhere, and are decided when it is there.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "core/allocation/webhook_caller.h"
#include "core/base/clock.h"
#include "core/base/inbox.h"
#include "core/base/log.h"
#include "core/base/result.h"
#include "core/model/registration.h"
#include "core/registration/assign.h"
#include "core/registration/config_cache.h"
#include "core/registration/geo_guides.h"
#include "core/store/store.h"

namespace dps {

// An operation that ended: its record is durable, or it failed and left none.
struct Completion {
  IdScope id_scope;
  RegistrationId registration_id;
  std::string operation_id;
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

// Whom the writer asks where a device should go. Both may be null: then policy
// custom fails, and policy geoLatency has latency tables only.
struct Advisers {
  std::unique_ptr<WebhookCaller> webhooks;
  GeoDatabase* geo_database = nullptr;  // then the writer's thread's alone
};

class RegistrationWriter {
 public:
  // Starts the thread, with all signals blocked: they belong to the broker.
  // `wake` is called on that thread whenever completions became available.
  RegistrationWriter(Store& store, const Clock& clock, Log& log,
                     const WriterOptions& options,
                     std::function<void()> wake = {}, Advisers advisers = {});
  // Finishes what was submitted, then joins. What waits for a webhook is given
  // up: its device asks again.
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
  // One for each request of a batch: its record is in the batch, or why there
  // is none, or the webhook to ask first.
  using Verdict = std::variant<Status, WebhookCall>;
  struct Decision {
    Batch batch;
    std::vector<Verdict> verdicts;
    // For the log once it is committed.
    std::vector<std::pair<LogLevel, std::string>> remarks;
    Status committed;
  };

  // Decides every request on one snapshot.
  [[nodiscard]] Result<Decision> Decide(const Requests& requests);
  // Adds what becomes of one request.
  [[nodiscard]] Verdict DecideOne(const Ground& ground,
                                  const RegistrationRequest& request,
                                  Decision& decision);
  [[nodiscard]] Decision DecideAndCommit(const Requests& requests);
  void Complete(Requests requests, Decision decision);
  // The request comes back into the inbox with the answer.
  void SendToWebhook(RegistrationRequest request, WebhookCall call);
  // For one that nothing becomes of.
  void GiveUp(const RegistrationRequest& request, Error error);

  Store& store_;
  const Clock& clock_;
  Log& log_;
  const WriterOptions options_;
  const std::function<void()> wake_;
  ConfigCache cache_;
  GeoGuides geo_;
  Inbox<RegistrationRequest> inbox_;
  Inbox<Completion> completions_;
  // Its answers come to the inbox until it is gone.
  const std::unique_ptr<WebhookCaller> webhooks_;
  std::thread thread_;
};

}  // namespace dps

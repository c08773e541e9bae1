// SPDX-License-Identifier: Apache-2.0
// The writer: one thread that decides accepted registrations and commits all
// that wait in one go. Those that need a webhook's opinion, or work at a hub,
// wait for it elsewhere, and come back when it is there.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
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
#include "core/registration/attempt_book.h"
#include "core/registration/batch_decision.h"
#include "core/registration/config_cache.h"
#include "core/registration/geo_guides.h"
#include "core/registration/hub_runner.h"
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

// Whom the writer asks where a device should go, who makes it known there, and
// who keeps what came to nothing.
// All may be null: then policy custom fails, policy geoLatency has latency
// tables only, and devices of hubs with connectors wait for a process that has.
struct Advisers {
  std::unique_ptr<WebhookCaller> webhooks;
  std::unique_ptr<HubRunner> hubs;
  GeoDatabase* geo_database = nullptr;  // then the writer's thread's alone
  AttemptBook* attempts = nullptr;      // must outlive the writer
};

class RegistrationWriter {
 public:
  // Starts the thread, with all signals blocked: they belong to the broker.
  // `wake` is called on that thread whenever completions became available.
  RegistrationWriter(Store& store, const Clock& clock, Log& log,
                     const WriterOptions& options,
                     std::function<void()> wake = {}, Advisers advisers = {});
  // Finishes what was submitted, then joins. What waits for a webhook is given
  // up: its device asks again. What waits for a hub goes on with the next
  // writer of the store.
  ~RegistrationWriter();

  RegistrationWriter(const RegistrationWriter&) = delete;
  RegistrationWriter& operator=(const RegistrationWriter&) = delete;

  // Any thread; never waits. False if too many are pending.
  [[nodiscard]] bool TrySubmit(RegistrationRequest&& request);

  // Any thread; never waits. Everything that ended since the last call. At
  // most `pending_max` may be submitted and not taken.
  std::vector<Completion> TakeCompletions();

 private:
  using Items = std::vector<WriterItem>;

  void Run();
  // False, and `item` untouched, if there is no room.
  [[nodiscard]] bool TryPut(WriterItem& item);
  void Process(Items items);
  // Decides every item on one snapshot.
  [[nodiscard]] Result<BatchDecision> Decide(const Items& items);
  struct Attempt {
    BatchDecision decision;
    Status committed;
  };
  [[nodiscard]] Attempt DecideAndCommit(const Items& items);
  void Complete(Items items, Attempt attempt);
  void CompleteOne(WriterItem item, ItemVerdict verdict, Attempt& attempt);
  void Tell(Completion completion);
  void NoteFailure(const Completion& completion);
  // The request comes back into the inbox with the answer.
  void SendToWebhook(RegistrationRequest request, WebhookCall call);

  Store& store_;
  const Clock& clock_;
  Log& log_;
  const WriterOptions options_;
  const std::function<void()> wake_;
  ConfigCache cache_;
  GeoGuides geo_;
  // Of provisionings under way, which no record counts yet; the thread's.
  ExpectedAssignments expected_;
  Inbox<WriterItem> inbox_;
  Inbox<Completion> completions_;
  // Their answers come to the inbox until they are gone.
  const std::unique_ptr<WebhookCaller> webhooks_;
  const std::unique_ptr<HubRunner> hubs_;
  AttemptBook* const attempts_;
  std::thread thread_;
};

}  // namespace dps

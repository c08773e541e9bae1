// SPDX-License-Identifier: Apache-2.0
// What the writer makes of a batch of registrations: one commit, and what
// becomes of each when it is done.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/log.h"
#include "core/base/result.h"
#include "core/registration/assign.h"
#include "core/registration/config_cache.h"
#include "core/registration/geo_guides.h"
#include "core/registration/hub_runner.h"
#include "core/registration/hub_work.h"
#include "core/store/store.h"

namespace dps {

// What there is to decide: a request, or what became of one at its hub.
using WriterItem = std::variant<RegistrationRequest, HubTaskEnd>;

// The item's record is put by that change of the batch.
struct Recorded {
  std::size_t change;
  std::optional<HubTask> start{};  // the operation ends when this has
};
// Nothing is to be written: another operation took the item's place.
struct Superseded {};
// What becomes of an item; an error, or the webhook to ask first, if it has no
// part in the batch.
using ItemVerdict = std::variant<Error, WebhookCall, Recorded, Superseded>;

struct BatchDecision {
  Batch batch;
  std::vector<ItemVerdict> verdicts;  // in the order of the items
  // For the log once it is committed.
  std::vector<std::pair<LogLevel, std::string>> remarks;
};

// Provisionings under way to a hub that the record does not count its device
// for yet: the hub, by scope and registration id.
using ExpectedAssignments =
    std::map<IdScope, std::map<std::string, std::string>>;

// What a decision rests on beside the snapshot.
struct DecisionGround {
  ConfigCache& cache;
  GeoGuides& geo;
  const ExpectedAssignments& expected;
  Moment moment;
  const HubRunner* hubs = nullptr;  // null: nobody works at hubs here
};

// Decides items one after the other, each on the outcome of those before.
class Deciding {
 public:
  // What it refers to must outlive it.
  Deciding(const DecisionGround& ground, Snapshot& snapshot, std::size_t items)
      : ground_(ground), snapshot_(snapshot) {
    decision_.verdicts.reserve(items);
    decision_.batch.changes.reserve(items);
  }

  void Add(const RegistrationRequest& request);
  void Add(const HubTaskEnd& end);
  BatchDecision Take() { return std::move(decision_); }

 private:
  // Adds the verdict, unless it is an error.
  [[nodiscard]] Status Decide(const RegistrationRequest& request);
  // What hubs hold, or will, if the instance asks.
  [[nodiscard]] Result<AssignedCounts*> Assigned(const IdScope& scope,
                                                 const ScopeConfig& config);
  void Remark(const IdScope& scope, const RegistrationRecord& record,
              const std::string& remark);

  const DecisionGround& ground_;
  Snapshot& snapshot_;
  std::map<IdScope, AssignedCounts> assigned_;
  BatchDecision decision_;
};

// What an operation is called in the log.
std::string DescribeOperation(const IdScope& scope, const RegistrationId& id,
                              std::string_view operation_id);

}  // namespace dps

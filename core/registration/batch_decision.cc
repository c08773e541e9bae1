// SPDX-License-Identifier: Apache-2.0
#include "core/registration/batch_decision.h"

#include <algorithm>
#include <iterator>

namespace dps {

std::string DescribeOperation(const IdScope& scope, const RegistrationId& id,
                              std::string_view operation_id) {
  return "scope=" + scope.text() + " registration=" + id.text() +
         " operation=" + std::string(operation_id);
}

void Deciding::Add(const RegistrationRequest& request) {
  auto decided = Decide(request);
  if (!decided) decision_.verdicts.emplace_back(std::move(decided).error());
}

void Deciding::Add(const HubTaskEnd& end) {
  auto settled = SettleHubTask(snapshot_, end, ground_.moment.now);
  if (!settled) {
    decision_.verdicts.emplace_back(std::move(settled).error());
    return;
  }
  if (!*settled) {
    decision_.verdicts.emplace_back(Superseded());
    return;
  }
  std::vector<Change>& changes = decision_.batch.changes;
  const std::size_t put = changes.size();
  std::ranges::move((*settled)->changes, std::back_inserter(changes));
  decision_.batch.unchanged_config.merge((*settled)->unchanged_config);
  Remark(end.scope, std::get<Put<RegistrationRecord>>(changes[put]).document,
         "");
  decision_.verdicts.emplace_back(Recorded{.change = put});
}

Status Deciding::Decide(const RegistrationRequest& request) {
  const IdScope& scope = request.proof.id_scope;
  DPS_TRY(ScopeConfig * config, ground_.cache.At(snapshot_, scope));
  DPS_TRY(AssignedCounts * assigned, Assigned(scope, *config));
  DPS_TRY(auto outcome,
          Assign({snapshot_, *config, *assigned, ground_.moment, ground_.geo},
                 request));
  if (auto* call = std::get_if<WebhookCall>(&outcome)) {
    decision_.verdicts.emplace_back(std::move(*call));
    return {};
  }
  auto& assignment = std::get<Assignment>(outcome);
  if (assignment.start && ground_.hubs != nullptr &&
      !ground_.hubs->HasRoom(scope, assignment.start->hub)) {
    return Fail(Errc::kThrottled, "too many registrations wait for hub " +
                                      assignment.start->hub.text());
  }
  Remark(scope, assignment.record, assignment.remark);
  Batch& batch = decision_.batch;
  batch.unchanged_config[scope] = config->version;
  Recorded recorded{.change = batch.changes.size(),
                    .start = std::move(assignment.start)};
  batch.changes.emplace_back(Put<RegistrationRecord>{
      scope, std::move(assignment.record), std::move(assignment.expect)});
  std::ranges::move(assignment.beside, std::back_inserter(batch.changes));
  decision_.verdicts.emplace_back(std::move(recorded));
  return {};
}

Result<AssignedCounts*> Deciding::Assigned(const IdScope& scope,
                                           const ScopeConfig& config) {
  const auto [held, is_new] = assigned_.try_emplace(scope);
  if (!is_new || !config.instance.load_bound) return &held->second;
  auto counted = snapshot_.CountAssigned(scope);
  if (!counted) {
    assigned_.erase(held);
    return Forward(std::move(counted));
  }
  held->second = *std::move(counted);
  const auto expected = ground_.expected.find(scope);
  if (expected == ground_.expected.end()) return &held->second;
  for (const auto& [device, hub] : expected->second) ++held->second[hub];
  return &held->second;
}

void Deciding::Remark(const IdScope& scope, const RegistrationRecord& record,
                      const std::string& remark) {
  const std::string what =
      DescribeOperation(scope, record.registration_id, record.operation_id);
  if (record.status == RegistrationStatus::kFailed ||
      record.status == RegistrationStatus::kDisabled) {
    decision_.remarks.emplace_back(LogLevel::kWarning,
                                   "registration without a hub: " + what +
                                       " reason=" + record.error_message +
                                       " tracking=" + record.tracking_id);
  } else if (!remark.empty()) {
    decision_.remarks.emplace_back(
        LogLevel::kNotice,
        "hub found by weight alone: " + what + " reason=" + remark);
  }
}

}  // namespace dps

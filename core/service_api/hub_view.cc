// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/hub_view.h"

#include <cmath>
#include <set>

#include "core/base/json.h"
#include "core/base/limits.h"

namespace dps {
namespace {

std::string ShareOf(std::uint64_t count, const AssignedCounts& assigned) {
  std::uint64_t total = 0;
  for (const auto& [name, of_hub] : assigned) total += of_hub;
  constexpr double kDigits = 10'000;
  const double share =
      total == 0 ? 0 : static_cast<double>(count) / static_cast<double>(total);
  JsonWriter number;
  return number.Number(std::round(share * kDigits) / kDigits).Take();
}

std::string HealthJson(const HubHealth* health) {
  JsonWriter json;
  json.StartObject();
  if (health == nullptr) {
    json.Member("status", "unknown");
  } else {
    json.Member("status", health->healthy ? "healthy" : "unhealthy");
    json.MemberNonempty("error", health->error);
    json.Member("sinceDateTimeUtc", FormatUtc(health->since));
  }
  return json.EndObject().Take();
}

}  // namespace

Result<HubView> HubView::Of(Snapshot& snapshot, const IdScope& scope) {
  HubView view;
  DPS_TRY(view.assigned_, snapshot.CountAssigned(scope));
  DPS_TRY(const auto health, snapshot.ListHubHealth(scope));
  for (const HubHealth& one : health) view.health_.emplace(one.key(), one);
  Page page{.after = {}, .limit = limits::kQueryPageMax};
  for (std::size_t seen = 0; seen < kTasksCounted; seen += page.limit) {
    DPS_TRY(const auto tasks, snapshot.ListHubTasks(scope, page));
    for (const ListedHubTask& one : tasks) view.Count(one.task);
    if (tasks.size() < page.limit) break;
    page.after = tasks.back().key;
  }
  return view;
}

void HubView::Count(const Result<HubTask>& task) {
  if (!task) {
    ++unreadable_tasks_;
    return;
  }
  std::set<std::string> hubs = {task->hub.key()};
  if (task->from_hub) hubs.insert(task->from_hub->key());
  if (task->carry_to) hubs.insert(task->carry_to->key());
  for (const std::string& hub : hubs) ++tasks_[hub];
}

HubView HubView::WithoutHealth() const {
  HubView view = *this;
  view.health_.clear();
  return view;
}

std::string HubView::ToJson(const LinkedHub& hub) const {
  const auto own = assigned_.find(hub.key());
  const std::uint64_t count = own == assigned_.end() ? 0 : own->second;
  std::string json = dps::ToJson(hub, Secrets::kHide);
  json = AddMember(json, "assignedDevices", std::to_string(count));
  json = AddMember(json, "assignedShare", ShareOf(count, assigned_));
  if (HasConnector(hub)) {
    const auto known = health_.find(hub.key());
    json = AddMember(
        json, "health",
        HealthJson(known == health_.end() ? nullptr : &known->second));
  }
  if (unreadable_tasks_ > 0) {
    json = AddMember(json, "unreadableHubTasks",
                     std::to_string(unreadable_tasks_));
  }
  const auto tasks = tasks_.find(hub.key());
  if (tasks == tasks_.end() && !HasConnector(hub)) return json;
  return AddMember(json, "hubTasks",
                   std::to_string(tasks == tasks_.end() ? 0 : tasks->second));
}

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
#include "core/store/memory_store.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <type_traits>
#include <utility>

#include "core/store/apply.h"

namespace dps {
namespace {

template <class Document>
using Table = std::map<std::pair<IdScope, std::string>, Document>;

}  // namespace

struct MemoryStore::State {
  std::tuple<Table<Instance>, Table<LinkedHub>, Table<IndividualEnrollment>,
             Table<EnrollmentGroup>, Table<CaCertificate>,
             Table<RevokedCertificates>, Table<LatencyTableDocument>,
             Table<AccessPolicy>, Table<HubTask>, Table<HubHealth>,
             Table<DeviceAttempts>, Table<RegistrationRecord>>
      tables;
  std::map<IdScope, std::uint64_t> config_versions;
  std::map<IdScope, AssignedCounts> assigned;

  template <class Document>
  const Table<Document>& Of() const {
    return std::get<Table<Document>>(tables);
  }

  template <class Document>
  std::optional<Document> Find(const IdScope& scope,
                               const std::string& key) const {
    const auto found = Of<Document>().find({scope, key});
    if (found == Of<Document>().end()) return std::nullopt;
    return found->second;
  }

  std::uint64_t ConfigVersion(const IdScope& scope) const {
    const auto found = config_versions.find(scope);
    return found == config_versions.end() ? 0 : found->second;
  }

  std::vector<Instance> ListInstances() const {
    std::vector<Instance> instances;
    for (const auto& [key, instance] : Of<Instance>()) {
      instances.push_back(instance);
    }
    return instances;
  }

  template <class Document, class Filter>
  std::vector<Document> List(const IdScope& scope, const Page& page,
                             Filter filter) const {
    std::vector<Document> list;
    for (auto at = Of<Document>().upper_bound({scope, page.after});
         at != Of<Document>().end() && at->first.first == scope; ++at) {
      if (list.size() >= page.limit) break;
      if (filter(at->second)) list.push_back(at->second);
    }
    return list;
  }

  // There are few documents: no index is kept, all are asked.
  template <Indexed Document>
  void AddIndexed(std::vector<IndexEntry>& entries, const IndexTerm& term,
                  const std::optional<IdScope>& scope) const {
    for (const auto& [at, document] : Of<Document>()) {
      if (scope && at.first != *scope) continue;
      for (const IndexMark& mark : MarksOf(document)) {
        if (mark.term.text() != term.text()) continue;
        entries.push_back({.scope = at.first,
                           .kind = DocumentKind<Document>::kIndexed,
                           .key = at.second,
                           .thumbprint = mark.thumbprint});
      }
    }
  }

  template <class Document>
  std::vector<Document> List(const IdScope& scope, const Page& page) const {
    return List<Document>(scope, page, [](const Document&) { return true; });
  }
};

namespace {

// The transaction of ApplyBatch: a copy to be kept or thrown away.
class MemoryTables {
 public:
  explicit MemoryTables(MemoryStore::State& state) : state_(state) {}

  [[nodiscard]] Result<std::uint64_t> ConfigVersion(const IdScope& scope) {
    return state_.ConfigVersion(scope);
  }
  [[nodiscard]] Status SetConfigVersion(const IdScope& scope,
                                        std::uint64_t version) {
    state_.config_versions[scope] = version;
    return {};
  }
  template <class Document>
  [[nodiscard]] Result<bool> Contains(const IdScope& scope,
                                      const std::string& key) {
    return state_.Of<Document>().contains({scope, key});
  }
  template <class Document>
  [[nodiscard]] Result<std::optional<Document>> Find(const IdScope& scope,
                                                     const std::string& key) {
    return state_.Find<Document>(scope, key);
  }
  template <class Document>
  [[nodiscard]] Status Put(const IdScope& scope, const Document& document) {
    if constexpr (std::is_same_v<Document, RegistrationRecord>) {
      DPS_CHECK(MoveAssignment(scope, document.key(), document.assigned_hub));
    }
    std::get<Table<Document>>(state_.tables)
        .insert_or_assign({scope, document.key()}, document);
    return {};
  }
  template <class Document>
  [[nodiscard]] Result<bool> Remove(const IdScope& scope,
                                    const std::string& key) {
    if constexpr (std::is_same_v<Document, RegistrationRecord>) {
      DPS_CHECK(MoveAssignment(scope, key, ""));
    }
    return std::get<Table<Document>>(state_.tables).erase({scope, key}) > 0;
  }
  [[nodiscard]] Result<std::vector<Instance>> ListInstances() {
    return state_.ListInstances();
  }
  [[nodiscard]] Status AddAssigned(const IdScope& scope, const std::string& hub,
                                   std::int64_t difference) {
    if (hub.empty()) return {};
    AssignedCounts& counts = state_.assigned[scope];
    const auto after = static_cast<std::int64_t>(counts[hub]) + difference;
    if (after > 0) {
      counts[hub] = static_cast<std::uint64_t>(after);
    } else {
      counts.erase(hub);
    }
    return {};
  }

 private:
  [[nodiscard]] Status MoveAssignment(const IdScope& scope,
                                      const std::string& key,
                                      const std::string& hub) {
    const auto old = state_.Find<RegistrationRecord>(scope, key);
    DPS_CHECK(AddAssigned(scope, old ? old->assigned_hub : "", -1));
    return AddAssigned(scope, hub, 1);
  }

  MemoryStore::State& state_;
};

class MemorySnapshot final : public Snapshot {
 public:
  explicit MemorySnapshot(std::shared_ptr<const MemoryStore::State> state)
      : state_(std::move(state)) {}

  [[nodiscard]] Result<std::uint64_t> ConfigVersion(
      const IdScope& scope) override {
    return state_->ConfigVersion(scope);
  }
  [[nodiscard]] Result<std::optional<Instance>> FindInstance(
      const IdScope& scope) override {
    return state_->Find<Instance>(scope, scope.text());
  }
  [[nodiscard]] Result<std::optional<IndividualEnrollment>>
  FindIndividualEnrollment(const IdScope& scope,
                           const RegistrationId& id) override {
    return state_->Find<IndividualEnrollment>(scope, id.key());
  }
  [[nodiscard]] Result<std::optional<EnrollmentGroup>> FindEnrollmentGroup(
      const IdScope& scope, const EnrollmentGroupId& id) override {
    return state_->Find<EnrollmentGroup>(scope, id.key());
  }
  [[nodiscard]] Result<std::optional<RegistrationRecord>> FindRegistration(
      const IdScope& scope, const RegistrationId& id) override {
    return state_->Find<RegistrationRecord>(scope, id.key());
  }
  [[nodiscard]] Result<std::optional<CaCertificate>> FindCaCertificate(
      const IdScope& scope, const CertificateName& name) override {
    return state_->Find<CaCertificate>(scope, name.key());
  }
  [[nodiscard]] Result<std::optional<RevokedCertificates>>
  FindRevokedCertificates(const IdScope& scope,
                          const CertificateName& name) override {
    return state_->Find<RevokedCertificates>(scope, name.key());
  }
  [[nodiscard]] Result<std::vector<IndexEntry>> FindIndexed(
      const IndexTerm& term, const std::optional<IdScope>& scope,
      std::size_t limit) override {
    std::vector<IndexEntry> entries;
    state_->AddIndexed<IndividualEnrollment>(entries, term, scope);
    state_->AddIndexed<EnrollmentGroup>(entries, term, scope);
    state_->AddIndexed<CaCertificate>(entries, term, scope);
    state_->AddIndexed<RevokedCertificates>(entries, term, scope);
    std::ranges::sort(entries, {}, [](const IndexEntry& entry) {
      return std::tie(entry.scope, entry.kind, entry.key, entry.thumbprint);
    });
    if (entries.size() > limit) {
      entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(limit),
                    entries.end());
    }
    return entries;
  }
  [[nodiscard]] Result<std::vector<CaCertificate>> ListCaCertificates(
      const IdScope& scope) override {
    return state_->List<CaCertificate>(scope, {.limit = SIZE_MAX});
  }
  [[nodiscard]] Result<std::vector<Instance>> ListInstances() override {
    return state_->ListInstances();
  }
  [[nodiscard]] Result<std::optional<AccessPolicy>> FindAccessPolicy(
      const IdScope& scope, const AccessPolicyName& name) override {
    return state_->Find<AccessPolicy>(scope, name.key());
  }
  [[nodiscard]] Result<std::vector<AccessPolicy>> ListAccessPolicies(
      const IdScope& scope) override {
    return state_->List<AccessPolicy>(scope, {.limit = SIZE_MAX});
  }
  [[nodiscard]] Result<std::optional<LatencyTableDocument>> FindLatencyTable(
      const IdScope& scope) override {
    return state_->Find<LatencyTableDocument>(scope,
                                              LatencyTableDocument::Key());
  }
  [[nodiscard]] Result<AssignedCounts> CountAssigned(
      const IdScope& scope) override {
    const auto found = state_->assigned.find(scope);
    return found == state_->assigned.end() ? AssignedCounts() : found->second;
  }
  [[nodiscard]] Result<std::vector<LinkedHub>> ListLinkedHubs(
      const IdScope& scope) override {
    return state_->List<LinkedHub>(scope, {.limit = SIZE_MAX});
  }
  [[nodiscard]] Result<std::vector<IndividualEnrollment>>
  ListIndividualEnrollments(const IdScope& scope, const Page& page) override {
    return state_->List<IndividualEnrollment>(scope, page);
  }
  [[nodiscard]] Result<std::vector<EnrollmentGroup>> ListEnrollmentGroups(
      const IdScope& scope, const Page& page) override {
    return state_->List<EnrollmentGroup>(scope, page);
  }
  [[nodiscard]] Result<std::optional<HubTask>> FindHubTask(
      const IdScope& scope, const std::string& key) override {
    return state_->Find<HubTask>(scope, key);
  }
  [[nodiscard]] Result<std::vector<ListedHubTask>> ListHubTasks(
      const IdScope& scope, const Page& page) override {
    std::vector<ListedHubTask> list;
    for (HubTask& task : state_->List<HubTask>(scope, page)) {
      std::string key = task.key();
      list.push_back({.key = std::move(key), .task = std::move(task)});
    }
    return list;
  }
  [[nodiscard]] Result<std::vector<DueHubTask>> ListDueHubTasks(
      UtcTime now, std::size_t limit) override {
    std::vector<DueHubTask> due;
    for (const auto& [at, task] : state_->Of<HubTask>()) {
      if (task.due <= now) due.push_back({at.first, task});
    }
    std::ranges::stable_sort(
        due, {}, [](const DueHubTask& one) { return one.task.due; });
    if (due.size() > limit) {
      due.erase(due.begin() + static_cast<std::ptrdiff_t>(limit), due.end());
    }
    return due;
  }
  [[nodiscard]] Result<std::vector<HubHealth>> ListHubHealth(
      const IdScope& scope) override {
    return state_->List<HubHealth>(scope, {.limit = SIZE_MAX});
  }
  [[nodiscard]] Result<std::optional<DeviceAttempts>> FindDeviceAttempts(
      const IdScope& scope, const RegistrationId& id) override {
    return state_->Find<DeviceAttempts>(scope, id.key());
  }
  [[nodiscard]] Result<std::vector<DeviceAttempts>> ListDeviceAttempts(
      const IdScope& scope, const Page& page) override {
    return state_->List<DeviceAttempts>(scope, page);
  }
  [[nodiscard]] Result<std::vector<RegistrationRecord>> ListRegistrations(
      const IdScope& scope, const std::optional<EnrollmentGroupId>& group,
      const Page& page) override {
    const auto belongs = [&](const RegistrationRecord& record) {
      return !group || record.enrollment_group_id == group;
    };
    return state_->List<RegistrationRecord>(scope, page, belongs);
  }

 private:
  const std::shared_ptr<const MemoryStore::State> state_;
};

}  // namespace

MemoryStore::MemoryStore() : state_(std::make_shared<const State>()) {}
MemoryStore::~MemoryStore() = default;

std::shared_ptr<const MemoryStore::State> MemoryStore::Current() const {
  const std::lock_guard lock(state_mutex_);
  return state_;
}

Result<std::unique_ptr<Snapshot>> MemoryStore::Read() {
  return std::make_unique<MemorySnapshot>(Current());
}

Status MemoryStore::Commit(const Batch& batch) {
  const std::lock_guard one_at_a_time(commit_mutex_);
  auto next = std::make_shared<State>(*Current());
  MemoryTables tables(*next);
  DPS_CHECK(ApplyBatch(tables, batch));
  const std::lock_guard lock(state_mutex_);
  state_ = std::move(next);
  return {};
}

}  // namespace dps

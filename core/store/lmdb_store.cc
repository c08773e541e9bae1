// SPDX-License-Identifier: Apache-2.0
#include "core/store/lmdb_store.h"

#include <utility>

#include "core/store/apply.h"
#include "core/store/lmdb_documents.h"
#include "core/store/lmdb_env.h"
#include "core/store/lmdb_schema.h"

namespace dps {
namespace {

class LmdbSnapshot final : public Snapshot {
 public:
  // `tables` must outlive the snapshot.
  LmdbSnapshot(LmdbReadTxn txn, const LmdbTables& tables)
      : txn_(std::move(txn)), documents_(txn_, tables) {}

  [[nodiscard]] Result<std::uint64_t> ConfigVersion(
      const IdScope& scope) override {
    return documents_.ConfigVersion(scope);
  }
  [[nodiscard]] Result<std::optional<Instance>> FindInstance(
      const IdScope& scope) override {
    return documents_.Find<Instance>(scope, scope.text());
  }
  [[nodiscard]] Result<std::optional<IndividualEnrollment>>
  FindIndividualEnrollment(const IdScope& scope,
                           const RegistrationId& id) override {
    return documents_.Find<IndividualEnrollment>(scope, id.key());
  }
  [[nodiscard]] Result<std::optional<EnrollmentGroup>> FindEnrollmentGroup(
      const IdScope& scope, const EnrollmentGroupId& id) override {
    return documents_.Find<EnrollmentGroup>(scope, id.key());
  }
  [[nodiscard]] Result<std::optional<RegistrationRecord>> FindRegistration(
      const IdScope& scope, const RegistrationId& id) override {
    return documents_.Find<RegistrationRecord>(scope, id.key());
  }
  [[nodiscard]] Result<std::optional<CaCertificate>> FindCaCertificate(
      const IdScope& scope, const CertificateName& name) override {
    return documents_.Find<CaCertificate>(scope, name.key());
  }
  [[nodiscard]] Result<std::optional<RevokedCertificates>>
  FindRevokedCertificates(const IdScope& scope,
                          const CertificateName& name) override {
    return documents_.Find<RevokedCertificates>(scope, name.key());
  }
  [[nodiscard]] Result<std::vector<IndexEntry>> FindIndexed(
      const IndexTerm& term, const std::optional<IdScope>& scope,
      std::size_t limit) override {
    return documents_.FindIndexed(term, scope, limit);
  }
  [[nodiscard]] Result<std::vector<CaCertificate>> ListCaCertificates(
      const IdScope& scope) override {
    return documents_.List<CaCertificate>(scope, {.limit = SIZE_MAX});
  }
  [[nodiscard]] Result<std::vector<Instance>> ListInstances() override {
    return documents_.ListInstances();
  }
  [[nodiscard]] Result<std::optional<LatencyTableDocument>> FindLatencyTable(
      const IdScope& scope) override {
    return documents_.Find<LatencyTableDocument>(scope,
                                                 LatencyTableDocument::Key());
  }
  [[nodiscard]] Result<std::optional<AccessPolicy>> FindAccessPolicy(
      const IdScope& scope, const AccessPolicyName& name) override {
    return documents_.Find<AccessPolicy>(scope, name.key());
  }
  [[nodiscard]] Result<std::vector<AccessPolicy>> ListAccessPolicies(
      const IdScope& scope) override {
    return documents_.List<AccessPolicy>(scope, {.limit = SIZE_MAX});
  }
  [[nodiscard]] Result<AssignedCounts> CountAssigned(
      const IdScope& scope) override {
    return documents_.CountAssigned(scope);
  }
  [[nodiscard]] Result<std::vector<LinkedHub>> ListLinkedHubs(
      const IdScope& scope) override {
    return documents_.List<LinkedHub>(scope, {.limit = SIZE_MAX});
  }
  [[nodiscard]] Result<std::vector<IndividualEnrollment>>
  ListIndividualEnrollments(const IdScope& scope, const Page& page) override {
    return documents_.List<IndividualEnrollment>(scope, page);
  }
  [[nodiscard]] Result<std::vector<EnrollmentGroup>> ListEnrollmentGroups(
      const IdScope& scope, const Page& page) override {
    return documents_.List<EnrollmentGroup>(scope, page);
  }
  [[nodiscard]] Result<std::optional<HubTask>> FindHubTask(
      const IdScope& scope, const std::string& key) override {
    return documents_.Find<HubTask>(scope, key);
  }
  [[nodiscard]] Result<std::vector<ListedHubTask>> ListHubTasks(
      const IdScope& scope, const Page& page) override {
    return documents_.ListHubTasks(scope, page);
  }
  [[nodiscard]] Result<std::vector<DueHubTask>> ListDueHubTasks(
      UtcTime now, std::size_t limit) override {
    return documents_.ListDueHubTasks(now, limit);
  }
  [[nodiscard]] Result<std::vector<HubHealth>> ListHubHealth(
      const IdScope& scope) override {
    return documents_.List<HubHealth>(scope, {.limit = SIZE_MAX});
  }
  [[nodiscard]] Result<std::optional<DeviceAttempts>> FindDeviceAttempts(
      const IdScope& scope, const RegistrationId& id) override {
    return documents_.Find<DeviceAttempts>(scope, id.key());
  }
  [[nodiscard]] Result<std::vector<DeviceAttempts>> ListDeviceAttempts(
      const IdScope& scope, const Page& page) override {
    return documents_.List<DeviceAttempts>(scope, page);
  }
  [[nodiscard]] Result<std::vector<RegistrationRecord>> ListRegistrations(
      const IdScope& scope, const std::optional<EnrollmentGroupId>& group,
      const Page& page) override {
    return group ? documents_.ListOfGroup(scope, *group, page)
                 : documents_.List<RegistrationRecord>(scope, page);
  }

 private:
  const LmdbReadTxn txn_;
  const LmdbDocuments documents_;
};

}  // namespace

Result<std::unique_ptr<LmdbStore>> LmdbStore::Open(const LmdbOptions& options) {
  DPS_TRY(LmdbDirectory directory,
          LmdbDirectory::Claim(options.directory, options.create));
  DPS_TRY(std::unique_ptr<LmdbEnv> env,
          LmdbEnv::Open(std::move(directory), options.map_bytes));
  DPS_TRY(const LmdbTables tables, OpenSchema(*env, options.create));
  return std::unique_ptr<LmdbStore>(
      new LmdbStore(options, std::move(env), tables));
}

LmdbStore::LmdbStore(const LmdbOptions& options, std::unique_ptr<LmdbEnv> env,
                     const LmdbTables& tables)
    : env_(std::move(env)),
      tables_(std::make_unique<const LmdbTables>(tables)),
      upkeep_(options.upkeep),
      due_(std::chrono::steady_clock::now() + upkeep_),
      data_file_(env_->DataFile()) {}

LmdbStore::~LmdbStore() = default;

Result<std::unique_ptr<Snapshot>> LmdbStore::Read() {
  DPS_TRY(LmdbReadTxn txn, env_->BeginRead());
  return std::make_unique<LmdbSnapshot>(std::move(txn), *tables_);
}

Status LmdbStore::Commit(const Batch& batch) {
  DoUpkeepWhenDue();
  while (true) {
    const std::size_t map_bytes = env_->map_bytes();
    {
      DPS_TRY(LmdbWriteTxn txn, env_->BeginWrite());
      LmdbWritableDocuments documents(txn, *tables_);
      Status status = ApplyBatch(documents, batch);
      if (status) status = txn.Commit();
      if (status || !txn.map_full()) return status;
    }
    DPS_CHECK(env_->Grow(map_bytes));
  }
}

void LmdbStore::ReportTo(Log& log) {
  const std::lock_guard lock(upkeep_mutex_);
  log_ = &log;
}

void LmdbStore::DoUpkeepWhenDue() {
  {
    const std::lock_guard lock(upkeep_mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (now < due_) return;
    due_ = now + upkeep_;
    if (data_file_.SawReplacement() && log_ != nullptr) {
      log_->Write(LogLevel::kError,
                  "the store's file " + data_file_.path() +
                      " was replaced or removed while it is open; this process "
                      "goes on with the old one, which no other sees: restart "
                      "it");
    }
  }
  env_->ReleaseDeadReaders();
}

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
// A view of a store whose index is broken, or cannot be read.
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "core/store/store.h"

namespace dps {

// As `snapshot`, but for FindIndexed.
class SpoiledSnapshot final : public Snapshot {
 public:
  using Entries = Result<std::vector<IndexEntry>>;

  SpoiledSnapshot(std::unique_ptr<Snapshot> snapshot,
                  std::function<Entries(const IndexTerm&)> find_indexed)
      : snapshot_(std::move(snapshot)),
        find_indexed_(std::move(find_indexed)) {}

  Result<std::vector<IndexEntry>> FindIndexed(const IndexTerm& term,
                                              const std::optional<IdScope>&,
                                              std::size_t) override {
    return find_indexed_(term);
  }

  Result<std::uint64_t> ConfigVersion(const IdScope& scope) override {
    return snapshot_->ConfigVersion(scope);
  }
  Result<std::optional<Instance>> FindInstance(const IdScope& scope) override {
    return snapshot_->FindInstance(scope);
  }
  Result<std::optional<IndividualEnrollment>> FindIndividualEnrollment(
      const IdScope& scope, const RegistrationId& id) override {
    return snapshot_->FindIndividualEnrollment(scope, id);
  }
  Result<std::optional<EnrollmentGroup>> FindEnrollmentGroup(
      const IdScope& scope, const EnrollmentGroupId& id) override {
    return snapshot_->FindEnrollmentGroup(scope, id);
  }
  Result<std::optional<RegistrationRecord>> FindRegistration(
      const IdScope& scope, const RegistrationId& id) override {
    return snapshot_->FindRegistration(scope, id);
  }
  Result<std::optional<CaCertificate>> FindCaCertificate(
      const IdScope& scope, const CertificateName& name) override {
    return snapshot_->FindCaCertificate(scope, name);
  }
  Result<std::optional<RevokedCertificates>> FindRevokedCertificates(
      const IdScope& scope, const CertificateName& name) override {
    return snapshot_->FindRevokedCertificates(scope, name);
  }
  Result<std::vector<Instance>> ListInstances() override {
    return snapshot_->ListInstances();
  }
  Result<std::vector<LinkedHub>> ListLinkedHubs(const IdScope& scope) override {
    return snapshot_->ListLinkedHubs(scope);
  }
  Result<std::optional<AccessPolicy>> FindAccessPolicy(
      const IdScope& scope, const AccessPolicyName& name) override {
    return snapshot_->FindAccessPolicy(scope, name);
  }
  Result<std::vector<AccessPolicy>> ListAccessPolicies(
      const IdScope& scope) override {
    return snapshot_->ListAccessPolicies(scope);
  }
  Result<std::optional<LatencyTableDocument>> FindLatencyTable(
      const IdScope& scope) override {
    return snapshot_->FindLatencyTable(scope);
  }
  Result<AssignedCounts> CountAssigned(const IdScope& scope) override {
    return snapshot_->CountAssigned(scope);
  }
  Result<std::vector<CaCertificate>> ListCaCertificates(
      const IdScope& scope) override {
    return snapshot_->ListCaCertificates(scope);
  }
  Result<std::vector<IndividualEnrollment>> ListIndividualEnrollments(
      const IdScope& scope, const Page& page) override {
    return snapshot_->ListIndividualEnrollments(scope, page);
  }
  Result<std::vector<EnrollmentGroup>> ListEnrollmentGroups(
      const IdScope& scope, const Page& page) override {
    return snapshot_->ListEnrollmentGroups(scope, page);
  }
  Result<std::optional<HubTask>> FindHubTask(const IdScope& scope,
                                             const std::string& key) override {
    return snapshot_->FindHubTask(scope, key);
  }
  Result<std::vector<ListedHubTask>> ListHubTasks(const IdScope& scope,
                                                  const Page& page) override {
    return snapshot_->ListHubTasks(scope, page);
  }
  Result<std::vector<DueHubTask>> ListDueHubTasks(UtcTime now,
                                                  std::size_t limit) override {
    return snapshot_->ListDueHubTasks(now, limit);
  }
  Result<std::vector<HubHealth>> ListHubHealth(const IdScope& scope) override {
    return snapshot_->ListHubHealth(scope);
  }
  Result<std::optional<DeviceAttempts>> FindDeviceAttempts(
      const IdScope& scope, const RegistrationId& id) override {
    return snapshot_->FindDeviceAttempts(scope, id);
  }
  Result<std::vector<DeviceAttempts>> ListDeviceAttempts(
      const IdScope& scope, const Page& page) override {
    return snapshot_->ListDeviceAttempts(scope, page);
  }
  Result<std::vector<RegistrationRecord>> ListRegistrations(
      const IdScope& scope, const std::optional<EnrollmentGroupId>& group,
      const Page& page) override {
    return snapshot_->ListRegistrations(scope, group, page);
  }

 private:
  std::unique_ptr<Snapshot> snapshot_;
  std::function<Entries(const IndexTerm&)> find_indexed_;
};

}  // namespace dps

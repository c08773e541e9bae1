// SPDX-License-Identifier: Apache-2.0
// The store's port: consistent reads and atomic, conditional commits.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/result.h"
#include "core/model/access_policy.h"
#include "core/model/assigned_counts.h"
#include "core/model/ca_certificate.h"
#include "core/model/device_attempts.h"
#include "core/model/enrollment.h"
#include "core/model/hub_health.h"
#include "core/model/hub_task.h"
#include "core/model/ids.h"
#include "core/model/instance.h"
#include "core/model/latency_table_document.h"
#include "core/model/linked_hub.h"
#include "core/model/registration.h"
#include "core/store/index.h"

namespace dps {

// A piece of a list in key order: at most `limit` documents whose key is
// greater than `after` ("" = from the start). The last document's key is the
// next piece's `after`.
struct Page {
  std::string after;
  std::size_t limit = 1000;
};

// A hub task with the scope it is of.
struct DueHubTask {
  IdScope scope;
  HubTask task;
};

// A hub task in a list. One that cannot be read neither fails the list nor is
// left out: operators have to see it to be able to remove it.
struct ListedHubTask {
  std::string key;
  Result<HubTask> task;  // kInternal: it cannot be read
};

// A consistent view of the whole store as of one commit. Belongs to the thread
// that made it; keep it for one piece of work only, an old view stops the
// reuse of pages. Every call but ListInstances, ListDueHubTasks, and
// FindIndexed without a scope, sees one id scope and nothing of another. Errors
// of all calls: kInternal (a stored document cannot be read), kUnavailable (the
// disk failed).
class Snapshot {
 public:
  virtual ~Snapshot() = default;

  // Grows with every commit that changes the instance, its linked hubs, its
  // enrollments, groups or certificates, or removes a registration record;
  // records put do not count. For caches, and for Batch::unchanged_config. 0
  // for an unknown scope.
  [[nodiscard]] virtual Result<std::uint64_t> ConfigVersion(
      const IdScope& scope) = 0;

  [[nodiscard]] virtual Result<std::optional<Instance>> FindInstance(
      const IdScope& scope) = 0;
  [[nodiscard]] virtual Result<std::optional<IndividualEnrollment>>
  FindIndividualEnrollment(const IdScope& scope, const RegistrationId& id) = 0;
  [[nodiscard]] virtual Result<std::optional<EnrollmentGroup>>
  FindEnrollmentGroup(const IdScope& scope, const EnrollmentGroupId& id) = 0;
  [[nodiscard]] virtual Result<std::optional<RegistrationRecord>>
  FindRegistration(const IdScope& scope, const RegistrationId& id) = 0;

  [[nodiscard]] virtual Result<std::optional<CaCertificate>> FindCaCertificate(
      const IdScope& scope, const CertificateName& name) = 0;
  [[nodiscard]] virtual Result<std::optional<RevokedCertificates>>
  FindRevokedCertificates(const IdScope& scope,
                          const CertificateName& name) = 0;

  // The documents that hold a term, in order of scope, kind and key, at most
  // `limit`. Without a scope those of all: in a TLS handshake no scope is
  // known yet. Does not read the documents.
  [[nodiscard]] virtual Result<std::vector<IndexEntry>> FindIndexed(
      const IndexTerm& term, const std::optional<IdScope>& scope,
      std::size_t limit) = 0;

  // In key order. The first three are bounded by limits.h, so they come whole.
  [[nodiscard]] virtual Result<std::vector<Instance>> ListInstances() = 0;
  [[nodiscard]] virtual Result<std::vector<LinkedHub>> ListLinkedHubs(
      const IdScope& scope) = 0;
  [[nodiscard]] virtual Result<std::vector<CaCertificate>> ListCaCertificates(
      const IdScope& scope) = 0;
  [[nodiscard]] virtual Result<std::vector<IndividualEnrollment>>
  ListIndividualEnrollments(const IdScope& scope, const Page& page) = 0;
  [[nodiscard]] virtual Result<std::vector<EnrollmentGroup>>
  ListEnrollmentGroups(const IdScope& scope, const Page& page) = 0;
  [[nodiscard]] virtual Result<std::optional<LatencyTableDocument>>
  FindLatencyTable(const IdScope& scope) = 0;
  [[nodiscard]] virtual Result<std::optional<AccessPolicy>> FindAccessPolicy(
      const IdScope& scope, const AccessPolicyName& name) = 0;
  // Bounded by limits.h.
  [[nodiscard]] virtual Result<std::vector<AccessPolicy>> ListAccessPolicies(
      const IdScope& scope) = 0;
  // Kept in the same commit as the records that are counted.
  [[nodiscard]] virtual Result<AssignedCounts> CountAssigned(
      const IdScope& scope) = 0;

  // `key` is HubTask::key().
  [[nodiscard]] virtual Result<std::optional<HubTask>> FindHubTask(
      const IdScope& scope, const std::string& key) = 0;
  [[nodiscard]] virtual Result<std::vector<ListedHubTask>> ListHubTasks(
      const IdScope& scope, const Page& page) = 0;
  // Of all scopes, those due by `now`, the longest due first, at most `limit`.
  // Does not look at the others; what cannot be read is left out.
  [[nodiscard]] virtual Result<std::vector<DueHubTask>> ListDueHubTasks(
      UtcTime now, std::size_t limit) = 0;
  // Of hubs whose health is known.
  [[nodiscard]] virtual Result<std::vector<HubHealth>> ListHubHealth(
      const IdScope& scope) = 0;

  [[nodiscard]] virtual Result<std::optional<DeviceAttempts>>
  FindDeviceAttempts(const IdScope& scope, const RegistrationId& id) = 0;
  [[nodiscard]] virtual Result<std::vector<DeviceAttempts>> ListDeviceAttempts(
      const IdScope& scope, const Page& page) = 0;

  // `group` limits the list to the records of that enrollment group.
  [[nodiscard]] virtual Result<std::vector<RegistrationRecord>>
  ListRegistrations(const IdScope& scope,
                    const std::optional<EnrollmentGroupId>& group,
                    const Page& page) = 0;
};

// What must hold at the moment of the commit for a change to be made.
struct Expect {
  enum class Kind { kAnything, kAbsent, kPresent, kEtag };
  Kind kind = Kind::kAnything;
  std::string etag;

  static Expect Anything() { return {}; }
  static Expect Absent() { return {.kind = Kind::kAbsent}; }
  static Expect Present() { return {.kind = Kind::kPresent}; }
  static Expect Etag(std::string etag) {
    return {.kind = Kind::kEtag, .etag = std::move(etag)};
  }
};

// The document replaces the one with its key; its etag is the caller's.
template <class Document>
struct Put {
  IdScope scope;
  Document document;
  Expect expect;
};

// `key` is Document::key(). Removing what is absent changes nothing.
template <class Document>
struct Remove {
  IdScope scope;
  std::string key;
  Expect expect;
};

// Adds to what CountAssigned() tells of the scope, for counts found wrong; none
// falls below 0. Moves the config version, so that of two repairs of one
// mistake only one can be made.
struct AdjustAssignedCounts {
  IdScope scope;
  std::map<std::string, std::int64_t> by_hub;
};

using Change = std::variant<
    Put<Instance>, Put<LinkedHub>, Remove<LinkedHub>, Put<IndividualEnrollment>,
    Remove<IndividualEnrollment>, Put<EnrollmentGroup>, Remove<EnrollmentGroup>,
    Put<CaCertificate>, Remove<CaCertificate>, Put<RevokedCertificates>,
    Remove<RevokedCertificates>, Put<LatencyTableDocument>,
    Remove<LatencyTableDocument>, Put<AccessPolicy>, Remove<AccessPolicy>,
    AdjustAssignedCounts, Put<HubTask>, Remove<HubTask>, Put<HubHealth>,
    Remove<HubHealth>, Put<DeviceAttempts>, Remove<DeviceAttempts>,
    Put<RegistrationRecord>, Remove<RegistrationRecord>>;

// All changes or none. Later changes of a batch see the earlier ones.
struct Batch {
  std::vector<Change> changes;
  // Scopes whose ConfigVersion must still be this one.
  std::map<IdScope, std::uint64_t> unchanged_config;
};

// Thread-safe.
class Store {
 public:
  virtual ~Store() = default;

  // Never waits for a writer or the disk's sync. Errors: kUnavailable (the
  // store is being resized: try again).
  [[nodiscard]] virtual Result<std::unique_ptr<Snapshot>> Read() = 0;

  // Durable when it returns success. Waits for other writers and for the disk,
  // so never on the broker's thread. Errors, all of which change nothing:
  // kConflict (Absent expected, found; another instance has the name, in any
  // letter case), kNotFound (Present expected, absent), kPreconditionFailed
  // (another etag, or none; a config version moved on), kUnavailable (disk full
  // or failing), kInternal.
  [[nodiscard]] virtual Status Commit(const Batch& batch) = 0;
};

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
// The store's layout on disk: tables, keys, schema version. docs/storage.md
// shows it with an example; change both together.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <type_traits>

#include "core/base/limits.h"
#include "core/base/result.h"
#include "core/model/ids.h"
#include "core/store/document.h"
#include "core/store/lmdb_env.h"

namespace dps {

// Rises with every change that an older program would misread or spoil.
inline constexpr std::uint64_t kSchemaVersion = 6;

struct LmdbTables {
  LmdbTable instances;
  LmdbTable linked_hubs;
  LmdbTable enrollments;
  LmdbTable enrollment_groups;
  LmdbTable ca_certificates;
  LmdbTable revoked_certificates;
  LmdbTable latency_tables;
  LmdbTable access_policies;
  LmdbTable hub_tasks;
  LmdbTable hub_health;
  LmdbTable device_attempts;
  LmdbTable registrations;
  LmdbTable index;                   // IndexKey() -> nothing
  LmdbTable registrations_by_group;  // GroupEntryKey() -> nothing
  LmdbTable hub_tasks_due;           // DueKey() -> nothing
  LmdbTable assigned_counts;         // DocumentKey(scope, hub) -> decimal
  LmdbTable config_versions;         // the scope's text -> decimal

  template <class Document>
  LmdbTable Of() const {
    if constexpr (std::is_same_v<Document, Instance>) {
      return instances;
    } else if constexpr (std::is_same_v<Document, LinkedHub>) {
      return linked_hubs;
    } else if constexpr (std::is_same_v<Document, IndividualEnrollment>) {
      return enrollments;
    } else if constexpr (std::is_same_v<Document, EnrollmentGroup>) {
      return enrollment_groups;
    } else if constexpr (std::is_same_v<Document, CaCertificate>) {
      return ca_certificates;
    } else if constexpr (std::is_same_v<Document, RevokedCertificates>) {
      return revoked_certificates;
    } else if constexpr (std::is_same_v<Document, LatencyTableDocument>) {
      return latency_tables;
    } else if constexpr (std::is_same_v<Document, AccessPolicy>) {
      return access_policies;
    } else if constexpr (std::is_same_v<Document, HubTask>) {
      return hub_tasks;
    } else if constexpr (std::is_same_v<Document, HubHealth>) {
      return hub_health;
    } else if constexpr (std::is_same_v<Document, DeviceAttempts>) {
      return device_attempts;
    } else {
      static_assert(std::is_same_v<Document, RegistrationRecord>);
      return registrations;
    }
  }
};

// Opens the tables of a store, upgraded from an earlier version if need be;
// `create` makes them in an environment that holds nothing yet. Errors:
// kInvalidArgument (another schema version, not our store), and those of
// LmdbEnv.
[[nodiscard]] Result<LmdbTables> OpenSchema(LmdbEnv& env, bool create);

// Keys are texts, each but the last ended by a zero byte. No id can hold that
// byte, so no key of one scope or group begins with the prefix of another.
inline constexpr char kKeySeparator = '\0';

inline std::string ScopePrefix(const IdScope& scope) {
  return scope.text() + kKeySeparator;
}
inline std::string DocumentKey(const IdScope& scope, std::string_view key) {
  return ScopePrefix(scope).append(key);
}
inline std::string GroupPrefix(const IdScope& scope,
                               const EnrollmentGroupId& group) {
  return DocumentKey(scope, group.key()) + kKeySeparator;
}
inline std::string GroupEntryKey(const IdScope& scope,
                                 const EnrollmentGroupId& group,
                                 std::string_view registration_key) {
  return GroupPrefix(scope, group).append(registration_key);
}

// In the order of time: milliseconds since 1970 as 16 hex digits.
std::string DueTime(UtcTime due);
inline std::string DueKey(UtcTime due, const IdScope& scope,
                          std::string_view task_key) {
  return DueTime(due) + kKeySeparator + DocumentKey(scope, task_key);
}

inline std::string IndexPrefix(const IndexTerm& term) {
  return term.text() + kKeySeparator;
}
inline std::string IndexPrefix(const IndexTerm& term, const IdScope& scope) {
  return IndexPrefix(term).append(ScopePrefix(scope));
}
// One document may hold several certificates of one subject, so the thumbprint
// is part of the key.
inline std::string IndexKey(const IndexMark& mark, const IdScope& scope,
                            IndexedKind kind, std::string_view key) {
  std::string text = IndexPrefix(mark.term, scope);
  text += static_cast<char>(kind);
  return text.append(key).append(1, kKeySeparator).append(mark.thumbprint);
}

// LMDB takes keys of 511 bytes. The longest are a group's entry, and an index
// entry: of a hub that is named, or of a revoked serial.
inline constexpr std::size_t kDigestHexSize = 64;
inline constexpr std::size_t kLongestGroupEntry =
    limits::kIdScopeMax + 1 + 2 * (limits::kRegistrationIdMax + 1);
inline constexpr std::size_t kLongestTermAndThumbprint =
    std::max(kDigestHexSize + 1 + limits::kSerialHexMax + kDigestHexSize,
             limits::kHubNameMax);
inline constexpr std::size_t kLongestIndexKey =
    2 + kLongestTermAndThumbprint + 1 + limits::kIdScopeMax + 1 + 1 +
    limits::kRegistrationIdMax + 1;
static_assert(kLongestGroupEntry <= 511 && kLongestIndexKey <= 511);
// And that of the removal of a device from its hub.
inline constexpr std::size_t kLongestDueKey = 16 + 1 + limits::kIdScopeMax + 1 +
                                              2 + limits::kHubNameMax + 1 +
                                              limits::kDeviceIdMax;
static_assert(kLongestDueKey <= 511);

}  // namespace dps

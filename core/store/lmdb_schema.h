// SPDX-License-Identifier: Apache-2.0
// The store's layout on disk: tables, keys, schema version. docs/storage.md
// shows it with an example; change both together.
#pragma once

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
inline constexpr std::uint64_t kSchemaVersion = 1;

struct LmdbTables {
  LmdbTable instances;
  LmdbTable linked_hubs;
  LmdbTable enrollments;
  LmdbTable enrollment_groups;
  LmdbTable registrations;
  LmdbTable registrations_by_group;  // GroupEntryKey() -> nothing
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
    } else {
      static_assert(std::is_same_v<Document, RegistrationRecord>);
      return registrations;
    }
  }
};

// Opens the tables of a store; `create` makes them in an environment that
// holds nothing yet. Errors: kInvalidArgument (another schema version, not our
// store), and those of LmdbEnv.
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

// The longest key is that of a group's entry; LMDB takes 511 bytes.
inline constexpr std::size_t kLongestKey = limits::kIdScopeMax + 1 +
                                           limits::kRegistrationIdMax + 1 +
                                           limits::kRegistrationIdMax;
static_assert(kLongestKey <= 511);
static_assert(limits::kIdScopeMax + 1 + limits::kHubNameMax <= 511);

}  // namespace dps

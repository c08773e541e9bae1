// SPDX-License-Identifier: Apache-2.0
#include "core/store/lmdb_schema.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/text.h"

namespace dps {
namespace {

constexpr std::uint64_t kOldestVersion = 1;  // that Upgrade() takes
constexpr const char* kMetaTable = "meta";
constexpr const char* kIndexTable = "index";
constexpr const char* kCountsTable = "assigned_counts";
constexpr std::string_view kProductKey = "product";
constexpr std::string_view kProduct = "mosquitto-dps";
constexpr std::string_view kSchemaKey = "schema_version";

constexpr std::array kTables = {
    std::pair{DocumentKind<Instance>::kTable, &LmdbTables::instances},
    std::pair{DocumentKind<LinkedHub>::kTable, &LmdbTables::linked_hubs},
    std::pair{DocumentKind<IndividualEnrollment>::kTable,
              &LmdbTables::enrollments},
    std::pair{DocumentKind<EnrollmentGroup>::kTable,
              &LmdbTables::enrollment_groups},
    std::pair{DocumentKind<CaCertificate>::kTable,
              &LmdbTables::ca_certificates},
    std::pair{DocumentKind<RevokedCertificates>::kTable,
              &LmdbTables::revoked_certificates},
    std::pair{DocumentKind<LatencyTableDocument>::kTable,
              &LmdbTables::latency_tables},
    std::pair{DocumentKind<AccessPolicy>::kTable, &LmdbTables::access_policies},
    std::pair{DocumentKind<HubTask>::kTable, &LmdbTables::hub_tasks},
    std::pair{DocumentKind<HubHealth>::kTable, &LmdbTables::hub_health},
    std::pair{DocumentKind<DeviceAttempts>::kTable,
              &LmdbTables::device_attempts},
    std::pair{"hub_tasks_due", &LmdbTables::hub_tasks_due},
    std::pair{kIndexTable, &LmdbTables::index},
    std::pair{DocumentKind<RegistrationRecord>::kTable,
              &LmdbTables::registrations},
    std::pair{"registrations_by_group", &LmdbTables::registrations_by_group},
    std::pair{kCountsTable, &LmdbTables::assigned_counts},
    std::pair{"config_versions", &LmdbTables::config_versions},
};

tl::unexpected<Error> NotOurs(const LmdbEnv& env) {
  return Fail(Errc::kInvalidArgument,
              env.directory().path() +
                  " does not hold a mosquitto-dps store but another program's "
                  "LMDB environment");
}

// One that Upgrade() takes, or the present one.
Result<std::uint64_t> Version(const LmdbEnv& env, const LmdbTxn& txn,
                              LmdbTable meta) {
  DPS_TRY(const auto product, txn.Get(meta, kProductKey));
  if (product != kProduct) return NotOurs(env);
  DPS_TRY(const auto version, txn.Get(meta, kSchemaKey));
  const auto number = version ? ParseDecimal(*version) : std::nullopt;
  if (number && *number >= kOldestVersion && *number <= kSchemaVersion) {
    return *number;
  }
  return Fail(Errc::kInvalidArgument,
              "the store " + env.directory().path() + " has schema version " +
                  Printable(version.value_or("(none)")) +
                  "; this program knows version " +
                  std::to_string(kSchemaVersion));
}

// An entry of a document table, its key taken apart.
struct Row {
  std::string_view scope;
  std::string_view key;  // in the scope
  std::string_view value;
};

// Calls `visit` for each Document stored, which may not write: its views are
// valid until then. A visit that fails ends the walk.
template <class Document, std::invocable<const Row&> Visit>
Status ForEachRow(LmdbWriteTxn& txn, Visit visit) {
  DPS_TRY(const LmdbTable table,
          txn.CreateTable(DocumentKind<Document>::kTable));
  DPS_TRY(LmdbCursor cursor, LmdbCursor::Open(txn, table));
  DPS_TRY(auto entry, cursor.First());
  while (entry) {
    const std::size_t separator = entry->key.find(kKeySeparator);
    DPS_CHECK(visit(Row{.scope = entry->key.substr(0, separator),
                        .key = entry->key.substr(separator + 1),
                        .value = entry->value}));
    DPS_TRY(entry, cursor.Next());
  }
  return {};
}

Status PutMarks(LmdbWriteTxn& txn, const std::vector<std::string>& marks) {
  DPS_TRY(const LmdbTable index, txn.CreateTable(kIndexTable));
  for (const std::string& mark : marks) DPS_CHECK(txn.Put(index, mark, ""));
  return {};
}

// Version 1 knew symmetric keys only and had no index.
Status IndexGroups(LmdbWriteTxn& txn) {
  std::vector<std::string> marks;
  const auto mark = [&marks](const Row& row) -> Status {
    DPS_TRY(const IdScope scope, IdScope::Parse(row.scope));
    marks.push_back(IndexKey({IndexTerm::SymmetricKeyGroups(), ""}, scope,
                             IndexedKind::kEnrollmentGroup, row.key));
    return {};
  };
  DPS_CHECK(ForEachRow<EnrollmentGroup>(txn, mark));
  return PutMarks(txn, marks);
}

// Version 2 did not index the hubs that enrollments name. What cannot be read
// is left out: whoever asks for it is told so.
template <Indexed Document>
Status IndexHubs(LmdbWriteTxn& txn) {
  std::vector<std::string> marks;
  const auto mark = [&marks](const Row& row) -> Status {
    DPS_TRY(const IdScope scope, IdScope::Parse(row.scope));
    const auto document = DocumentKind<Document>::Parse(row.value);
    if (!document) return {};
    for (const HubName& hub : document->terms.iot_hubs) {
      marks.push_back(IndexKey({IndexTerm::NamesHub(hub), ""}, scope,
                               DocumentKind<Document>::kIndexed,
                               document->key()));
    }
    return {};
  };
  DPS_CHECK(ForEachRow<Document>(txn, mark));
  return PutMarks(txn, marks);
}

// Version 2 did not count assignments. A record that cannot be read is not
// counted, as one that is overwritten is not.
Status CountAssignments(LmdbWriteTxn& txn) {
  std::map<std::string, std::uint64_t> assigned;
  const auto count_in = [&assigned](const Row& row) -> Status {
    const auto record = ParseRegistrationRecord(row.value);
    if (!record || record->assigned_hub.empty()) return {};
    ++assigned[std::string(row.scope) + kKeySeparator + record->assigned_hub];
    return {};
  };
  DPS_CHECK(ForEachRow<RegistrationRecord>(txn, count_in));
  DPS_TRY(const LmdbTable counts, txn.CreateTable(kCountsTable));
  for (const auto& [key, count] : assigned) {
    DPS_CHECK(txn.Put(counts, key, std::to_string(count)));
  }
  return {};
}

// Whoever has the store open meanwhile goes on as an older program does:
// dpsctl, for moments. No broker may run.
Status Upgrade(LmdbEnv& env) {
  constexpr std::uint64_t kFirstWithIndex = 2;
  constexpr std::uint64_t kFirstWithHubs = 3;
  DPS_TRY(LmdbWriteTxn txn, env.BeginWrite());
  DPS_TRY(const LmdbTable meta, txn.CreateTable(kMetaTable));
  DPS_TRY(const std::uint64_t version, Version(env, txn, meta));
  if (version == kSchemaVersion) return {};  // another process was faster
  for (const auto& [name, table] : kTables) {
    DPS_CHECK(txn.CreateTable(name));
  }
  if (version < kFirstWithIndex) DPS_CHECK(IndexGroups(txn));
  if (version < kFirstWithHubs) {
    DPS_CHECK(IndexHubs<IndividualEnrollment>(txn));
    DPS_CHECK(IndexHubs<EnrollmentGroup>(txn));
    DPS_CHECK(CountAssignments(txn));
  }
  DPS_CHECK(txn.Put(meta, kSchemaKey, std::to_string(kSchemaVersion)));
  return txn.Commit();
}

// nullopt if the environment holds nothing yet.
Result<std::optional<LmdbTables>> OpenExisting(LmdbEnv& env) {
  DPS_TRY(LmdbReadTxn txn, env.BeginRead());
  DPS_TRY(const auto meta, txn.OpenTable(kMetaTable));
  if (!meta) {
    DPS_TRY(const bool holds_nothing, txn.HoldsNothing());
    if (holds_nothing) return std::nullopt;
    return NotOurs(env);
  }
  DPS_CHECK(Version(env, txn, *meta));
  LmdbTables tables;
  for (const auto& [name, table] : kTables) {
    DPS_TRY(const auto opened, txn.OpenTable(name));
    if (!opened) {
      return Fail(Errc::kInternal,
                  "the store lacks its table " + std::string(name));
    }
    tables.*table = *opened;
  }
  DPS_CHECK(txn.KeepTables());
  return tables;
}

Status UpgradeIfOutdated(LmdbEnv& env) {
  {
    DPS_TRY(LmdbReadTxn txn, env.BeginRead());
    DPS_TRY(const auto meta, txn.OpenTable(kMetaTable));
    if (!meta) return {};
    DPS_TRY(const std::uint64_t version, Version(env, txn, *meta));
    if (version == kSchemaVersion) return {};
  }
  return Upgrade(env);
}

Status CreateTables(LmdbEnv& env) {
  DPS_TRY(LmdbWriteTxn txn, env.BeginWrite());
  DPS_TRY(const bool holds_nothing, txn.HoldsNothing());
  if (!holds_nothing) return {};  // another process was faster
  DPS_TRY(const LmdbTable meta, txn.CreateTable(kMetaTable));
  DPS_CHECK(txn.Put(meta, kProductKey, kProduct));
  DPS_CHECK(txn.Put(meta, kSchemaKey, std::to_string(kSchemaVersion)));
  for (const auto& [name, table] : kTables) {
    DPS_CHECK(txn.CreateTable(name));
  }
  DPS_CHECK(txn.Commit());
  return env.directory().Sync();
}

}  // namespace

std::string DueTime(UtcTime due) {
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(
      due.time_since_epoch());
  std::array<char, 17> digits{};
  static_cast<void>(
      std::snprintf(digits.data(), digits.size(), "%016llx",
                    static_cast<unsigned long long>(
                        std::max<std::int64_t>(0, since.count()))));
  return digits.data();
}

Result<LmdbTables> OpenSchema(LmdbEnv& env, bool create) {
  DPS_CHECK(UpgradeIfOutdated(env));
  DPS_TRY(auto tables, OpenExisting(env));
  if (!tables && create) {
    DPS_CHECK(CreateTables(env));
    DPS_TRY(tables, OpenExisting(env));
  }
  if (!tables) {
    return Fail(Errc::kNotFound, "the store " + env.directory().path() +
                                     " is empty; `dpsctl instance create` "
                                     "fills it");
  }
  return *tables;
}

}  // namespace dps

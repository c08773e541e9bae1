// SPDX-License-Identifier: Apache-2.0
#include "core/store/lmdb_schema.h"

#include <array>
#include <optional>
#include <utility>

#include "core/base/text.h"

namespace dps {
namespace {

constexpr const char* kMetaTable = "meta";
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
    std::pair{DocumentKind<RegistrationRecord>::kTable,
              &LmdbTables::registrations},
    std::pair{"registrations_by_group", &LmdbTables::registrations_by_group},
    std::pair{"config_versions", &LmdbTables::config_versions},
};

tl::unexpected<Error> NotOurs(const LmdbEnv& env) {
  return Fail(Errc::kInvalidArgument,
              env.directory().path() +
                  " does not hold a mosquitto-dps store but another program's "
                  "LMDB environment");
}

Status CheckVersion(const LmdbEnv& env, const LmdbTxn& txn, LmdbTable meta) {
  DPS_TRY(const auto product, txn.Get(meta, kProductKey));
  if (product != kProduct) return NotOurs(env);
  DPS_TRY(const auto version, txn.Get(meta, kSchemaKey));
  if (version && ParseDecimal(*version) == kSchemaVersion) return {};
  return Fail(Errc::kInvalidArgument,
              "the store " + env.directory().path() + " has schema version " +
                  Printable(version.value_or("(none)")) +
                  "; this program knows version " +
                  std::to_string(kSchemaVersion));
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
  DPS_CHECK(CheckVersion(env, txn, *meta));
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

Result<LmdbTables> OpenSchema(LmdbEnv& env, bool create) {
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

// SPDX-License-Identifier: Apache-2.0
// The meaning of a batch, written once for every store: preconditions, the
// order of changes, the config versions.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <type_traits>
#include <variant>

#include "core/base/text.h"
#include "core/store/document.h"
#include "core/store/store.h"

namespace dps {

// What ApplyBatch needs of a store's transaction:
//   Result<std::uint64_t> ConfigVersion(scope);  0 when never set
//   Status SetConfigVersion(scope, version);
//   Result<bool> Contains<Document>(scope, key);
//   Result<std::optional<Document>> Find<Document>(scope, key);
//   Status Put(scope, document);
//   Result<bool> Remove<Document>(scope, key);  whether it was there
//   Result<std::vector<Instance>> ListInstances();
//   Status AddAssigned(scope, hub, difference);
// Put and Remove of a record keep the counts of assignments.
// The caller throws the transaction away when ApplyBatch fails.

template <class Document, class Tables>
[[nodiscard]] Status CheckExpect(Tables& tables, const IdScope& scope,
                                 const std::string& key, const Expect& expect) {
  // An unreadable document can still be replaced or removed unconditionally.
  if (expect.kind == Expect::Kind::kAnything) return {};
  const std::string name =
      std::string(DocumentKind<Document>::kName) + " " + key;
  DPS_TRY(const bool present, tables.template Contains<Document>(scope, key));
  if (expect.kind == Expect::Kind::kAbsent) {
    return present ? Status(Fail(Errc::kConflict, name + " exists already"))
                   : Status();
  }
  if (expect.kind == Expect::Kind::kPresent) {
    return present ? Status()
                   : Status(Fail(Errc::kNotFound, name + " does not exist"));
  }
  DPS_TRY(const auto document, tables.template Find<Document>(scope, key));
  if (!document || document->etag() != expect.etag) {
    return Fail(Errc::kPreconditionFailed,
                name + " is no longer the version with this etag");
  }
  return {};
}

// An instance is alone in the whole store with its name, in any letter case,
// and with its host name.
template <class Tables>
[[nodiscard]] Status CheckNameIsFree(Tables& tables, const Instance& instance) {
  DPS_TRY(const auto instances, tables.ListInstances());
  for (const Instance& other : instances) {
    if (other.id_scope == instance.id_scope) continue;
    if (EqualsIgnoreCase(other.name, instance.name)) {
      return Fail(Errc::kConflict,
                  "instance " + instance.name + " exists already");
    }
    if (!instance.service_host_name.empty() &&
        other.service_host_name == instance.service_host_name) {
      return Fail(Errc::kConflict, "instance " + other.name +
                                       " is reached by the host name " +
                                       instance.service_host_name);
    }
  }
  return {};
}

// True if the store changed.
template <class Tables, class Document>
[[nodiscard]] Result<bool> ApplyChange(Tables& tables,
                                       const Put<Document>& put) {
  DPS_CHECK(
      CheckExpect<Document>(tables, put.scope, put.document.key(), put.expect));
  if constexpr (std::is_same_v<Document, Instance>) {
    DPS_CHECK(CheckNameIsFree(tables, put.document));
  }
  DPS_CHECK(tables.Put(put.scope, put.document));
  return true;
}

template <class Tables, class Document>
[[nodiscard]] Result<bool> ApplyChange(Tables& tables,
                                       const Remove<Document>& remove) {
  DPS_CHECK(
      CheckExpect<Document>(tables, remove.scope, remove.key, remove.expect));
  return tables.template Remove<Document>(remove.scope, remove.key);
}

template <class Tables>
[[nodiscard]] Result<bool> ApplyChange(Tables& tables,
                                       const AdjustAssignedCounts& adjust) {
  for (const auto& [hub, difference] : adjust.by_hub) {
    DPS_CHECK(tables.AddAssigned(adjust.scope, hub, difference));
  }
  return !adjust.by_hub.empty();
}

// See Snapshot::ConfigVersion().
constexpr bool MovesVersion(const AdjustAssignedCounts&) { return true; }

template <class Document>
constexpr bool MovesVersion(const Put<Document>&) {
  return DocumentKind<Document>::kIsConfig;
}

// A record removed may be one that another process knows as its last.
template <class Document>
constexpr bool MovesVersion(const Remove<Document>&) {
  return DocumentKind<Document>::kIsConfig ||
         std::is_same_v<Document, RegistrationRecord>;
}

// Errors: as Store::Commit().
template <class Tables>
[[nodiscard]] Status ApplyBatch(Tables& tables, const Batch& batch) {
  for (const auto& [scope, expected] : batch.unchanged_config) {
    DPS_TRY(const std::uint64_t version, tables.ConfigVersion(scope));
    if (version != expected) {
      return Fail(Errc::kPreconditionFailed, "the configuration of ID scope " +
                                                 scope.text() +
                                                 " changed in the meantime");
    }
  }
  std::set<IdScope> touched;
  for (const Change& change : batch.changes) {
    const auto apply = [&](const auto& one) -> Status {
      DPS_TRY(const bool changed, ApplyChange(tables, one));
      if (changed && MovesVersion(one)) touched.insert(one.scope);
      return {};
    };
    DPS_CHECK(std::visit(apply, change));
  }
  for (const IdScope& scope : touched) {
    DPS_TRY(const std::uint64_t version, tables.ConfigVersion(scope));
    DPS_CHECK(tables.SetConfigVersion(scope, version + 1));
  }
  return {};
}

}  // namespace dps

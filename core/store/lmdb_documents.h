// SPDX-License-Identifier: Apache-2.0
// Documents inside of an LMDB transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/store/lmdb_schema.h"
#include "core/store/store.h"

namespace dps {

// Defined for the kinds of core/store/document.h. Errors of all calls:
// kInternal (a stored document cannot be read: the message names its scope,
// kind and key, never what it holds), and LMDB's own.
class LmdbDocuments {
 public:
  // Both must outlive this object.
  LmdbDocuments(const LmdbTxn& txn, const LmdbTables& tables)
      : txn_(txn), tables_(tables) {}

  [[nodiscard]] Result<std::uint64_t> ConfigVersion(const IdScope& scope) const;
  // Does not read what the document holds.
  template <class Document>
  [[nodiscard]] Result<bool> Contains(const IdScope& scope,
                                      const std::string& key) const;
  template <class Document>
  [[nodiscard]] Result<std::optional<Document>> Find(
      const IdScope& scope, const std::string& key) const;

  // One unreadable document fails the whole list: to leave it out silently
  // would make lists lie and selection among groups a matter of luck.
  template <class Document>
  [[nodiscard]] Result<std::vector<Document>> List(const IdScope& scope,
                                                   const Page& page) const;
  [[nodiscard]] Result<std::vector<RegistrationRecord>> ListOfGroup(
      const IdScope& scope, const EnrollmentGroupId& group,
      const Page& page) const;
  [[nodiscard]] Result<std::vector<Instance>> ListInstances() const;
  [[nodiscard]] Result<AssignedCounts> CountAssigned(
      const IdScope& scope) const;
  // As Snapshot::ListHubTasks().
  [[nodiscard]] Result<std::vector<ListedHubTask>> ListHubTasks(
      const IdScope& scope, const Page& page) const;
  // As Snapshot::ListDueHubTasks().
  [[nodiscard]] Result<std::vector<DueHubTask>> ListDueHubTasks(
      UtcTime now, std::size_t limit) const;
  // As Snapshot::FindIndexed().
  [[nodiscard]] Result<std::vector<IndexEntry>> FindIndexed(
      const IndexTerm& term, const std::optional<IdScope>& scope,
      std::size_t limit) const;

 private:
  const LmdbTxn& txn_;
  const LmdbTables& tables_;
};

// The same with changes: the transaction of ApplyBatch (core/store/apply.h).
class LmdbWritableDocuments : public LmdbDocuments {
 public:
  LmdbWritableDocuments(LmdbWriteTxn& txn, const LmdbTables& tables)
      : LmdbDocuments(txn, tables), txn_(txn), tables_(tables) {}

  [[nodiscard]] Status SetConfigVersion(const IdScope& scope,
                                        std::uint64_t version);
  [[nodiscard]] Status AddAssigned(const IdScope& scope, const std::string& hub,
                                   std::int64_t difference);
  // Both also work over a document that cannot be read.
  template <class Document>
  [[nodiscard]] Status Put(const IdScope& scope, const Document& document);
  template <class Document>
  [[nodiscard]] Result<bool> Remove(const IdScope& scope,
                                    const std::string& key);

 private:
  // Takes a document out of the index.
  template <Indexed Document>
  [[nodiscard]] Status Unmark(const IdScope& scope, const std::string& key);
  [[nodiscard]] Status UnmarkUnreadable(const IdScope& scope, IndexedKind kind,
                                        const std::string& key);
  // Takes a hub task out of those that become due.
  [[nodiscard]] Status Unschedule(const IdScope& scope, const std::string& key);
  // Takes a registration out of the list of the group it is in, if any, and
  // its assignment out of the counts, if it is not to the hub `next`. A record
  // that cannot be read cannot tell its hub: that count stays too high.
  [[nodiscard]] Status Unlist(const IdScope& scope, const std::string& key,
                              const std::string& next);
  [[nodiscard]] Status UnlistUnreadable(const IdScope& scope,
                                        const std::string& key);

  LmdbWriteTxn& txn_;
  const LmdbTables& tables_;
};

}  // namespace dps

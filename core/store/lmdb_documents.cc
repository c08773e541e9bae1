// SPDX-License-Identifier: Apache-2.0
#include "core/store/lmdb_documents.h"

#include <algorithm>
#include <functional>
#include <type_traits>

#include "core/base/text.h"
#include "core/store/lmdb.h"

namespace dps {
namespace {

tl::unexpected<Error> Unreadable(const IdScope& scope, std::string_view what,
                                 std::string_view key, const std::string& why) {
  return Fail(Errc::kInternal, "the stored " + std::string(what) + " " +
                                   Printable(key) + " of ID scope " +
                                   scope.text() + " cannot be read: " + why);
}

template <class Document>
Result<Document> Parse(const IdScope& scope, std::string_view key,
                       std::string_view json) {
  using Kind = DocumentKind<Document>;
  auto document = Kind::Parse(json);
  if (!document) {
    return Unreadable(scope, Kind::kName, key, document.error().message);
  }
  if (document->key() != key) {
    return Unreadable(scope, Kind::kName, key, "it names another key");
  }
  return document;
}

// Calls `take` for the entries that begin with `prefix` and whose rest is
// greater than `after`, in order, until it returns false or an error.
using Take =
    std::function<Result<bool>(std::string_view rest, std::string_view value)>;

Status Walk(LmdbCursor& cursor, const std::string& prefix,
            std::string_view after, const Take& take) {
  // A longer text sorts among keys of legal length as its beginning does.
  const std::string from = (prefix + std::string(after)).substr(0, kLmdbKeyMax);
  // LMDB takes no empty key.
  DPS_TRY(auto entry, from.empty() ? cursor.First() : cursor.Seek(from));
  if (entry && !after.empty() && entry->key == from) {
    DPS_TRY(entry, cursor.Next());
  }
  while (entry && entry->key.starts_with(prefix)) {
    DPS_TRY(const bool more,
            take(entry->key.substr(prefix.size()), entry->value));
    if (!more) break;
    DPS_TRY(entry, cursor.Next());
  }
  return {};
}

}  // namespace

Result<std::uint64_t> LmdbDocuments::ConfigVersion(const IdScope& scope) const {
  DPS_TRY(const auto text, txn_.Get(tables_.config_versions, scope.text()));
  if (!text) return 0;
  const auto version = ParseDecimal(*text);
  if (!version) return Unreadable(scope, "config version", "", "not a number");
  return *version;
}

template <class Document>
Result<bool> LmdbDocuments::Contains(const IdScope& scope,
                                     const std::string& key) const {
  DPS_TRY(const auto json,
          txn_.Get(tables_.Of<Document>(), DocumentKey(scope, key)));
  return json.has_value();
}

template <class Document>
Result<std::optional<Document>> LmdbDocuments::Find(
    const IdScope& scope, const std::string& key) const {
  DPS_TRY(const auto json,
          txn_.Get(tables_.Of<Document>(), DocumentKey(scope, key)));
  if (!json) return std::nullopt;
  return Parse<Document>(scope, key, *json);
}

template <class Document>
Result<std::vector<Document>> LmdbDocuments::List(const IdScope& scope,
                                                  const Page& page) const {
  std::vector<Document> list;
  if (page.limit == 0) return list;
  DPS_TRY(LmdbCursor cursor, LmdbCursor::Open(txn_, tables_.Of<Document>()));
  const auto take = [&](std::string_view key,
                        std::string_view json) -> Result<bool> {
    DPS_TRY(Document document, Parse<Document>(scope, key, json));
    list.push_back(std::move(document));
    return list.size() < page.limit;
  };
  DPS_CHECK(Walk(cursor, ScopePrefix(scope), page.after, take));
  return list;
}

Result<std::vector<RegistrationRecord>> LmdbDocuments::ListOfGroup(
    const IdScope& scope, const EnrollmentGroupId& group,
    const Page& page) const {
  std::vector<RegistrationRecord> list;
  if (page.limit == 0) return list;
  DPS_TRY(LmdbCursor cursor,
          LmdbCursor::Open(txn_, tables_.registrations_by_group));
  const auto take = [&](std::string_view key,
                        std::string_view) -> Result<bool> {
    DPS_TRY(auto record, Find<RegistrationRecord>(scope, std::string(key)));
    if (!record) {
      return Unreadable(scope, "registration", key,
                        "a group lists it, but it is absent");
    }
    list.push_back(*std::move(record));
    return list.size() < page.limit;
  };
  DPS_CHECK(Walk(cursor, GroupPrefix(scope, group), page.after, take));
  return list;
}

Result<std::vector<Instance>> LmdbDocuments::ListInstances() const {
  std::vector<Instance> list;
  DPS_TRY(LmdbCursor cursor, LmdbCursor::Open(txn_, tables_.instances));
  DPS_TRY(auto entry, cursor.First());
  while (entry) {
    const std::size_t separator = entry->key.find(kKeySeparator);
    DPS_TRY(const IdScope scope,
            IdScope::Parse(entry->key.substr(0, separator)));
    DPS_TRY(Instance instance,
            Parse<Instance>(scope, scope.text(), entry->value));
    list.push_back(std::move(instance));
    DPS_TRY(entry, cursor.Next());
  }
  return list;
}

Result<AssignedCounts> LmdbDocuments::CountAssigned(
    const IdScope& scope) const {
  AssignedCounts counts;
  DPS_TRY(LmdbCursor cursor, LmdbCursor::Open(txn_, tables_.assigned_counts));
  const auto take = [&](std::string_view hub,
                        std::string_view text) -> Result<bool> {
    const auto count = ParseDecimal(text);
    if (!count) {
      return Unreadable(scope, "count of assignments", hub, "not a number");
    }
    counts.emplace(hub, *count);
    return true;
  };
  DPS_CHECK(Walk(cursor, ScopePrefix(scope), "", take));
  return counts;
}

Result<std::vector<ListedHubTask>> LmdbDocuments::ListHubTasks(
    const IdScope& scope, const Page& page) const {
  std::vector<ListedHubTask> list;
  if (page.limit == 0) return list;
  DPS_TRY(LmdbCursor cursor, LmdbCursor::Open(txn_, tables_.Of<HubTask>()));
  const auto take = [&](std::string_view key,
                        std::string_view json) -> Result<bool> {
    list.push_back(
        {.key = std::string(key), .task = Parse<HubTask>(scope, key, json)});
    return list.size() < page.limit;
  };
  DPS_CHECK(Walk(cursor, ScopePrefix(scope), page.after, take));
  return list;
}

Result<std::vector<DueHubTask>> LmdbDocuments::ListDueHubTasks(
    UtcTime now, std::size_t limit) const {
  std::vector<DueHubTask> tasks;
  if (limit == 0) return tasks;
  const std::string latest = DueTime(now);
  DPS_TRY(LmdbCursor cursor, LmdbCursor::Open(txn_, tables_.hub_tasks_due));
  const auto take = [&](std::string_view entry,
                        std::string_view) -> Result<bool> {
    if (entry.substr(0, latest.size()) > latest) return false;
    const std::string_view rest = entry.substr(latest.size() + 1);
    const std::size_t separator = rest.find(kKeySeparator);
    DPS_TRY(const IdScope scope, IdScope::Parse(rest.substr(0, separator)));
    const std::string key(rest.substr(separator + 1));
    // One that cannot be read must not hold up the others; ListHubTasks()
    // tells of it.
    auto task = Find<HubTask>(scope, key);
    if (task && *task) tasks.push_back({scope, **std::move(task)});
    return tasks.size() < limit;
  };
  DPS_CHECK(Walk(cursor, "", "", take));
  return tasks;
}

namespace {

// What is left of an IndexKey() behind the term's prefix.
Result<IndexEntry> ParseIndexEntry(std::string_view rest) {
  const std::size_t scope_end = rest.find(kKeySeparator);
  const std::size_t key_end = rest.rfind(kKeySeparator);
  if (scope_end == std::string_view::npos || key_end < scope_end + 2) {
    return Fail(Errc::kInternal, "an entry of the store's index is broken");
  }
  DPS_TRY(const IdScope scope, IdScope::Parse(rest.substr(0, scope_end)));
  const std::size_t key_start = scope_end + 2;
  return IndexEntry{
      .scope = scope,
      .kind = static_cast<IndexedKind>(rest[scope_end + 1]),
      .key = std::string(rest.substr(key_start, key_end - key_start)),
      .thumbprint = std::string(rest.substr(key_end + 1))};
}

}  // namespace

Result<std::vector<IndexEntry>> LmdbDocuments::FindIndexed(
    const IndexTerm& term, const std::optional<IdScope>& scope,
    std::size_t limit) const {
  std::vector<IndexEntry> entries;
  if (limit == 0) return entries;
  DPS_TRY(LmdbCursor cursor, LmdbCursor::Open(txn_, tables_.index));
  const std::string within = scope ? ScopePrefix(*scope) : "";
  const auto take = [&](std::string_view rest,
                        std::string_view) -> Result<bool> {
    DPS_TRY(IndexEntry entry, ParseIndexEntry(within + std::string(rest)));
    entries.push_back(std::move(entry));
    return entries.size() < limit;
  };
  DPS_CHECK(Walk(cursor, IndexPrefix(term) + within, "", take));
  return entries;
}

Status LmdbWritableDocuments::SetConfigVersion(const IdScope& scope,
                                               std::uint64_t version) {
  return txn_.Put(tables_.config_versions, scope.text(),
                  std::to_string(version));
}

template <class Document>
Status LmdbWritableDocuments::Put(const IdScope& scope,
                                  const Document& document) {
  if constexpr (std::is_same_v<Document, RegistrationRecord>) {
    DPS_CHECK(Unlist(scope, document.key(), document.assigned_hub));
    if (const auto& group = document.enrollment_group_id) {
      DPS_CHECK(txn_.Put(tables_.registrations_by_group,
                         GroupEntryKey(scope, *group, document.key()), ""));
    }
  }
  if constexpr (std::is_same_v<Document, HubTask>) {
    DPS_CHECK(Unschedule(scope, document.key()));
    DPS_CHECK(txn_.Put(tables_.hub_tasks_due,
                       DueKey(document.due, scope, document.key()), ""));
  }
  if constexpr (Indexed<Document>) {
    DPS_CHECK(Unmark<Document>(scope, document.key()));
    for (const IndexMark& mark : MarksOf(document)) {
      DPS_CHECK(txn_.Put(tables_.index,
                         IndexKey(mark, scope, DocumentKind<Document>::kIndexed,
                                  document.key()),
                         ""));
    }
  }
  return txn_.Put(tables_.Of<Document>(), DocumentKey(scope, document.key()),
                  DocumentKind<Document>::Serialize(document));
}

template <class Document>
Result<bool> LmdbWritableDocuments::Remove(const IdScope& scope,
                                           const std::string& key) {
  if constexpr (std::is_same_v<Document, RegistrationRecord>) {
    DPS_CHECK(Unlist(scope, key, ""));
  }
  if constexpr (std::is_same_v<Document, HubTask>) {
    DPS_CHECK(Unschedule(scope, key));
  }
  if constexpr (Indexed<Document>) DPS_CHECK(Unmark<Document>(scope, key));
  return txn_.Remove(tables_.Of<Document>(), DocumentKey(scope, key));
}

template <Indexed Document>
Status LmdbWritableDocuments::Unmark(const IdScope& scope,
                                     const std::string& key) {
  constexpr IndexedKind kKind = DocumentKind<Document>::kIndexed;
  const auto old = Find<Document>(scope, key);
  if (!old) return UnmarkUnreadable(scope, kKind, key);
  if (!*old) return {};
  for (const IndexMark& mark : MarksOf(**old)) {
    DPS_CHECK(txn_.Remove(tables_.index, IndexKey(mark, scope, kKind, key)));
  }
  return {};
}

// The document cannot tell its terms any more, so the whole index is searched.
Status LmdbWritableDocuments::UnmarkUnreadable(const IdScope& scope,
                                               IndexedKind kind,
                                               const std::string& key) {
  std::vector<std::string> marks;
  {
    DPS_TRY(LmdbCursor cursor, LmdbCursor::Open(txn_, tables_.index));
    std::string middle = kKeySeparator + ScopePrefix(scope);
    middle += static_cast<char>(kind);
    middle.append(key).append(1, kKeySeparator);
    DPS_TRY(auto entry, cursor.First());
    while (entry) {
      if (entry->key.find(middle) != std::string_view::npos) {
        marks.emplace_back(entry->key);
      }
      DPS_TRY(entry, cursor.Next());
    }
  }
  for (const std::string& mark : marks) {
    DPS_CHECK(txn_.Remove(tables_.index, mark));
  }
  return {};
}

Status LmdbWritableDocuments::Unschedule(const IdScope& scope,
                                         const std::string& key) {
  const auto old = Find<HubTask>(scope, key);
  if (old && !*old) return {};
  if (old) {
    return txn_.Remove(tables_.hub_tasks_due, DueKey((*old)->due, scope, key))
        .map([](bool) {});
  }
  // It cannot tell when it was due any more, so all are searched.
  std::string found;
  {
    const std::string ending = kKeySeparator + DocumentKey(scope, key);
    DPS_TRY(LmdbCursor cursor, LmdbCursor::Open(txn_, tables_.hub_tasks_due));
    const auto take = [&](std::string_view entry,
                          std::string_view) -> Result<bool> {
      if (entry.ends_with(ending)) found = entry;
      return found.empty();
    };
    DPS_CHECK(Walk(cursor, "", "", take));
  }
  if (found.empty()) return {};
  return txn_.Remove(tables_.hub_tasks_due, found).map([](bool) {});
}

Status LmdbWritableDocuments::Unlist(const IdScope& scope,
                                     const std::string& key,
                                     const std::string& next) {
  const auto old = Find<RegistrationRecord>(scope, key);
  const std::string held = old && *old ? (*old)->assigned_hub : "";
  if (held != next) {
    DPS_CHECK(AddAssigned(scope, held, -1));
    DPS_CHECK(AddAssigned(scope, next, 1));
  }
  if (!old) return UnlistUnreadable(scope, key);
  if (!*old || !(*old)->enrollment_group_id) return {};
  DPS_CHECK(
      txn_.Remove(tables_.registrations_by_group,
                  GroupEntryKey(scope, *(*old)->enrollment_group_id, key)));
  return {};
}

Status LmdbWritableDocuments::AddAssigned(const IdScope& scope,
                                          const std::string& hub,
                                          std::int64_t difference) {
  if (hub.empty()) return {};
  const std::string key = DocumentKey(scope, hub);
  DPS_TRY(const auto text, txn_.Get(tables_.assigned_counts, key));
  // What is not a number counts from 0; a recount finds it.
  const std::uint64_t before =
      text ? ParseDecimal(*text).value_or(0) : std::uint64_t{0};
  const std::int64_t after = static_cast<std::int64_t>(before) + difference;
  if (after > 0) {
    return txn_.Put(tables_.assigned_counts, key, std::to_string(after));
  }
  return txn_.Remove(tables_.assigned_counts, key).map([](bool) {});
}

// The record cannot tell its group any more, so all lists are searched.
Status LmdbWritableDocuments::UnlistUnreadable(const IdScope& scope,
                                               const std::string& key) {
  std::vector<std::string> entries;
  {
    DPS_TRY(LmdbCursor cursor,
            LmdbCursor::Open(txn_, tables_.registrations_by_group));
    const std::string ending = kKeySeparator + key;
    const auto take = [&](std::string_view rest,
                          std::string_view) -> Result<bool> {
      if (rest.ends_with(ending)) entries.emplace_back(rest);
      return true;
    };
    DPS_CHECK(Walk(cursor, ScopePrefix(scope), "", take));
  }
  for (const std::string& entry : entries) {
    DPS_CHECK(
        txn_.Remove(tables_.registrations_by_group, DocumentKey(scope, entry)));
  }
  return {};
}

// NOLINTBEGIN(bugprone-macro-parentheses): it is given types.
#define DPS_INSTANTIATE(Document)                                         \
  template Result<bool> LmdbDocuments::Contains<Document>(                \
      const IdScope&, const std::string&) const;                          \
  template Result<std::optional<Document>> LmdbDocuments::Find<Document>( \
      const IdScope&, const std::string&) const;                          \
  template Result<std::vector<Document>> LmdbDocuments::List<Document>(   \
      const IdScope&, const Page&) const;                                 \
  template Status LmdbWritableDocuments::Put<Document>(const IdScope&,    \
                                                       const Document&);  \
  template Result<bool> LmdbWritableDocuments::Remove<Document>(          \
      const IdScope&, const std::string&)
// NOLINTEND(bugprone-macro-parentheses)

DPS_INSTANTIATE(Instance);
DPS_INSTANTIATE(LinkedHub);
DPS_INSTANTIATE(IndividualEnrollment);
DPS_INSTANTIATE(EnrollmentGroup);
DPS_INSTANTIATE(CaCertificate);
DPS_INSTANTIATE(RevokedCertificates);
DPS_INSTANTIATE(LatencyTableDocument);
DPS_INSTANTIATE(AccessPolicy);
DPS_INSTANTIATE(HubTask);
DPS_INSTANTIATE(HubHealth);
DPS_INSTANTIATE(DeviceAttempts);
DPS_INSTANTIATE(RegistrationRecord);

#undef DPS_INSTANTIATE

}  // namespace dps

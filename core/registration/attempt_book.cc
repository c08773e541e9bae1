// SPDX-License-Identifier: Apache-2.0
#include "core/registration/attempt_book.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "core/base/crypto.h"
#include "core/base/thread.h"

namespace dps {
namespace {

// What decides who goes first when there are too many.
struct Keepsake {
  bool proven;
  UtcTime last;
  std::string key;
  std::string etag;
};

// Piece by piece, each on a snapshot of its own.
Result<std::vector<Keepsake>> ListKeepsakes(Store& store,
                                            const IdScope& scope) {
  std::vector<Keepsake> all;
  Page page;
  for (bool more = true; more;) {
    DPS_TRY(const auto snapshot, store.Read());
    DPS_TRY(const auto piece, snapshot->ListDeviceAttempts(scope, page));
    for (const DeviceAttempts& device : piece) {
      all.push_back(
          {device.proven(), device.last(), device.key(), device.etag()});
    }
    more = piece.size() == page.limit;
    if (more) page.after = piece.back().key();
  }
  return all;
}

struct Known {
  DeviceAttempts device;
  Expect expect;
};

// One that cannot be read begins anew.
Known Recall(Snapshot& snapshot, const IdScope& scope,
             const RegistrationId& id) {
  auto stored = snapshot.FindDeviceAttempts(scope, id);
  if (!stored) return {{.registration_id = id}, Expect::Anything()};
  if (!*stored) return {{.registration_id = id}, Expect::Absent()};
  Expect expect = Expect::Etag((*stored)->etag());
  return {**std::move(stored), std::move(expect)};
}

}  // namespace

AttemptBook::AttemptBook(Store& store, Log& log,
                         std::chrono::milliseconds linger)
    : store_(store),
      log_(log),
      linger_(linger),
      inbox_(limits::kAttemptsWaitingMax) {
  thread_ = StartThread([this] { Run(); });
}

AttemptBook::~AttemptBook() {
  inbox_.Close();
  thread_.join();
}

void AttemptBook::Note(const IdScope& scope, const RegistrationId& id,
                       Attempt attempt) {
  attempt.reason.resize(
      std::min(attempt.reason.size(), limits::kAttemptReasonMax));
  if (!inbox_.TryPut({scope, id, std::move(attempt)})) ++left_out_;
}

void AttemptBook::Run() {
  while (true) {
    const auto noted = inbox_.Take(limits::kAttemptsWaitingMax, linger_);
    if (noted.empty()) return;
    try {
      Keep(noted);
    } catch (const std::exception& exception) {
      log_.Write(LogLevel::kWarning,
                 std::string("attempts not kept: ") + exception.what());
    }
    if (const std::size_t left_out = left_out_.exchange(0); left_out > 0) {
      log_.Write(LogLevel::kNotice,
                 std::to_string(left_out) +
                     " refused attempts came too fast to be kept for "
                     "operators; this log has them");
    }
  }
}

void AttemptBook::Keep(const std::vector<Noted>& noted) {
  // Another process may write about the same devices.
  Result<Entry> written = Fail(Errc::kInternal, "not tried");
  for (int i = 0; i < limits::kCommitAttemptsMax && !written; ++i) {
    written = Write(noted);
  }
  Status kept = written ? Status() : tl::unexpected(written.error());
  if (written) {
    for (const auto& [scope, devices] : written->new_devices) {
      if (kept) kept = CountIn(scope, devices);
    }
  }
  if (kept) return;
  log_.Write(LogLevel::kWarning, "attempts not kept: " + kept.error().message);
}

Result<AttemptBook::Entry> AttemptBook::Write(const std::vector<Noted>& noted) {
  std::map<std::pair<IdScope, std::string>, Known> touched;
  std::map<IdScope, bool> exists;
  {
    DPS_TRY(const auto snapshot, store_.Read());
    for (const Noted& one : noted) {
      if (!exists.contains(one.scope)) {
        DPS_TRY(const auto instance, snapshot->FindInstance(one.scope));
        exists[one.scope] = instance.has_value();
      }
      if (!exists[one.scope]) continue;
      const std::pair key{one.scope, one.id.key()};
      auto at = touched.find(key);
      if (at == touched.end()) {
        at = touched.emplace(key, Recall(*snapshot, one.scope, one.id)).first;
      }
      at->second.device.Add(one.attempt);
    }
  }
  Entry entry;
  for (auto& [key, known] : touched) {
    known.device.etag_text = NewGuid();
    if (known.expect.kind == Expect::Kind::kAbsent) {
      ++entry.new_devices[key.first];
    }
    entry.batch.changes.emplace_back(Put<DeviceAttempts>{
        key.first, std::move(known.device), std::move(known.expect)});
  }
  if (entry.batch.changes.empty()) return entry;
  DPS_CHECK(store_.Commit(entry.batch));
  return entry;
}

Status AttemptBook::CountIn(const IdScope& scope, std::size_t new_devices) {
  const auto at = devices_.find(scope);
  if (at != devices_.end()) {
    at->second += new_devices;
  } else {
    DPS_TRY(const auto all, ListKeepsakes(store_, scope));
    devices_[scope] = all.size();
  }
  if (devices_[scope] <= limits::kDevicesWithAttemptsMax) return {};
  return Trim(scope);
}

Status AttemptBook::Trim(const IdScope& scope) {
  devices_.erase(scope);  // counted afresh, whatever comes of this
  DPS_TRY(auto all, ListKeepsakes(store_, scope));
  constexpr std::size_t kLeft = limits::kDevicesWithAttemptsMax / 10 * 9;
  if (all.size() <= kLeft) return {};
  std::ranges::sort(all, {}, [](const Keepsake& one) {
    return std::tuple(one.proven, one.last);
  });
  Batch batch;
  for (std::size_t i = 0; i < all.size() - kLeft; ++i) {
    batch.changes.emplace_back(
        Remove<DeviceAttempts>{scope, all[i].key, Expect::Etag(all[i].etag)});
  }
  return store_.Commit(batch);
}

}  // namespace dps

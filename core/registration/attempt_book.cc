// SPDX-License-Identifier: Apache-2.0
#include "core/registration/attempt_book.h"

#include <algorithm>
#include <exception>
#include <span>
#include <string>
#include <tuple>
#include <utility>

#include "core/base/crypto.h"
#include "core/base/thread.h"

namespace dps {
namespace {

// Another process was faster.
bool IsLostRace(const Error& error) {
  return error.code == Errc::kPreconditionFailed ||
         error.code == Errc::kConflict;
}

}  // namespace

// What decides who goes first when there are too many.
struct AttemptBook::Keepsake {
  bool proven;
  UtcTime last;
  std::string key;
};

// Piece by piece, each on a snapshot of its own.
Result<std::vector<AttemptBook::Keepsake>> AttemptBook::ListKeepsakes(
    const IdScope& scope) {
  std::vector<Keepsake> all;
  Page page;
  for (bool more = true; more;) {
    DPS_TRY(const auto snapshot, store_.Read());
    DPS_TRY(const auto piece, snapshot->ListDeviceAttempts(scope, page));
    for (const DeviceAttempts& device : piece) {
      all.push_back({device.proven(), device.last(), device.key()});
    }
    more = piece.size() == page.limit;
    if (more) page.after = piece.back().key();
  }
  return all;
}

namespace {

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
  Result<Entry> written = Write(noted);
  // Another process may write about the same devices.
  for (int i = 1; i < limits::kCommitAttemptsMax && !written; ++i) {
    if (!IsLostRace(written.error())) break;
    written = Write(noted);
  }
  if (!written) {
    log_.Write(LogLevel::kWarning,
               "attempts not kept: " + written.error().message);
    return;
  }
  for (const auto& [scope, devices] : written->new_devices) {
    const Status counted = CountIn(scope, devices);
    if (counted) continue;
    log_.Write(LogLevel::kWarning,
               "old attempts not removed: " + counted.error().message);
  }
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
  // Others add, too, so it is counted anew now and then.
  constexpr std::size_t kStep = limits::kDevicesWithAttemptsMax / 10;
  const auto at = devices_.find(scope);
  if (at != devices_.end()) {
    at->second.since += new_devices;
    const std::size_t now = at->second.counted + at->second.since;
    if (at->second.since < kStep && now <= limits::kDevicesWithAttemptsMax) {
      return {};
    }
  }
  devices_.erase(scope);
  DPS_TRY(auto all, ListKeepsakes(scope));
  if (all.size() > limits::kDevicesWithAttemptsMax) {
    const std::size_t left = limits::kDevicesWithAttemptsMax - kStep;
    std::ranges::sort(all, {}, [](const Keepsake& one) {
      return std::tuple(one.proven, one.last);
    });
    DPS_CHECK(Remove(scope, std::span(all).first(all.size() - left)));
    all.resize(left);
  }
  devices_[scope] = {.counted = all.size()};
  return {};
}

// In pieces, between which registrations are committed.
Status AttemptBook::Remove(const IdScope& scope,
                           std::span<const Keepsake> keepsakes) {
  constexpr std::size_t kAtOnceMax = 250;
  while (!keepsakes.empty()) {
    Batch batch;
    const auto piece = keepsakes.first(std::min(keepsakes.size(), kAtOnceMax));
    for (const Keepsake& one : piece) {
      batch.changes.emplace_back(
          dps::Remove<DeviceAttempts>{scope, one.key, Expect::Anything()});
    }
    DPS_CHECK(store_.Commit(batch));
    keepsakes = keepsakes.subspan(piece.size());
  }
  return {};
}

}  // namespace dps

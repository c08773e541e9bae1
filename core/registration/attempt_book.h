// SPDX-License-Identifier: Apache-2.0
// Keeps in the store what devices tried in vain, for operators who ask why one
// of them is not where it should be.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <map>
#include <span>
#include <thread>
#include <vector>

#include "core/base/inbox.h"
#include "core/base/limits.h"
#include "core/base/log.h"
#include "core/base/result.h"
#include "core/model/device_attempts.h"
#include "core/store/store.h"

namespace dps {

// Best effort, unlike registrations: what comes faster than it can be kept is
// counted and left out, so that nobody can fill the store or the disk's time by
// being refused. Of each ID scope about limits::kDevicesWithAttemptsMax devices
// at most; those that never proved who they are go first, then the longest ago.
class AttemptBook {
 public:
  // Starts its thread. All must outlive this. `linger` is how long a commit
  // waits for more to keep it company.
  AttemptBook(Store& store, Log& log,
              std::chrono::milliseconds linger = limits::kAttemptsLinger);
  // Keeps what was noted, then joins.
  ~AttemptBook();

  AttemptBook(const AttemptBook&) = delete;
  AttemptBook& operator=(const AttemptBook&) = delete;

  // Any thread; never waits. Of a scope that there is not nothing is kept.
  void Note(const IdScope& scope, const RegistrationId& id, Attempt attempt);

 private:
  struct Noted {
    IdScope scope;
    RegistrationId id;
    Attempt attempt;
  };
  struct Devices {
    std::size_t counted = 0;
    std::size_t since = 0;  // added by this process
  };
  struct Entry {
    Batch batch;
    std::map<IdScope, std::size_t> new_devices;
  };

  void Run();
  void Keep(const std::vector<Noted>& noted);
  [[nodiscard]] Result<Entry> Write(const std::vector<Noted>& noted);
  struct Keepsake;
  [[nodiscard]] Result<std::vector<Keepsake>> ListKeepsakes(
      const IdScope& scope);
  // When there are too many, a tenth of what may be kept goes.
  [[nodiscard]] Status CountIn(const IdScope& scope, std::size_t new_devices);
  [[nodiscard]] Status Remove(const IdScope& scope,
                              std::span<const Keepsake> keepsakes);

  Store& store_;
  Log& log_;
  const std::chrono::milliseconds linger_;
  Inbox<Noted> inbox_;
  std::atomic<std::size_t> left_out_ = 0;
  // Devices with attempts; the thread's.
  std::map<IdScope, Devices> devices_;
  std::thread thread_;
};

}  // namespace dps

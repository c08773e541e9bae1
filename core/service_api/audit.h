// SPDX-License-Identifier: Apache-2.0
// The audit: a line of JSON for every change, for secrets that were shown, and
// for every attempt that was refused (docs/operations.md shows the members).
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/base/append_file.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/rate_window.h"
#include "core/base/result.h"
#include "core/service_api/message.h"
#include "core/store/store.h"

namespace dps {

// A document that was changed: its kind and key, and its etag before and
// after; empty = it was not there.
struct AuditedChange {
  std::string kind;
  std::string key;
  std::string etag_before;
  std::string etag_after;
};

// A store that remembers what was committed through it. Belongs to one thread.
class RecordingStore final : public Store {
 public:
  explicit RecordingStore(Store& store) : store_(store) {}

  [[nodiscard]] Result<std::unique_ptr<Snapshot>> Read() override {
    return store_.Read();
  }
  [[nodiscard]] Status Commit(const Batch& batch) override;

  const std::vector<AuditedChange>& changes() const { return changes_; }

 private:
  Store& store_;
  std::vector<AuditedChange> changes_;
};

// What came of a request.
struct AuditedOutcome {
  const Request& request;
  bool only_reads = false;  // then it is written down only if it was refused
  int status = 0;
  std::string tracking_id;
  std::string message;  // of an error
  const std::vector<AuditedChange>& changes;
};

// Thread-safe. Holds no key, token or document: ids, etags and messages only.
class Audit {
 public:
  // Both must outlive this.
  Audit(const std::string& path, const Clock& clock, Log& log);

  // Before anything is changed: what cannot be written down is not done.
  // Errors: kUnavailable.
  [[nodiscard]] Status CheckReady() const;

  // Whatever is refused by the score is written down only so many times a
  // second (limits::kRefusalsAudited); the next line tells how many were not.
  void Write(const AuditedOutcome& outcome);

 private:
  // Whether it gets a line of its own, and what of others it has to tell.
  std::optional<std::uint64_t> TakeTurn(bool is_refusal);

  const AppendFile file_;
  const Clock& clock_;
  Log& log_;
  std::mutex mutex_;  // guards what follows
  RateWindow refusals_;
  std::uint64_t left_out_ = 0;
};

}  // namespace dps

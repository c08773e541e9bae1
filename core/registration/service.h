// SPDX-License-Identifier: Apache-2.0
// The device side of DPS: authenticate, register, ask for the status. Free of
// MQTT; a transport passes bytes in and replies out.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/clock.h"
#include "core/base/limits.h"
#include "core/base/log.h"
#include "core/base/rate_window.h"
#include "core/base/result.h"
#include "core/protocol/connect.h"
#include "core/registration/attempt_book.h"
#include "core/registration/config_cache.h"
#include "core/registration/operations_under_way.h"
#include "core/registration/select.h"
#include "core/registration/writer.h"
#include "core/store/store.h"

namespace dps {

struct ServiceOptions {
  int retry_after_s = 3;  // 2 to 5: what every SDK honours
  ProofRules proofs{.sas_skew = std::chrono::seconds{60}};
  std::size_t pending_max = limits::kPendingRegistrationsMax;
  // Per device connection and limits::kRequestWindow; 0 = no limit.
  std::size_t polls_per_window = limits::kPollsPerWindow;
  std::size_t registers_per_window = limits::kRegistersPerWindow;
};

// What a device offers as its proof when it connects.
struct Credentials {
  std::optional<std::string_view> password;
  // What it presented in TLS, or null.
  const PresentedChain* chain = nullptr;
  std::optional<IpAddress> address{};  // where it calls from, if known
};

// A device whose proof was accepted at CONNECT: what its later requests on the
// same connection are judged by.
struct Identity {
  ConnectRequest connect;
  Proof proof;
  std::optional<IpAddress> address;
  Acceptance accepted;  // the last time it was judged
  RateWindow polls;
  RateWindow registers;
};

struct Reply {
  int status;  // as in the response topic: 200, 202, 4xx, 5xx
  std::optional<int> retry_after_s;
  std::string body;            // ASCII-only JSON object
  std::string operation_id{};  // of a 200 or 202
  std::string tracking_id{};   // of a refusal, as in its body
};

// Belongs to the broker's thread; never waits for disk, lock holders or
// network. Refused and failed requests leave one log line with the tracking id
// that the device was told.
class RegistrationService {
 public:
  // All must outlive this. `attempts` may be null: then nothing is kept of what
  // devices tried in vain.
  RegistrationService(Store& store, RegistrationWriter& writer,
                      const Clock& clock, Log& log,
                      const ServiceOptions& options,
                      AttemptBook* attempts = nullptr);

  // Accepts a certificate, or without one a SAS token, that an enrollment of
  // the scope accepts; the enrollment may be disabled. Errors:
  // kUnauthenticated and kInvalidCertificate (with the reason), kUnavailable,
  // kInternal. The caller logs them.
  [[nodiscard]] Result<Identity> Authenticate(const ConnectRequest& connect,
                                              const Credentials& credentials);

  // Whether a TLS handshake may end well with this certificate: see
  // select_x509.h. Errors: as Authenticate(). The caller logs them.
  [[nodiscard]] Status AdmitCertificate(const PresentedChain& chain);

  // Accepts the registration and answers 202 `assigning`; while one of the
  // same device is under way, answers with that one (device-protocol 52).
  Reply Register(Identity& identity, std::string_view body);

  // Answers 202 while the operation is under way, 200 when it has ended. An
  // operation this instance accepted, but lost in a restart, is started again.
  Reply QueryStatus(Identity& identity, std::string_view operation_id);

  // Answers 200 with the device's record, as a device may see it; while an
  // operation is under way that has none, one that says no more than that. 404
  // before the first attempt. Counts as a poll.
  Reply LookUp(Identity& identity, std::string_view body);

  // The reply to a request that is refused for a reason of the transport's.
  // Logs as Register and QueryStatus do.
  Reply Refuse(const Identity& identity, const Error& error);

  // Keeps, for operators, that somebody who names this device was not let in.
  // `tracking_id` is of the line that the caller logged.
  void NoteRefusal(const ConnectRequest& connect,
                   const std::optional<IpAddress>& address, const Error& error,
                   const std::string& tracking_id);

  // Takes note of what the writer ended. Register and QueryStatus do so by
  // themselves.
  void TakeCompletions();
  // How many operations were seen to end; only grows.
  std::uint64_t completions_taken() const { return completions_taken_; }

  // Whether an operation of the device was under way at the last
  // TakeCompletions().
  bool IsUnderWay(const Identity& identity) const;

  // The reply to an operation that has ended and left a record, nullopt while
  // it is under way or if it left none.
  std::optional<Reply> FinishedReply(const Identity& identity,
                                     std::string_view operation_id);

  // Forgets what is cached of the store. Harmless at any time.
  void ClearCache() {
    cache_.Clear();
    finished_.clear();
  }

 private:
  [[nodiscard]] Result<Reply> TryRegister(Identity& identity,
                                          std::string_view body);
  // A durable record, but for the payload. It is as in the store while the
  // configuration has this version, and no later operation of the device has
  // ended.
  struct Finished {
    RegistrationRecord record;
    std::uint64_t config_version;
  };

  // The operation's record, if `snapshot` holds it.
  std::optional<RegistrationRecord> FindFinished(Snapshot& snapshot,
                                                 const Identity& identity,
                                                 std::string_view operation_id,
                                                 std::uint64_t config_version);
  [[nodiscard]] Result<Reply> TryQueryStatus(Identity& identity,
                                             std::string_view operation_id);
  [[nodiscard]] Result<Reply> TryLookUp(Identity& identity,
                                        std::string_view body);
  struct Authority {
    ScopeConfig* config;
    AllocationPolicy policy;  // of the enrollment that decides
  };
  // The proof still holds: enrollment unchanged or accepted anew.
  [[nodiscard]] Result<Authority> Authorise(Snapshot& snapshot,
                                            Identity& identity);
  [[nodiscard]] Status Submit(const Identity& identity,
                              const Authority& authority,
                              std::string operation_id,
                              std::string payload_json);

  void Note(const IdScope& scope, const RegistrationId& id, Attempt attempt);

  Moment JudgedNow() const {
    return {.now = clock_.Now(), .rules = options_.proofs};
  }

  Store& store_;
  RegistrationWriter& writer_;
  const Clock& clock_;
  Log& log_;
  const ServiceOptions options_;
  ConfigCache cache_;
  OperationsUnderWay under_way_;
  // By scope and registration id: what the writer committed, for its device to
  // ask for once.
  std::unordered_map<std::string, Finished> finished_;
  std::uint64_t completions_taken_ = 0;
  AttemptBook* const attempts_;
};

}  // namespace dps

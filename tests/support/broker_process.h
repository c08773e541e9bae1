// SPDX-License-Identifier: Apache-2.0
// The real mosquitto as a test's child: four listeners on free loopback ports,
// a fresh directory, and an end with the test.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "tests/support/byte_stream.h"
#include "tests/support/child_process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_ca.h"

namespace dps {

// What a stock mosquitto needs in its environment to load the plugin under
// test, merged with `environment`: a sanitised plugin wants its sanitizer's
// runtime preloaded.
std::vector<std::string> BrokerEnvironment(
    std::vector<std::string> environment = {});

struct BrokerOptions {
  std::string config;           // lines before the listeners: plugins, files
  std::string listener_config;  // lines added to every listener
  bool allow_anonymous = true;
  bool quiet = false;  // log nothing per packet or client, for measurements
  std::vector<std::string> environment;  // NAME=value
  std::string tls_config;                // lines added to listeners with TLS
  std::vector<std::string> launcher;     // what runs it, e.g. taskset -c 0
};

// Not thread-safe.
class BrokerProcess {
 public:
  // Returns once the broker says it is running. Errors: kUnavailable, the
  // message ends with the broker's log.
  [[nodiscard]] static Result<std::unique_ptr<BrokerProcess>> Start(
      BrokerOptions options);

  Endpoint Tcp() const { return {.port = ports_[0]}; }
  Endpoint Tls() const { return {.port = ports_[1], .ca_file = ca_.ca_file}; }
  Endpoint Ws(WebSocketOptions options = {}) const {
    return {.port = ports_[2], .web_socket = std::move(options)};
  }
  Endpoint Wss(WebSocketOptions options = {}) const {
    return {.port = ports_[3],
            .ca_file = ca_.ca_file,
            .web_socket = std::move(options)};
  }

  // SIGTERM; the exit code. Errors: kUnavailable (it does not end).
  [[nodiscard]] Result<int> Stop();
  // SIGKILL; returns when the process is gone.
  void Kill();
  // Starts it again on the same ports, with the same directory; kills it
  // before if it runs. Errors: as Start().
  [[nodiscard]] Status Restart();
  // SIGHUP; returns once the broker has reloaded. Errors: kUnavailable.
  [[nodiscard]] Status Reload();

  pid_t pid() const { return child_->pid(); }
  // What this and, after Restart(), earlier runs wrote.
  std::string log() const;
  // Waits until the current run has logged `text` that many times.
  [[nodiscard]] bool WaitForLog(std::string_view text, int times = 1) const {
    return child_->WaitForText(text, times);
  }

 private:
  explicit BrokerProcess(BrokerOptions options)
      : options_(std::move(options)) {}
  Status Launch();
  std::string Config() const;

  BrokerOptions options_;
  TempDir directory_;
  TestCa ca_;
  std::vector<std::uint16_t> ports_;
  std::string earlier_log_;
  int reloads_ = 0;  // of the current run
  std::unique_ptr<ChildProcess> child_;
};

}  // namespace dps

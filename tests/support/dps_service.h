// SPDX-License-Identifier: Apache-2.0
// The real dps-service on loopback, on a store of its own or a given one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/child_process.h"
#include "tests/support/test_ca.h"

namespace dps {

struct DpsServiceOptions {
  std::string program;  // the binary
  std::string store;    // its directory, which must hold a store
  const TestCa& ca;     // which signed its certificate, for `localhost`
  // Port 0 = any free one.
  std::string listen = "127.0.0.1:0";
  std::vector<std::string> more{};  // further options
};

class DpsService {
 public:
  // Ready when it returns. Errors: kUnavailable with what it wrote.
  [[nodiscard]] static Result<std::unique_ptr<DpsService>> Start(
      const DpsServiceOptions& options);

  std::uint16_t port() const { return port_; }
  ChildProcess& process() { return *process_; }

 private:
  DpsService(std::unique_ptr<ChildProcess> process, std::uint16_t port)
      : process_(std::move(process)), port_(port) {}

  const std::unique_ptr<ChildProcess> process_;
  const std::uint16_t port_;
};

}  // namespace dps

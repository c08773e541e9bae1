// SPDX-License-Identifier: Apache-2.0
// A hub as a test's child: Azure IoT Hub's registry, and the server of a
// webhook hub, both over HTTPS. registry_double.py says what it checks.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/crypto.h"
#include "core/base/result.h"
#include "core/http/curl_client.h"
#include "tests/support/child_process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_ca.h"

namespace dps {

struct RegistryRequest {
  std::string method;
  std::string path;  // and query
  std::string body;
  std::string headers_json;

  // "" if it is not there; names in lower case.
  std::string Header(std::string_view name) const;
};

class RegistryDouble {
 public:
  // Returns once it listens. Errors: kUnavailable.
  [[nodiscard]] static Result<std::unique_ptr<RegistryDouble>> Start();

  // `localhost:PORT`.
  std::string authority() const { return "localhost:" + port_; }
  const std::string& port() const { return port_; }
  // PEM.
  const std::string& ca_file() const { return ca_.ca_file; }
  // Policies: iothubowner, registryRead (which may not write).
  std::string ConnectionString(std::string_view policy = "iothubowner") const;
  // The key of the policies, and of signatures.
  static SecretBytes Key();
  // Of the webhook hub; of the one that wants signatures.
  std::string HubUrl() const { return "https://" + authority() + "/hub"; }
  std::string SignedHubUrl() const {
    return "https://" + authority() + "/signed";
  }

  // Requests that begin with `match` (`PUT /devices/`) meet with a fault, the
  // first of them or as many as `times` says: see registry_double.py.
  void Fault(std::string_view json);
  // As the device itself would, by the hub's own endpoint.
  void Report(const std::string& device_id, std::string_view reported_json);
  // All it knows: {"devices","twins","hubDevices","hubStates","notices"}.
  std::string State();

  // Oldest first.
  std::vector<RegistryRequest> requests() const;
  [[nodiscard]] bool WaitForRequests(int count) const;
  // Lets requests go on that met with fault `late`; waits until one was
  // answered so, to nobody.
  [[nodiscard]] bool ServeLate(int status);
  // Waits until an answer too many (fault `twice`) was sent so often.
  [[nodiscard]] bool WaitForTwice(int times) const {
    return child_->WaitForText("answered twice\n", times);
  }
  // SIGSTOP and SIGCONT: a hub that hangs, and comes back.
  void Signal(int signal) const { child_->Signal(signal); }

 private:
  RegistryDouble() = default;
  std::string Control(HttpMethod method, const std::string& path,
                      std::string_view body);

  TempDir directory_;
  TestCa ca_;
  std::string port_;
  std::unique_ptr<ChildProcess> child_;
  std::unique_ptr<CurlClient> client_;
};

}  // namespace dps

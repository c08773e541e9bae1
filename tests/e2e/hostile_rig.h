// SPDX-License-Identifier: Apache-2.0
// A broker with an enrolled CA, and what every hostile certificate must meet: a
// refusal in time, one line that tells an operator why, and nobody harmed.
#pragma once

#include <doctest/doctest.h>
#include <openssl/ssl.h>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/e2e/device_certificates.h"
#include "tests/support/ssl_handle.h"

namespace dps {

inline constexpr std::string_view kTracking = " tracking=";

// The end of a handshake that no CONNACK follows.
inline constexpr int kNoConnack = -1;

inline int CountOf(const std::string& text, std::string_view part) {
  int count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos;
       at = text.find(part, at + part.size())) {
    ++count;
  }
  return count;
}

// An enrolled root, a CA below, and a good device.
struct HostileRig {
  explicit HostileRig(DpsBrokerOptions options = {}) : dps(std::move(options)) {
    EnrollCa(dps.store(), "line-1", root.certificate);
  }

  // The CONNACK's code, in much less time than an SDK waits.
  int Try(const Endpoint& endpoint, int version) {
    const auto start = std::chrono::steady_clock::now();
    auto client = MqttClient::Open(endpoint);
    int code = kNoConnack;
    if (client) {
      const auto connack =
          client->Connect(CertificateOptions("dev-1", version));
      if (connack) code = connack->code;
    }
    CHECK(std::chrono::steady_clock::now() - start < kPatience / 2);
    return code;
  }

  // Refused in both versions of TLS and of MQTT, and for that reason.
  void CheckRefused(const Forged& presented,
                    const std::vector<Certificate>& others,
                    const std::string& reason, bool in_handshake = true) {
    CAPTURE(reason);
    Endpoint endpoint = files.As(dps.broker().Tls(), presented, others);
    for (std::size_t i = 0; i < 2; ++i) {
      endpoint.tls_version = kTlsVersions[i];
      const int refused = kMqttVersions[i] == kMqtt5 ? 0x87 : 5;
      CHECK(Try(endpoint, kMqttVersions[i]) ==
            (in_handshake ? kNoConnack : refused));
      ++refusals;
      CHECK(dps.broker().WaitForLog(kTracking, refusals));
    }
    const std::string log = dps.broker().log();
    CHECK_MESSAGE(CountOf(log, reason) >= 2, log);
  }
  void CheckRefused(CertificateSpec spec, const std::string& reason) {
    CheckRefused(Forge(ValidNow(std::move(spec))), {ca.certificate}, reason);
  }

  // Ended by OpenSSL, so many times, with a line of ours each.
  void CheckFailed(const std::string& reason, int times) {
    const std::string line =
        "handshake failed: address=127.0.0.1 reason=" + reason;
    CHECK(dps.broker().WaitForLog(line, times));
    refusals += times;
  }

  // One line for each refusal, and a good device is none the worse.
  void CheckUnharmed() {
    const Endpoint good =
        files.As(dps.broker().Tls(), device, {ca.certificate});
    CHECK(Device(good, CertificateOptions("dev-1")).Provision().status == 200);
    CHECK(Device(dps.broker().Tls(), "dev-2").Provision().status == 200);
    const std::string log = dps.broker().log();
    CHECK_MESSAGE(CountOf(log, kTracking) == refusals, log);
  }

  DeviceCertificates files;
  Forged root = files.Root("root");
  Forged ca = files.Ca("line-1 CA", root);
  Forged device = files.Device("dev-1", ca);
  DpsBroker dps;
  int refusals = 0;
};

}  // namespace dps

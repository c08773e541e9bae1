// SPDX-License-Identifier: Apache-2.0
#include "apps/dps-service/device_options.h"

#include <doctest/doctest.h>

#include <string>

namespace dps {
namespace {

// What the words mean, or the error's text.
std::string Read(DeviceOptions& options, const std::string& words) {
  CLI::App app;
  AddDeviceOptions(app, options);
  try {
    app.parse(words);
  } catch (const CLI::ParseError& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("device_options: unsaid, all is as in the plugin") {
  DeviceOptions options;
  CHECK(Read(options, "").empty());
  CHECK(options.registrar.service.retry_after_s == 3);
  CHECK(options.registrar.service.proofs.sas_skew == std::chrono::minutes(1));
  CHECK(options.api_versions == ApiVersionRule::kAny);
  CHECK_FALSE(options.registrar.advisers.webhook_client.private_targets);
  CHECK(FaceOptionsOf(options).chain_max == limits::kPresentedChainMax);
}

TEST_CASE("device_options: each says what the plugin's of its name says") {
  DeviceOptions options;
  CHECK(Read(options,
             "--retry-after-s 2 --api-versions known --polls-per-10s 0 "
             "--registrations-per-10s 7 --pending-max 9 --commit-linger-ms 0 "
             "--sas-clock-skew-s 300 --x509-security-level 3 "
             "--x509-rsa-bits-max 8192 --x509-chain-max 4 --crl-expired refuse "
             "--geo-database /g --webhook-ca-file /c --webhook-timeout-ms 100 "
             "--webhook-private-targets allow --webhook-calls-per-host 5 "
             "--hub-timeout-ms 200 --hub-provisioning-ms 300") == "");
  const ServiceOptions& service = options.registrar.service;
  CHECK(service.retry_after_s == 2);
  CHECK(service.polls_per_window == 0);
  CHECK(service.registers_per_window == 7);
  CHECK(service.pending_max == 9);
  CHECK(options.registrar.commit_linger.count() == 0);
  CHECK(service.proofs.sas_skew == std::chrono::minutes(5));
  CHECK(service.proofs.certificates.security_level == 3);
  CHECK(service.proofs.certificates.rsa_bits_max == 8192);
  CHECK(service.proofs.expired_list == ExpiredRevocationList::kRefuse);
  const AdviserOptions& advisers = options.registrar.advisers;
  CHECK(advisers.geo_database == "/g");
  CHECK(advisers.webhook_client.ca_file == "/c");
  CHECK(advisers.webhook_client.timeout == std::chrono::milliseconds(100));
  CHECK(advisers.webhook_client.private_targets);
  CHECK(advisers.webhook_calls.calls_per_host == 5);
  CHECK(advisers.hub_client.timeout == std::chrono::milliseconds(200));
  CHECK(advisers.hubs.provisioning == std::chrono::milliseconds(300));
  const DeviceFaceOptions face = FaceOptionsOf(options);
  CHECK(face.api_versions == ApiVersionRule::kKnown);
  CHECK(face.chain_max == 4);
  CHECK(face.retry_after_s == 2);
}

TEST_CASE("device_options: what is out of range is refused by its name") {
  for (const char* words :
       {"--retry-after-s 1", "--retry-after-s 6", "--retry-after-s x",
        "--sas-clock-skew-s 301", "--x509-rsa-bits-max 1024",
        "--crl-expired maybe", "--webhook-private-targets yes",
        "--hub-timeout-ms -1", "--pending-max 0"}) {
    CAPTURE(words);
    DeviceOptions options;
    const std::string error = Read(options, words);
    const std::string name =
        std::string(words).substr(0, std::string(words).find(' '));
    CHECK(error.find(name) != std::string::npos);
  }
}

}  // namespace
}  // namespace dps

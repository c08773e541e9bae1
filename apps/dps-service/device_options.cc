// SPDX-License-Identifier: Apache-2.0
#include "apps/dps-service/device_options.h"

#include <chrono>
#include <map>
#include <string>
#include <utility>

#include "core/base/limits.h"

namespace dps {
namespace {

constexpr const char* kGroup = "Devices";

struct Said {
  const char* name;
  const char* what;
};

// An option that takes a number from `min` to `max`.
template <class Number>
void AddNumber(CLI::App& app, Said said, Number& target,
               std::pair<Number, Number> range) {
  app.add_option(said.name, target, said.what)
      ->group(kGroup)
      ->check(CLI::Range(range.first, range.second))
      ->default_str(std::to_string(target));
}

// The same, in the unit of the duration.
template <class Duration>
void AddDuration(CLI::App& app, Said said, Duration& target,
                 std::pair<unsigned, unsigned> range) {
  app.add_option_function<unsigned>(
         said.name,
         [&target](const unsigned& count) { target = Duration(count); },
         said.what)
      ->group(kGroup)
      ->check(CLI::Range(range.first, range.second))
      ->default_str(std::to_string(target.count()));
}

template <class Meaning>
void AddWord(CLI::App& app, Said said, Meaning& target,
             const std::map<std::string, Meaning>& words) {
  std::string usual;
  for (const auto& [word, meaning] : words) {
    if (meaning == target) usual = word;
  }
  app.add_option_function<std::string>(
         said.name,
         [&target, words](const std::string& word) { target = words.at(word); },
         said.what)
      ->group(kGroup)
      ->check(CLI::IsMember(words))
      ->default_str(usual);
}

void AddRequestOptions(CLI::App& app, DeviceOptions& options) {
  ServiceOptions& service = options.registrar.service;
  AddNumber(app, {"--retry-after-s", "When a device is to poll"},
            service.retry_after_s, {2, 5});
  AddWord<ApiVersionRule>(
      app, {"--api-versions", "Which api-versions devices may say"},
      options.api_versions,
      {{"any", ApiVersionRule::kAny}, {"known", ApiVersionRule::kKnown}});
  AddNumber<std::size_t>(app,
                         {"--polls-per-10s", "Of one device; 0 = no limit"},
                         service.polls_per_window, {0, 1000});
  AddNumber<std::size_t>(
      app, {"--registrations-per-10s", "Of one device; 0 = no limit"},
      service.registers_per_window, {0, 1000});
  AddNumber<std::size_t>(app, {"--pending-max", "Registrations under way"},
                         service.pending_max,
                         {1, limits::kPendingRegistrationsMax});
  AddDuration(app, {"--commit-linger-ms", "How long commits wait for company"},
              options.registrar.commit_linger, {0, 1000});
}

void AddProofOptions(CLI::App& app, ProofRules& proofs) {
  AddDuration(app,
              {"--sas-clock-skew-s", "How far past its expiry a token passes"},
              proofs.sas_skew, {0, 300});
  CertificatePolicy& policy = proofs.certificates;
  AddNumber(app, {"--x509-security-level", "OpenSSL's, for devices' chains"},
            policy.security_level,
            {limits::kSecurityLevelMin, limits::kSecurityLevelMax});
  AddNumber(app, {"--x509-rsa-bits-max", "Of the largest key in a chain"},
            policy.rsa_bits_max,
            {limits::kRsaBitsMaxLeast, limits::kRsaBitsMax});
  AddNumber<std::size_t>(
      app, {"--x509-chain-max", "Certificates a device may present"},
      policy.chain_max, {1, limits::kPresentedChainMaxMost});
  AddWord<ExpiredRevocationList>(
      app, {"--crl-expired", "What becomes of those an old list is about"},
      proofs.expired_list,
      {{"accept", ExpiredRevocationList::kAccept},
       {"refuse", ExpiredRevocationList::kRefuse}});
}

void AddAdviserOptions(CLI::App& app, AdviserOptions& advisers) {
  app.add_option("--geo-database", advisers.geo_database,
                 "Cities of addresses, for policy geoLatency")
      ->group(kGroup);
  app.add_option("--webhook-ca-file", advisers.webhook_client.ca_file,
                 "CAs of webhooks, PEM (default: the system's)")
      ->group(kGroup);
  AddDuration(app, {"--webhook-timeout-ms", "Of a webhook's answer"},
              advisers.webhook_client.timeout, {100, 60'000});
  AddWord<bool>(app,
                {"--webhook-private-targets", "Webhooks at private addresses"},
                advisers.webhook_client.private_targets,
                {{"refuse", false}, {"allow", true}});
  AddNumber<std::size_t>(
      app, {"--webhook-calls-per-host", "Calls at once to one host"},
      advisers.webhook_calls.calls_per_host,
      {1, limits::kWebhookCallsPerScopeMax});
  AddDuration(app, {"--hub-timeout-ms", "Of a hub's answer"},
              advisers.hub_client.timeout, {100, 60'000});
  AddDuration(app,
              {"--hub-provisioning-ms", "How long a device waits for its hub"},
              advisers.hubs.provisioning, {100, 30'000});
}

}  // namespace

void AddDeviceOptions(CLI::App& app, DeviceOptions& options) {
  app.add_flag_function(
         "--no-devices", [&](std::int64_t) { options.let_in = false; },
         "Operators only: devices find nothing here, and work at hubs is left "
         "to the brokers")
      ->group(kGroup);
  AddRequestOptions(app, options);
  AddProofOptions(app, options.registrar.service.proofs);
  AddAdviserOptions(app, options.registrar.advisers);
}

DeviceFaceOptions FaceOptionsOf(const DeviceOptions& options) {
  const ServiceOptions& service = options.registrar.service;
  return {.api_versions = options.api_versions,
          .chain_max = service.proofs.certificates.chain_max,
          .retry_after_s = service.retry_after_s};
}

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
#include "plugin/config.h"

#include <algorithm>
#include <array>
#include <set>

#include "core/base/text.h"

namespace dps {
namespace {

// Sets one option; false if the value is none of what the option takes.
using Setter = bool (*)(Config&, std::string_view value);

struct Known {
  std::string_view key;
  std::string_view takes;  // for the error message
  Setter set;
};

template <class Number>
bool SetNumber(Number& target, std::string_view value, std::uint64_t min,
               std::uint64_t max) {
  const auto number = ParseDecimal(value);
  if (!number || *number < min || *number > max) return false;
  target = static_cast<Number>(*number);
  return true;
}

template <class Duration>
bool SetDuration(Duration& target, std::string_view value, std::uint64_t min,
                 std::uint64_t max) {
  typename Duration::rep count = 0;
  if (!SetNumber(count, value, min, max)) return false;
  target = Duration(count);
  return true;
}

template <class Enum>
bool SetWord(Enum& target, std::string_view value,
             std::pair<std::string_view, Enum> a,
             std::pair<std::string_view, Enum> b) {
  for (const auto& [word, meaning] : {a, b}) {
    if (value == word) {
      target = meaning;
      return true;
    }
  }
  return false;
}

bool SetPath(std::string& target, std::string_view value) {
  if (!value.starts_with('/')) return false;
  target = value;
  return true;
}

// `all`, `none`, or numbers with commas or blanks between them.
bool SetPorts(TlsOptions& target, std::string_view value) {
  if (SetWord(target.hooked, value, {"all", true}, {"none", false})) {
    return true;
  }
  constexpr std::string_view kSeparators = ", \t";
  for (;;) {
    value.remove_prefix(
        std::min(value.find_first_not_of(kSeparators), value.size()));
    if (value.empty()) return !target.ports.empty();
    const std::string_view number =
        value.substr(0, value.find_first_of(kSeparators));
    value.remove_prefix(number.size());
    if (!SetNumber(target.ports.emplace_back(), number, 1, 65535)) return false;
  }
}

CertificatePolicy& PolicyOf(Config& config) {
  return config.service.proofs.certificates;
}

constexpr std::array kKnownOptions = {
    Known{"dps_store", "an absolute path of a directory",
          [](Config& config, std::string_view value) {
            return SetPath(config.store_directory, value);
          }},
    Known{"dps_other_clients", "defer or allow",
          [](Config& config, std::string_view value) {
            return SetWord(config.other_clients, value,
                           {"defer", OtherClients::kDefer},
                           {"allow", OtherClients::kAllow});
          }},
    Known{"dps_reply", "polled or prompt",
          [](Config& config, std::string_view value) {
            return SetWord(config.reply_mode, value,
                           {"polled", ReplyMode::kPolled},
                           {"prompt", ReplyMode::kPrompt});
          }},
    Known{"dps_prompt_wait_ms", "milliseconds from 1 to 20000",
          [](Config& config, std::string_view value) {
            return SetDuration(config.prompt_wait, value, 1, 20'000);
          }},
    Known{"dps_retry_after_s", "seconds from 2 to 5",
          [](Config& config, std::string_view value) {
            return SetNumber(config.service.retry_after_s, value, 2, 5);
          }},
    Known{"dps_sas_clock_skew_s", "seconds from 0 to 300",
          [](Config& config, std::string_view value) {
            return SetDuration(config.service.proofs.sas_skew, value, 0, 300);
          }},
    Known{"dps_api_versions", "any or known",
          [](Config& config, std::string_view value) {
            return SetWord(config.api_versions, value,
                           {"any", ApiVersionRule::kAny},
                           {"known", ApiVersionRule::kKnown});
          }},
    Known{"dps_pending_max", "a number from 1 to 10000",
          [](Config& config, std::string_view value) {
            return SetNumber(config.service.pending_max, value, 1,
                             limits::kPendingRegistrationsMax);
          }},
    Known{"dps_polls_per_10s", "a number from 1 to 1000, or 0 for no limit",
          [](Config& config, std::string_view value) {
            return SetNumber(config.service.polls_per_window, value, 0, 1000);
          }},
    Known{"dps_registrations_per_10s",
          "a number from 1 to 1000, or 0 for no limit",
          [](Config& config, std::string_view value) {
            return SetNumber(config.service.registers_per_window, value, 0,
                             1000);
          }},
    Known{"dps_commit_linger_ms", "milliseconds from 0 to 1000",
          [](Config& config, std::string_view value) {
            return SetDuration(config.commit_linger, value, 0, 1000);
          }},
    Known{"dps_loopback_socket", "an absolute path of a listener's socket",
          [](Config& config, std::string_view value) {
            return SetPath(config.loopback_socket, value);
          }},
    Known{"dps_control", "on or off",
          [](Config& config, std::string_view value) {
            return SetWord(config.control, value, {"on", true}, {"off", false});
          }},
    Known{"dps_geo_database", "an absolute path of a geo database",
          [](Config& config, std::string_view value) {
            return SetPath(config.advisers.geo_database, value);
          }},
    Known{"dps_websocket_address", "ignore or trust",
          [](Config& config, std::string_view value) {
            return SetWord(config.web_socket_address, value,
                           {"ignore", WebSocketAddress::kIgnore},
                           {"trust", WebSocketAddress::kTrust});
          }},
    Known{"dps_webhook_timeout_ms", "milliseconds from 100 to 60000",
          [](Config& config, std::string_view value) {
            return SetDuration(config.advisers.webhook_client.timeout, value,
                               100, 60'000);
          }},
    Known{"dps_webhook_ca_file", "an absolute path of a PEM file",
          [](Config& config, std::string_view value) {
            return SetPath(config.advisers.webhook_client.ca_file, value);
          }},
    Known{"dps_webhook_private_targets", "refuse or allow",
          [](Config& config, std::string_view value) {
            return SetWord(config.advisers.webhook_client.private_targets,
                           value, {"refuse", false}, {"allow", true});
          }},
    Known{"dps_webhook_calls_per_host", "a number from 1 to 128",
          [](Config& config, std::string_view value) {
            return SetNumber(config.advisers.webhook_calls.calls_per_host,
                             value, 1, limits::kWebhookCallsPerScopeMax);
          }},
    Known{"dps_hub_timeout_ms", "milliseconds from 100 to 60000",
          [](Config& config, std::string_view value) {
            return SetDuration(config.advisers.hub_client.timeout, value, 100,
                               60'000);
          }},
    Known{"dps_hub_provisioning_ms", "milliseconds from 100 to 30000",
          [](Config& config, std::string_view value) {
            return SetDuration(config.advisers.hubs.provisioning, value, 100,
                               30'000);
          }},
    Known{"dps_tls_ports",
          "all, none, or ports with commas or blanks between them",
          [](Config& config, std::string_view value) {
            return SetPorts(config.tls, value);
          }},
    Known{"dps_tls_resumption", "on or off",
          [](Config& config, std::string_view value) {
            return SetWord(config.tls.resumption, value, {"on", true},
                           {"off", false});
          }},
    Known{"dps_x509_security_level", "a number from 1 to 5",
          [](Config& config, std::string_view value) {
            return SetNumber(PolicyOf(config).security_level, value,
                             limits::kSecurityLevelMin,
                             limits::kSecurityLevelMax);
          }},
    Known{"dps_x509_rsa_bits_max", "bits from 2048 to 16384",
          [](Config& config, std::string_view value) {
            return SetNumber(PolicyOf(config).rsa_bits_max, value,
                             limits::kRsaBitsMaxLeast, limits::kRsaBitsMax);
          }},
    Known{"dps_x509_chain_max", "a number from 1 to 16",
          [](Config& config, std::string_view value) {
            return SetNumber(PolicyOf(config).chain_max, value, 1,
                             limits::kPresentedChainMaxMost);
          }},
    Known{"dps_crl_expired", "accept or refuse",
          [](Config& config, std::string_view value) {
            return SetWord(config.service.proofs.expired_list, value,
                           {"accept", ExpiredRevocationList::kAccept},
                           {"refuse", ExpiredRevocationList::kRefuse});
          }},
};

tl::unexpected<Error> Bad(std::string_view key, const std::string& what) {
  return Fail(Errc::kInvalidArgument,
              "plugin_opt_" + Printable(key) + " " + what);
}

}  // namespace

Result<Config> ParseConfig(std::span<const Option> options) {
  Config config;
  std::set<std::string_view> seen;
  for (const auto& [key, value] : options) {
    const auto known = std::ranges::find(kKnownOptions, key, &Known::key);
    if (known == kKnownOptions.end()) return Bad(key, "is not an option");
    if (!seen.insert(key).second) return Bad(key, "is given twice");
    if (!known->set(config, value)) {
      return Bad(key, "must be " + std::string(known->takes) + ", not \"" +
                          Printable(value) + "\"");
    }
  }
  return config;
}

}  // namespace dps

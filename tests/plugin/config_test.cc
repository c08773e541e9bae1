// SPDX-License-Identifier: Apache-2.0
#include "plugin/config.h"

#include <doctest/doctest.h>

#include <fstream>
#include <regex>
#include <vector>

namespace dps {
namespace {

std::string ErrorOf(std::vector<Option> options) {
  const auto config = ParseConfig(options);
  return config ? "" : config.error().message;
}

// The plugin_opt_ lines of mosquitto.conf.example, commented out or not.
std::vector<std::pair<std::string, std::string>> ExampleOptions() {
  std::ifstream file(DPS_SOURCE_DIR "/mosquitto.conf.example");
  std::vector<std::pair<std::string, std::string>> options;
  constexpr std::string_view kPrefix = "plugin_opt_";
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("#")) line.erase(0, 1);
    if (!line.starts_with(kPrefix)) continue;
    const std::size_t space = line.find(' ');
    options.emplace_back(line.substr(kPrefix.size(), space - kPrefix.size()),
                         line.substr(space + 1));
  }
  return options;
}

}  // namespace

TEST_CASE("config: no options give usable defaults") {
  const auto config = ParseConfig({});
  REQUIRE(config);
  CHECK(config->store_directory == "/var/lib/mosquitto/dps");
  CHECK(config->service.retry_after_s == 3);
  CHECK(config->reply_mode == ReplyMode::kPolled);
}

TEST_CASE("config: every option of the example is known and at its default") {
  const auto example = ExampleOptions();
  CHECK(example.size() == 27);
  std::vector<Option> options;
  for (const auto& [key, value] : example) {
    const bool has_default = key != "dps_loopback_socket" &&
                             key != "dps_geo_database" &&
                             key != "dps_webhook_ca_file";
    if (has_default) options.emplace_back(key, value);
  }
  const auto config = ParseConfig(options);
  REQUIRE_MESSAGE(config, config.error().message);
  const Config defaults;
  CHECK(config->store_directory == defaults.store_directory);
  CHECK(config->other_clients == defaults.other_clients);
  CHECK(config->reply_mode == defaults.reply_mode);
  CHECK(config->prompt_wait == defaults.prompt_wait);
  CHECK(config->commit_linger == defaults.commit_linger);
  CHECK(config->api_versions == defaults.api_versions);
  CHECK(config->service.retry_after_s == defaults.service.retry_after_s);
  CHECK(config->service.proofs.sas_skew == defaults.service.proofs.sas_skew);
  CHECK(config->service.pending_max == defaults.service.pending_max);
  CHECK(config->service.polls_per_window == defaults.service.polls_per_window);
  CHECK(config->service.registers_per_window ==
        defaults.service.registers_per_window);
  CHECK(config->web_socket_address == defaults.web_socket_address);
  CHECK(config->control == defaults.control);
  CHECK(config->advisers.webhook_client == defaults.advisers.webhook_client);
  CHECK(config->advisers.webhook_calls == defaults.advisers.webhook_calls);
  CHECK(config->advisers.hub_client == defaults.advisers.hub_client);
  CHECK(config->advisers.hubs.provisioning ==
        defaults.advisers.hubs.provisioning);
  CHECK(config->tls.hooked == defaults.tls.hooked);
  CHECK(config->tls.ports == defaults.tls.ports);
  CHECK(config->tls.resumption == defaults.tls.resumption);
  const ProofRules& rules = config->service.proofs;
  CHECK(rules.certificates == defaults.service.proofs.certificates);
  CHECK(rules.expired_list == defaults.service.proofs.expired_list);
}

TEST_CASE("config: the rules for certificates are those that were set") {
  const auto config =
      ParseConfig(std::vector<Option>{{"dps_x509_security_level", "3"},
                                      {"dps_x509_rsa_bits_max", "16384"},
                                      {"dps_x509_chain_max", "16"},
                                      {"dps_crl_expired", "refuse"}});
  REQUIRE_MESSAGE(config, config.error().message);
  const ProofRules& rules = config->service.proofs;
  CHECK(rules.certificates.security_level == 3);
  CHECK(rules.certificates.rsa_bits_max == 16384);
  CHECK(rules.certificates.chain_max == 16);
  CHECK(rules.expired_list == ExpiredRevocationList::kRefuse);
}

TEST_CASE("config: the rules for webhooks are those that were set") {
  const auto config =
      ParseConfig(std::vector<Option>{{"dps_webhook_timeout_ms", "100"},
                                      {"dps_webhook_ca_file", "/ca.pem"},
                                      {"dps_webhook_private_targets", "allow"},
                                      {"dps_webhook_calls_per_host", "128"},
                                      {"dps_hub_timeout_ms", "60000"},
                                      {"dps_hub_provisioning_ms", "100"}});
  REQUIRE_MESSAGE(config, config.error().message);
  CHECK(config->advisers.webhook_client.timeout ==
        std::chrono::milliseconds(100));
  CHECK(config->advisers.webhook_client.ca_file == "/ca.pem");
  CHECK(config->advisers.webhook_client.private_targets);
  CHECK(config->advisers.webhook_calls.calls_per_host == 128);
  CHECK(config->advisers.hub_client.timeout == std::chrono::minutes(1));
  CHECK(config->advisers.hubs.provisioning == std::chrono::milliseconds(100));
}

TEST_CASE("config: operators speak over MQTT only where it is on") {
  CHECK(ParseConfig(std::vector<Option>{{"dps_control", "on"}})->control);
  CHECK_FALSE(
      ParseConfig(std::vector<Option>{{"dps_control", "off"}})->control);
  CHECK_FALSE(ParseConfig({})->control);
}

TEST_CASE("config: the ports of the TLS hook are all, none or a list") {
  const auto ports_of = [](std::string_view value) {
    const auto config =
        ParseConfig(std::vector<Option>{{"dps_tls_ports", value}});
    REQUIRE_MESSAGE(config, config.error().message);
    CHECK(config->tls.hooked == (value != "none"));
    return config->tls.ports;
  };
  using Ports = std::vector<std::uint16_t>;
  CHECK(ports_of("all").empty());
  CHECK(ports_of("none").empty());
  CHECK(ports_of("8883") == Ports{8883});
  CHECK(ports_of(" 8883,8443 ,\t443, ") == Ports{8883, 8443, 443});
}

TEST_CASE("config: an unknown option is named") {
  CHECK(ErrorOf({{"dps_sotre", "/x"}}) ==
        "plugin_opt_dps_sotre is not an option");
  CHECK(ErrorOf({{"", ""}}) == "plugin_opt_ is not an option");
}

TEST_CASE("config: an option given twice is named") {
  CHECK(ErrorOf({{"dps_reply", "polled"}, {"dps_reply", "prompt"}}) ==
        "plugin_opt_dps_reply is given twice");
}

TEST_CASE("config: a bad value names the option and what it takes") {
  CHECK(ErrorOf({{"dps_retry_after_s", "6"}}) ==
        "plugin_opt_dps_retry_after_s must be seconds from 2 to 5, not \"6\"");
  for (const Option& bad :
       std::vector<Option>{{"dps_store", "relative"},
                           {"dps_store", ""},
                           {"dps_other_clients", "DEFER"},
                           {"dps_reply", ""},
                           {"dps_prompt_wait_ms", "0"},
                           {"dps_prompt_wait_ms", "2s"},
                           {"dps_retry_after_s", "-3"},
                           {"dps_sas_clock_skew_s", "301"},
                           {"dps_api_versions", "some"},
                           {"dps_pending_max", "0"},
                           {"dps_pending_max", "10001"},
                           {"dps_polls_per_10s", "x"},
                           {"dps_commit_linger_ms", "1001"},
                           {"dps_x509_security_level", "0"},
                           {"dps_x509_security_level", "6"},
                           {"dps_x509_rsa_bits_max", "2047"},
                           {"dps_x509_rsa_bits_max", "16385"},
                           {"dps_x509_chain_max", "0"},
                           {"dps_x509_chain_max", "17"},
                           {"dps_crl_expired", "soft"},
                           {"dps_loopback_socket", "x"},
                           {"dps_control", "true"},
                           {"dps_geo_database", "city.mmdb"},
                           {"dps_webhook_timeout_ms", "99"},
                           {"dps_webhook_timeout_ms", "60001"},
                           {"dps_webhook_ca_file", "ca.pem"},
                           {"dps_webhook_private_targets", "yes"},
                           {"dps_webhook_calls_per_host", "0"},
                           {"dps_hub_timeout_ms", "99"},
                           {"dps_hub_provisioning_ms", "30001"},
                           {"dps_webhook_calls_per_host", "129"},
                           {"dps_tls_ports", ""},
                           {"dps_tls_ports", " ,"},
                           {"dps_tls_ports", "0"},
                           {"dps_tls_ports", "65536"},
                           {"dps_tls_ports", "1 all"},
                           {"dps_tls_ports", "8883;8443"},
                           {"dps_tls_resumption", ""}}) {
    CHECK(ErrorOf({bad}).find(bad.first) != std::string::npos);
  }
}

TEST_CASE("config: the range a refusal names is the range that is taken") {
  const std::regex range("from ([0-9]+) to ([0-9]+)");
  int ranges = 0;
  for (const auto& option : ExampleOptions()) {
    const std::string& key = option.first;
    const auto takes = [&](long long number) {
      return ErrorOf({{key, std::to_string(number)}}).empty();
    };
    const std::string refusal = ErrorOf({{key, "x"}});
    std::smatch ends;
    if (!std::regex_search(refusal, ends, range)) continue;
    CAPTURE(refusal);
    ++ranges;
    const long long least = std::stoll(ends[1]);
    const long long most = std::stoll(ends[2]);
    CHECK(takes(least));
    CHECK(takes(most));
    CHECK_FALSE(takes(most + 1));
    const bool zero_is_no_limit = refusal.find("or 0") != refusal.npos;
    CHECK(takes(least - 1) == zero_is_no_limit);
  }
  CHECK(ranges == 14);
}

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <string>
#include <utility>

#include "core/http/curl_client.h"
#include "plugin/tls_hook.h"
#include "tests/support/webhook_server.h"

namespace dps {
namespace {

class UnaskedGate final : public CertificateGate {
 public:
  Status Admit(const PresentedChain&) override {
    asked = true;
    return {};
  }
  void OnRefused(std::string_view, const Error&) override { asked = true; }
  void OnFailed(std::string_view, std::string_view) override { asked = true; }

  std::atomic<bool> asked = false;
};

Result<HttpAnswer> Ask(const std::string& url, const std::string& ca_file) {
  std::promise<Result<HttpAnswer>> told;  // outlives who may still tell
  CurlClient client(
      {.timeout = kPatience, .ca_file = ca_file, .private_targets = true});
  client.Post(
      {.target = *HttpTarget::Parse(url), .headers = {}, .body = "{}"},
      [&](Result<HttpAnswer> answer) { told.set_value(std::move(answer)); });
  auto answer = told.get_future();
  REQUIRE(answer.wait_for(2 * kPatience) == std::future_status::ready);
  return answer.get();
}

}  // namespace

TEST_CASE(
    "tls_hook_webhook: a webhook's server is verified, by libcurl alone") {
  const auto server = WebhookServer::Start({.tls = true});
  REQUIRE(server);
  UnaskedGate gate;
  const TlsHook hook(gate, {});
  CHECK(Ask((*server)->Url("/ok"), (*server)->ca_file()));
  CHECK_FALSE(Ask((*server)->Url("/ok"), ""));
  CHECK_FALSE(TlsHook::SawContext());
  CHECK_FALSE(gate.asked);
}

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
// The service API of a dps-service on the network, over HTTPS.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "apps/dpsctl/transport.h"
#include "core/base/clock.h"
#include "core/http/client.h"
#include "core/http/curl_client.h"
#include "core/http/service_token.h"

namespace dps {

// What an HTTP client needs to be for this: patient, and private addresses are
// as good as others. `ca_file` empty = the system's CAs.
HttpClientOptions ClientOptionsOf(const std::string& ca_file);

// Errors name the host and hold no key. A service that has too much to do (429)
// is asked again when it says so, a few times and not later than in a minute.
class NetworkTransport final : public Transport {
 public:
  using Wait = std::function<void(std::chrono::seconds)>;

  // `clock` must outlive it.
  NetworkTransport(const ConnectionString& login,
                   std::unique_ptr<HttpClient> client, const Clock& clock,
                   Wait wait);

  [[nodiscard]] Result<Response> Send(const Request& request) override;

 private:
  [[nodiscard]] Result<HttpAnswer> Ask(const Request& request);
  [[nodiscard]] Result<HttpAnswer> AskOnce(const Request& request);
  Error Failure(const Error& error) const;
  Error Refusal(const Response& refusal) const;

  const std::string authority_;
  ServiceToken token_;
  const std::unique_ptr<HttpClient> client_;
  const Clock& clock_;
  const Wait wait_;
};

}  // namespace dps

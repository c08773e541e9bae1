// SPDX-License-Identifier: Apache-2.0
// The HTTP client over libcurl: one thread for any number of requests.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "core/base/limits.h"
#include "core/http/client.h"

namespace dps {

struct HttpClientOptions {
  // For all of a request: name, connection, TLS, answer, second attempt.
  std::chrono::milliseconds timeout{5000};
  // Of an answer's body.
  std::size_t answer_bytes_max = limits::kWebhookAnswerMax;
  // PEM of the CAs to trust in place of the system's; empty = those.
  std::string ca_file;
  // False: no connection to what IsPrivateAddress(), judged by the address
  // itself, whatever a name resolves to at that moment.
  bool private_targets = false;

  friend bool operator==(const HttpClientOptions&,
                         const HttpClientOptions&) = default;
};

class CurlTransfer;

// HTTP/1.1 over TCP or TLS 1.2 and later. Connections are kept and used again,
// but for those of one request alone.
// Redirects are answers; proxies, netrc, cookies and compression are not used,
// whatever the environment says. A request whose connection could not be made
// is tried once more within its time; one that found a kept connection closed
// is sent anew, so a server may see a request twice, whatever its method.
class CurlClient final : public HttpClient {
 public:
  explicit CurlClient(HttpClientOptions options);
  // Joins the thread; REQUIRES: not that thread.
  ~CurlClient() override;
  CurlClient(const CurlClient&) = delete;
  CurlClient& operator=(const CurlClient&) = delete;

  void Post(HttpRequest request, Done done) override;

 private:
  using Transfer = std::unique_ptr<CurlTransfer>;

  // Nothing may be thrown on the thread, whatever a `done` does: that would be
  // the broker's end.
  void Run() noexcept;
  void StartPosted() noexcept;
  [[nodiscard]] Status Start(Transfer& transfer) noexcept;
  void FinishEnded() noexcept;
  void Finish(void* handle, int code) noexcept;

  const HttpClientOptions options_;
  void* const multi_;  // libcurl's CURLM
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::vector<Transfer> posted_;  // under mutex_
  // By their libcurl handles; of the client's thread.
  std::unordered_map<void*, Transfer> active_;
  std::thread thread_;
};

}  // namespace dps

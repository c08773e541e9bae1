// SPDX-License-Identifier: Apache-2.0
// One request of the HTTP client: its libcurl handle, what came of it so far,
// and how that reads as an answer or an error.
#pragma once

#include <curl/curl.h>

#include <array>
#include <cstddef>
#include <string>

#include "core/base/clock.h"
#include "core/base/handle.h"
#include "core/http/client.h"
#include "core/http/curl_client.h"

namespace dps {

// Not thread-safe; stays where it is, for the handle points to it.
class CurlTransfer {
 public:
  // `options` must outlive it. The request's time starts now. Throws bad_alloc.
  CurlTransfer(HttpRequest request, HttpClient::Done done,
               const HttpClientOptions& options);
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  // Before it is performed. Errors: kUnavailable, when libcurl refuses an
  // option or there is no memory.
  [[nodiscard]] Status SetUp();
  CURL* handle() const { return handle_.get(); }

  // After the handle ended with the CURLcode `code`: true if it has to be
  // performed once more.
  [[nodiscard]] bool PrepareRetry(int code) noexcept;
  // Either, once, tells the one who asked; what he throws is dropped.
  void Finish(int code) noexcept;
  void Finish(const Error& error) noexcept;

 private:
  template <class Value>
  void Set(CURLoption option, Value value);
  void SetRequest();
  void SetMethod();
  void SetTransport();
  void SetTls();
  const std::string& CaFile() const;  // empty = the system's
  void Tell(Result<HttpAnswer> answer) noexcept;
  Result<HttpAnswer> OutcomeOf(CURLcode code);
  Error FailureOf(CURLcode code) const;
  Error ConnectFailure() const;

  static std::size_t OnBody(char* data, std::size_t size, std::size_t count,
                            void* self) noexcept;
  static std::size_t OnHeader(char* data, std::size_t size, std::size_t count,
                              void* self) noexcept;
  static curl_socket_t OnOpenSocket(void* self, curlsocktype purpose,
                                    curl_sockaddr* address) noexcept;

  const HttpRequest request_;
  const HttpClient::Done done_;
  const HttpClientOptions& options_;
  const SteadyTime deadline_;
  Handle<curl_slist, curl_slist_free_all> headers_;
  std::array<char, CURL_ERROR_SIZE> detail_{};  // libcurl's words
  CURLcode set_up_ = CURLE_OK;  // the first option that was refused
  bool retried_ = false;
  bool opened_ = false;  // a socket to an address
  int socket_error_ = 0;
  std::string refused_;  // the first private address
  std::size_t header_bytes_ = 0;
  HttpAnswer answer_;
  // Last: it goes first, and speaks to the others until then.
  Handle<CURL, curl_easy_cleanup> handle_;
};

}  // namespace dps

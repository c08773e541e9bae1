// SPDX-License-Identifier: Apache-2.0
#include "core/http/curl_transfer.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <exception>
#include <optional>
#include <system_error>
#include <utility>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/http/private_address.h"

namespace dps {
namespace {

// A CA file that was changed counts this soon for new connections.
constexpr long kCaCacheSeconds = 60;

long Milliseconds(SteadyTime::duration time) {
  return static_cast<long>(
      std::chrono::ceil<std::chrono::milliseconds>(time).count());
}

Error Unavailable(std::string message) {
  return {Errc::kUnavailable, std::move(message)};
}

// nullopt for other families than IPv4 and IPv6.
std::optional<IpAddress> AddressOf(const sockaddr& address) {
  if (address.sa_family == AF_INET6) {
    IpAddress::Bytes bytes{};
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    std::memcpy(bytes.data(), &v6.sin6_addr, sizeof v6.sin6_addr);
    return IpAddress(bytes);
  }
  if (address.sa_family != AF_INET) return std::nullopt;
  const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
  std::array<std::uint8_t, IpAddress::kV4Bytes> bytes{};
  std::memcpy(bytes.data(), &v4.sin_addr, sizeof v4.sin_addr);
  return IpAddress::OfV4(bytes);
}

}  // namespace

CurlTransfer::CurlTransfer(HttpRequest request, HttpClient::Done done,
                           const HttpClientOptions& options)
    : request_(std::move(request)),
      done_(std::move(done)),
      options_(options),
      deadline_(std::chrono::steady_clock::now() + options.timeout) {}

Status CurlTransfer::SetUp() {
  handle_.reset(curl_easy_init());
  if (!handle_) return Fail(Errc::kUnavailable, "out of memory");
  SetRequest();
  SetTransport();
  SetTls();
  if (set_up_ == CURLE_OK) return {};
  return Fail(Errc::kUnavailable, std::string("could not be set up: ") +
                                      curl_easy_strerror(set_up_));
}

// What is guarded rests on the options, so a request goes out with all or not
// at all.
template <class Value>
void CurlTransfer::Set(CURLoption option, Value value) {
  if (set_up_ != CURLE_OK) return;
  set_up_ = curl_easy_setopt(handle_.get(), option, value);
}

void CurlTransfer::SetRequest() {
  Set(CURLOPT_URL, request_.target.url().c_str());
  SetMethod();
  Set(CURLOPT_USERAGENT, "mosquitto-dps");
  // An empty "Expect" keeps libcurl from asking first whether it may send.
  headers_.reset(curl_slist_append(nullptr, "Expect:"));
  for (const std::string& header : request_.headers) {
    if (curl_slist_append(headers_.get(), header.c_str()) == nullptr) {
      set_up_ = CURLE_OUT_OF_MEMORY;
    }
  }
  Set(CURLOPT_HTTPHEADER, headers_.get());
  Set(CURLOPT_WRITEFUNCTION, &OnBody);
  Set(CURLOPT_WRITEDATA, this);
  Set(CURLOPT_HEADERFUNCTION, &OnHeader);
  Set(CURLOPT_HEADERDATA, this);
}

void CurlTransfer::SetMethod() {
  const bool may_lack_body = request_.method == HttpMethod::kGet ||
                             request_.method == HttpMethod::kDelete;
  if (may_lack_body && request_.body.empty()) {
    Set(CURLOPT_HTTPGET, 1L);
  } else {
    Set(CURLOPT_POSTFIELDSIZE_LARGE,
        static_cast<curl_off_t>(request_.body.size()));
    Set(CURLOPT_POSTFIELDS, request_.body.data());
  }
  Set(CURLOPT_CUSTOMREQUEST, NameOf(request_.method));
}

void CurlTransfer::SetTransport() {
  Set(CURLOPT_PROTOCOLS_STR, "http,https");
  Set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  Set(CURLOPT_PROXY, "");  // nor one of the environment
  Set(CURLOPT_NOSIGNAL, 1L);
  // A name server that is silent must not hold up the thread at the end of the
  // request's time: libcurl's thread that asks it ends by itself.
  Set(CURLOPT_QUICK_EXIT, 1L);
  Set(CURLOPT_TIMEOUT_MS, Milliseconds(options_.timeout));
  Set(CURLOPT_ERRORBUFFER, detail_.data());
  Set(CURLOPT_OPENSOCKETFUNCTION, &OnOpenSocket);
  Set(CURLOPT_OPENSOCKETDATA, this);
  if (!request_.own_connection) return;
  Set(CURLOPT_FRESH_CONNECT, 1L);
  Set(CURLOPT_FORBID_REUSE, 1L);
}

void CurlTransfer::SetTls() {
  Set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  Set(CURLOPT_SSL_VERIFYPEER, 1L);
  Set(CURLOPT_SSL_VERIFYHOST, 2L);
  // One file of CAs, the system's if none is named: only then libcurl keeps
  // them parsed from one connection to the next.
  Set(CURLOPT_CAPATH, nullptr);
  Set(CURLOPT_CA_CACHE_TIMEOUT, kCaCacheSeconds);
  if (!CaFile().empty()) Set(CURLOPT_CAINFO, CaFile().c_str());
}

const std::string& CurlTransfer::CaFile() const {
  return request_.ca_file.empty() ? options_.ca_file : request_.ca_file;
}

bool CurlTransfer::PrepareRetry(int code) noexcept {
  const bool nothing_sent = code == CURLE_COULDNT_CONNECT ||
                            code == CURLE_COULDNT_RESOLVE_HOST ||
                            code == CURLE_SSL_CONNECT_ERROR;
  const auto left = deadline_ - std::chrono::steady_clock::now();
  if (!nothing_sent || retried_ || !refused_.empty() || left.count() <= 0) {
    return false;
  }
  retried_ = true;
  header_bytes_ = 0;
  return curl_easy_setopt(handle_.get(), CURLOPT_TIMEOUT_MS,
                          Milliseconds(left)) == CURLE_OK;
}

void CurlTransfer::Finish(int code) noexcept try {
  Tell(OutcomeOf(static_cast<CURLcode>(code)));
} catch (const std::exception&) {  // of OutcomeOf()
  Tell(Fail(Errc::kUnavailable, "out of memory"));
}

void CurlTransfer::Finish(const Error& error) noexcept try {
  Tell(tl::unexpected(error));
} catch (const std::exception&) {  // of the copy
  Tell(Fail(Errc::kUnavailable, "out of memory"));
}

// `done_` has been called then, whatever it throws.
void CurlTransfer::Tell(Result<HttpAnswer> answer) noexcept try {
  done_(std::move(answer));
} catch (...) {
}

Result<HttpAnswer> CurlTransfer::OutcomeOf(CURLcode code) {
  if (code != CURLE_OK) return tl::unexpected(FailureOf(code));
  long status = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
  answer_.status = static_cast<int>(status);
  curl_off_t retry_after_s = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_RETRY_AFTER, &retry_after_s);
  if (retry_after_s > 0) {
    answer_.retry_after = std::chrono::seconds(retry_after_s);
  }
  return std::move(answer_);
}

Error CurlTransfer::ConnectFailure() const {
  if (!refused_.empty() && !opened_) {
    return {Errc::kForbidden, refused_ + " is a private address"};
  }
  long error = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_OS_ERRNO, &error);
  if (error == 0) error = socket_error_;
  if (error == 0) return Unavailable("could not connect");
  return Unavailable("could not connect: " +
                     std::generic_category().message(static_cast<int>(error)));
}

Error CurlTransfer::FailureOf(CURLcode code) const {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return Unavailable("timed out after " +
                         std::to_string(options_.timeout.count()) + " ms");
    case CURLE_COULDNT_RESOLVE_HOST:
      return Unavailable("could not resolve host " + request_.target.host());
    case CURLE_COULDNT_CONNECT:
      return ConnectFailure();
    case CURLE_PEER_FAILED_VERIFICATION:
      return Unavailable("the server's certificate is not trusted: " +
                         Printable(detail_.data()));
    case CURLE_SSL_CONNECT_ERROR:
      return Unavailable("the TLS handshake failed: " +
                         Printable(detail_.data()));
    case CURLE_SSL_CACERT_BADFILE:
      return {Errc::kInvalidArgument,
              "cannot read the CA file " + Printable(CaFile())};
    case CURLE_WRITE_ERROR:  // from OnBody() and OnHeader() only
    case CURLE_FILESIZE_EXCEEDED:
      if (header_bytes_ > limits::kWebhookAnswerHeadersMax) {
        return {Errc::kTooLarge, "the answer's headers are too large"};
      }
      return {Errc::kTooLarge, "the answer is larger than " +
                                   std::to_string(options_.answer_bytes_max) +
                                   " bytes"};
    case CURLE_GOT_NOTHING:
      return Unavailable("the server closed the connection without an answer");
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
      return Unavailable("the connection broke before the answer was whole");
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
      return Unavailable("the answer is not HTTP/1.1");
    default:
      return Unavailable(curl_easy_strerror(code));
  }
}

std::size_t CurlTransfer::OnBody(char* data, std::size_t size,
                                 std::size_t count, void* self) noexcept {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  std::string& body = transfer.answer_.body;
  const std::size_t bytes = size * count;
  const std::size_t room = transfer.options_.answer_bytes_max - body.size();
  if (bytes > room) return CURL_WRITEFUNC_ERROR;
  body.append(data, bytes);
  return bytes;
}

std::size_t CurlTransfer::OnHeader(char* data, std::size_t size,
                                   std::size_t count, void* self) noexcept {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  const std::size_t bytes = size * count;
  transfer.header_bytes_ += bytes;
  if (transfer.header_bytes_ > limits::kWebhookAnswerHeadersMax) {
    return CURL_WRITEFUNC_ERROR;
  }
  const std::string_view line(data, bytes);
  const std::size_t colon = line.find(':');
  // Of an answer before the last, as 100 is.
  if (line.starts_with("HTTP/")) transfer.answer_.headers.clear();
  if (colon != line.npos) {
    transfer.answer_.headers[AsciiLower(line.substr(0, colon))] =
        Trim(line.substr(colon + 1));
  }
  return bytes;
}

curl_socket_t CurlTransfer::OnOpenSocket(void* self, curlsocktype,
                                         curl_sockaddr* address) noexcept {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  const auto ip = AddressOf(address->addr);
  if (!ip) return CURL_SOCKET_BAD;
  if (!transfer.options_.private_targets && IsPrivateAddress(*ip)) {
    if (transfer.refused_.empty()) transfer.refused_ = ip->text();
    return CURL_SOCKET_BAD;
  }
  transfer.opened_ = true;
  const int opened = socket(address->family, address->socktype | SOCK_CLOEXEC,
                            address->protocol);
  if (opened < 0) transfer.socket_error_ = errno;
  return opened;
}

}  // namespace dps

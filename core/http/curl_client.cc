// SPDX-License-Identifier: Apache-2.0
#include "core/http/curl_client.h"

#include <curl/curl.h>

#include <exception>
#include <new>
#include <utility>

#include "core/base/thread.h"
#include "core/http/curl_transfer.h"

namespace dps {
namespace {

// A new request ends the sleep, and should waking fail it is found by then.
constexpr int kIdleMs = 1000;
// Connections kept for the next request.
constexpr long kKeptConnections = 256;

CURLM* NewMulti() {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  CURLM* multi = initialised == CURLE_OK ? curl_multi_init() : nullptr;
  if (multi == nullptr) throw std::bad_alloc();
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, kKeptConnections);
  return multi;
}

}  // namespace

CurlClient::CurlClient(HttpClientOptions options)
    : options_(std::move(options)),
      multi_(NewMulti()),
      thread_(StartThread([this] { Run(); })) {}

CurlClient::~CurlClient() {
  stopping_ = true;
  curl_multi_wakeup(multi_);
  thread_.join();
  for (const auto& [handle, transfer] : active_) {
    curl_multi_remove_handle(multi_, handle);
  }
  active_.clear();
  curl_multi_cleanup(multi_);
}

void CurlClient::Post(HttpRequest request, Done done) {
  auto transfer = std::make_unique<CurlTransfer>(std::move(request),
                                                 std::move(done), options_);
  {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(transfer));
  }
  curl_multi_wakeup(multi_);
}

void CurlClient::Run() noexcept {
  while (!stopping_) {
    StartPosted();
    int running = 0;
    curl_multi_perform(multi_, &running);
    FinishEnded();
    curl_multi_poll(multi_, nullptr, 0, kIdleMs, nullptr);
  }
}

void CurlClient::StartPosted() noexcept {
  std::vector<Transfer> posted;
  {
    const std::lock_guard lock(mutex_);
    posted.swap(posted_);
  }
  for (Transfer& transfer : posted) {
    const Status started = Start(transfer);
    if (!started) transfer->Finish(started.error());
  }
}

// Moves from `transfer` if it is under way.
Status CurlClient::Start(Transfer& transfer) noexcept try {
  DPS_CHECK(transfer->SetUp());
  void* const handle = transfer->handle();
  Transfer& place = active_[handle];
  const CURLMcode added = curl_multi_add_handle(multi_, handle);
  if (added != CURLM_OK) {
    active_.erase(handle);
    return Fail(Errc::kUnavailable,
                std::string("could not start: ") + curl_multi_strerror(added));
  }
  place = std::move(transfer);
  return {};
} catch (const std::exception&) {
  return Fail(Errc::kUnavailable, "out of memory");
}

void CurlClient::FinishEnded() noexcept {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    Finish(message->easy_handle, message->data.result);
  }
}

void CurlClient::Finish(void* handle, int code) noexcept {
  curl_multi_remove_handle(multi_, handle);
  const auto found = active_.find(handle);
  if (found->second->PrepareRetry(code) &&
      curl_multi_add_handle(multi_, handle) == CURLM_OK) {
    curl_multi_wakeup(multi_);  // so that it is performed at once
    return;
  }
  const Transfer transfer = std::move(found->second);
  active_.erase(found);
  transfer->Finish(code);
}

}  // namespace dps

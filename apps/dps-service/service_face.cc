// SPDX-License-Identifier: Apache-2.0
#include "apps/dps-service/service_face.h"

#include <chrono>
#include <utility>

#include "core/base/limits.h"
#include "core/service_api/authorization.h"

namespace dps {
namespace {

std::string HeaderText(const HttpCall& call, const std::string& name) {
  const auto header = call.headers.find(name);
  return header == call.headers.end() ? "" : header->second;
}

HttpReply ReplyOf(Response response) {
  return {.status = response.status,
          .headers = std::move(response.headers),
          .body = std::move(response.body)};
}

}  // namespace

ServiceFace::ServiceFace(Store& store, const Clock& clock, ServiceApi& api,
                         ServiceFaceOptions options)
    : store_(store), clock_(clock), api_(api), options_(std::move(options)) {}

Status ServiceFace::Admit(const HttpCall& call, Request& request) {
  const std::string host = HeaderText(call, "Host");
  const std::string authorization = HeaderText(call, "Authorization");
  DPS_TRY(const auto snapshot, store_.Read());
  DPS_TRY(const Instance instance,
          InstanceOfHost(*snapshot, host, options_.default_instance));
  request.id_scope = instance.id_scope;
  DPS_TRY(request.caller, dps::Admit(*snapshot, instance.id_scope,
                                     {.authorization = authorization,
                                      .host = host,
                                      .address = call.peer_address},
                                     clock_.Now()));
  return {};
}

std::size_t ServiceFace::BodyMaxOf(const HttpCall& head) {
  const std::size_t most = ServiceApi::BodyMaxOf(head.method, head.path);
  if (most <= limits::kDocumentMax) return limits::kDocumentMax;
  Request request;
  return Admit(head, request) ? most : limits::kDocumentMax;
}

std::optional<std::int64_t> ServiceFace::CountCall(const IdScope& scope) {
  constexpr std::chrono::seconds kMinute{60};
  if (options_.calls_per_minute == 0) return std::nullopt;
  const SteadyTime now = clock_.SteadyNow();
  const std::lock_guard lock(mutex_);
  Minute& minute = minutes_.try_emplace(scope, Minute{now}).first->second;
  if (now - minute.began >= kMinute) minute = {.began = now};
  if (minute.calls < options_.calls_per_minute) {
    ++minute.calls;
    return std::nullopt;
  }
  return std::chrono::ceil<std::chrono::seconds>(minute.began + kMinute - now)
      .count();
}

HttpReply ServiceFace::Answer(const HttpCall& call) {
  Request request{.method = call.method,
                  .path = call.path,
                  .query = call.query,
                  .headers = call.headers,
                  .body = call.body,
                  .id_scope = std::nullopt,
                  .caller = {.name = "stranger",
                             .address = call.peer_address,
                             .rights = {},
                             .is_local = false}};
  const Status admitted = Admit(call, request);
  if (!admitted) return ReplyOf(api_.Refuse(request, admitted.error()));
  if (const auto wait_s = CountCall(*request.id_scope)) {
    Response refused = api_.Refuse(
        request,
        {Errc::kThrottled, "the instance's " +
                               std::to_string(options_.calls_per_minute) +
                               " calls of this minute are used up"});
    refused.headers["Retry-After"] = std::to_string(*wait_s);
    return ReplyOf(std::move(refused));
  }
  return ReplyOf(api_.Handle(request));
}

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
#include "core/protocol/topic.h"

#include <algorithm>

#include "core/base/limits.h"
#include "core/base/parameters.h"
#include "core/base/text.h"

namespace dps {
namespace {

constexpr std::string_view kRegisterPath =
    "$dps/registrations/PUT/iotdps-register/";
constexpr std::string_view kStatusPath =
    "$dps/registrations/GET/iotdps-get-operationstatus/";
constexpr std::string_view kResponsePrefix = "$dps/registrations/res/";

tl::unexpected<Error> Unanswerable(std::string_view reason) {
  return Fail(Errc::kInvalidArgument, std::string(reason));
}

bool IsSafeInTopic(char c) {
  return c >= ' ' && c <= '~' && c != '+' && c != '#' && c != '/';
}

RequestTopic::Kind KindOfTopic(std::string_view path) {
  if (path == kRegisterPath) return RequestTopic::Kind::kRegister;
  if (path == kStatusPath) return RequestTopic::Kind::kStatus;
  return RequestTopic::Kind::kOther;
}

std::string_view AfterLevel(std::string_view topic) {
  const std::size_t slash = topic.find('/');
  return slash == topic.npos ? "" : topic.substr(slash + 1);
}

Result<std::string> ParseRequestId(std::string_view parameters) {
  DPS_TRY(const auto id, FindParameter(parameters, "$rid"));
  if (!id || id->empty()) return Unanswerable("the topic has no $rid");
  if (id->size() > limits::kRequestIdMax) {
    return Unanswerable("the topic's $rid is too long");
  }
  if (!std::ranges::all_of(*id, IsSafeInTopic)) {
    return Unanswerable("the topic's $rid cannot stand in a reply topic");
  }
  return std::string(*id);
}

}  // namespace

bool IsDpsTopic(std::string_view topic_or_filter) {
  std::string_view topic = topic_or_filter;
  if (topic.starts_with("$share/")) topic = AfterLevel(AfterLevel(topic));
  return topic == "$dps" || topic.starts_with("$dps/");
}

Result<RequestTopic> ParseRequestTopic(std::string_view topic) {
  if (topic.size() > limits::kTopicMax) {
    return Unanswerable("the topic is too long");
  }
  if (!topic.starts_with("$dps/")) return Unanswerable("not a DPS topic");
  if (topic.starts_with(kResponsePrefix)) {
    return Unanswerable("a reply topic is not a request");
  }
  const std::size_t path_end = std::min(topic.find('?'), topic.size());
  const std::string_view parameters =
      topic.substr(std::min(path_end + 1, topic.size()));
  DPS_TRY(std::string request_id, ParseRequestId(parameters));
  DPS_TRY(const auto operation_id, FindParameter(parameters, "operationId"));
  return RequestTopic{
      .kind = KindOfTopic(topic.substr(0, path_end)),
      .request_id = std::move(request_id),
      .operation_id = PercentDecode(operation_id.value_or("")).value_or("")};
}

std::string ResponseTopic(int status, std::string_view request_id,
                          std::optional<int> retry_after_s) {
  std::string topic(kResponsePrefix);
  topic += std::to_string(status);
  topic += "/?$rid=";
  topic += request_id;
  if (retry_after_s) topic += "&retry-after=" + std::to_string(*retry_after_s);
  return topic;
}

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/control_message.h"

#include <algorithm>
#include <utility>

#include "core/base/json.h"
#include "core/base/text.h"

namespace dps {
namespace {

// Any version is served alike.
constexpr const char* kApiVersion = "2021-10-01";
// A document of the greatest depth, in a list, in its envelope.
constexpr int kDepthMax = limits::kJsonDepthMax + 8;
constexpr int kStatusMin = 100;
constexpr int kStatusMax = 599;

// The strings of an object that may be absent.
template <class Texts>
Result<Texts> TextsOf(const JsonView& root, std::string_view name) {
  Texts texts;
  DPS_TRY(const auto object, root.OptionalObject(name));
  if (!object) return texts;
  const std::vector<std::string> names = object->Names();
  if (names.size() > kControlMembersMax) {
    return Fail(Errc::kInvalidArgument,
                "member " + std::string(name) + " has more than " +
                    std::to_string(kControlMembersMax) + " members");
  }
  for (const std::string& each : names) {
    DPS_TRY(texts[each], object->String(each));
  }
  return texts;
}

// A string as it is, any other value as JSON; empty = none.
std::string BodyOf(const JsonView& root) {
  const auto body = root.Find("body");
  if (!body) return "";
  auto text = body->AsString();
  return text ? *std::move(text) : body->Text();
}

Status CheckMethod(std::string_view method) {
  const bool is_word =
      !method.empty() &&
      std::ranges::all_of(method, [](char c) { return c >= 'A' && c <= 'Z'; });
  if (is_word) return {};
  return Fail(Errc::kInvalidArgument,
              "member method must be GET, PUT, POST or DELETE");
}

Status CheckRequestPath(std::string_view path) {
  if (!path.starts_with('/')) {
    return Fail(Errc::kInvalidArgument, "member path must begin with a slash");
  }
  if (path.find('?') == path.npos) return {};
  return Fail(Errc::kInvalidArgument,
              "what follows the ? of member path belongs into member query, as "
              "an object");
}

Result<std::string> CorrelationData(const JsonView& root) {
  DPS_TRY(auto data, root.OptionalString("correlationData"));
  if (!data) return "";
  if (data->size() <= kCorrelationDataMax) return *std::move(data);
  return Fail(Errc::kInvalidArgument, "member correlationData has more than " +
                                          std::to_string(kCorrelationDataMax) +
                                          " bytes");
}

void WriteHeaders(JsonWriter& json, const Headers& headers) {
  if (headers.empty()) return;
  json.Key("headers").StartObject();
  for (const auto& [name, value] : headers) json.Member(name, value);
  json.EndObject();
}

bool IsJsonObject(const std::string& text) {
  return JsonDocument::ParseObject(text).has_value();
}

bool HoldsJson(const Response& response) {
  const auto type = response.headers.find("Content-Type");
  return type != response.headers.end() &&
         type->second.starts_with("application/json");
}

}  // namespace

Result<ControlRequest> ParseControlRequest(std::string_view text) {
  DPS_TRY(const JsonDocument document,
          JsonDocument::ParseObject(text, kDepthMax));
  const JsonView root = document.root();
  ControlRequest parsed;
  Request& request = parsed.request;
  DPS_TRY(parsed.correlation_data, CorrelationData(root));
  DPS_TRY(request.method, root.String("method"));
  DPS_CHECK(CheckMethod(request.method));
  DPS_TRY(request.path, root.String("path"));
  DPS_CHECK(CheckRequestPath(request.path));
  DPS_TRY(request.query, TextsOf<decltype(request.query)>(root, "query"));
  request.query.try_emplace("api-version", kApiVersion);
  DPS_TRY(request.headers, TextsOf<Headers>(root, "headers"));
  request.body = BodyOf(root);
  DPS_TRY(const auto scope, root.OptionalString("idScope"));
  if (scope) {
    DPS_TRY(request.id_scope, IdScope::Parse(*scope));
  }
  DPS_TRY(parsed.instance, root.OptionalString("instance"));
  return parsed;
}

std::string ControlRequestText(const ControlRequest& request) {
  const Request& inner = request.request;
  JsonWriter json;
  json.StartObject();
  json.Member("method", inner.method).Member("path", inner.path);
  if (!inner.query.empty()) {
    json.Key("query").StartObject();
    for (const auto& [name, value] : inner.query) json.Member(name, value);
    json.EndObject();
  }
  WriteHeaders(json, inner.headers);
  if (IsJsonObject(inner.body)) {
    json.Key("body").Raw(inner.body);
  } else {
    json.MemberNonempty("body", inner.body);
  }
  if (inner.id_scope) json.Member("idScope", inner.id_scope->text());
  if (request.instance) json.Member("instance", *request.instance);
  json.MemberNonempty("correlationData", request.correlation_data);
  return json.EndObject().Take();
}

std::string CorrelationDataOf(std::string_view text) {
  const auto document = JsonDocument::ParseObject(text, kDepthMax);
  if (!document) return "";
  return CorrelationData(document->root()).value_or("");
}

Result<ControlAnswer> ParseControlAnswer(std::string_view text) {
  DPS_TRY(const JsonDocument document,
          JsonDocument::ParseObject(text, kDepthMax));
  const JsonView root = document.root();
  ControlAnswer answer;
  DPS_TRY(const auto status,
          root.OptionalInt("status", kStatusMin, kStatusMax));
  if (!status) return Fail(Errc::kInvalidArgument, "member status is missing");
  answer.response.status = static_cast<int>(*status);
  DPS_TRY(answer.response.headers, TextsOf<Headers>(root, "headers"));
  answer.response.body = BodyOf(root);
  DPS_TRY(answer.correlation_data, CorrelationData(root));
  return answer;
}

std::string ControlAnswerText(const ControlAnswer& answer) {
  const Response& response = answer.response;
  JsonWriter json;
  json.StartObject().Key("status").Int(response.status);
  WriteHeaders(json, response.headers);
  if (HoldsJson(response) && !response.body.empty()) {
    json.Key("body").Raw(response.body);
  } else {
    json.MemberNonempty("body", response.body);
  }
  json.MemberNonempty("correlationData", answer.correlation_data);
  return json.EndObject().Take();
}

}  // namespace dps

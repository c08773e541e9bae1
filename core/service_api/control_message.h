// SPDX-License-Identifier: Apache-2.0
// Requests to the service API and their answers as JSON texts, for a transport
// that has nothing but a payload: MQTT on `$CONTROL/dps/v1`. docs/service.md
// shows the members. Pure and thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/limits.h"
#include "core/base/result.h"
#include "core/service_api/message.h"

namespace dps {

inline constexpr std::string_view kControlTopic = "$CONTROL/dps/v1";
inline constexpr std::string_view kControlAnswerTopic =
    "$CONTROL/dps/v1/response";

// A bulk operation and what stands around it.
inline constexpr std::size_t kControlRequestMax =
    limits::kBulkBytesMax + std::size_t{64} * 1024;
inline constexpr std::size_t kControlAnswerMax = std::size_t{16} * 1024 * 1024;
inline constexpr std::size_t kControlMembersMax = 32;  // of query, of headers
inline constexpr std::size_t kCorrelationDataMax = 1024;

struct ControlRequest {
  Request request;                        // all but the caller
  std::optional<std::string> instance{};  // by name
  std::string correlation_data{};         // sent back as it is; empty = none
};

// An api-version is put in where there is none. Errors: kMalformedJson,
// kInvalidArgument (a member is missing or wrong).
[[nodiscard]] Result<ControlRequest> ParseControlRequest(std::string_view text);
std::string ControlRequestText(const ControlRequest& request);

// The correlation data of what may be no request; empty = none.
std::string CorrelationDataOf(std::string_view text);

struct ControlAnswer {
  Response response;
  std::string correlation_data{};
};

// Errors: kMalformedJson, kInvalidArgument.
[[nodiscard]] Result<ControlAnswer> ParseControlAnswer(std::string_view text);
std::string ControlAnswerText(const ControlAnswer& answer);

}  // namespace dps

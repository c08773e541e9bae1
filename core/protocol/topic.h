// SPDX-License-Identifier: Apache-2.0
// The MQTT topics of DPS: requests in, replies out.
// All functions are pure and thread-safe. Source: device-protocol sections 3
// and 4.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace dps {

// The one filter a device may subscribe.
inline constexpr std::string_view kResponseFilter = "$dps/registrations/res/#";

// Whether the first level of a topic or filter is `$dps`, also behind
// `$share/{group}/`.
bool IsDpsTopic(std::string_view topic_or_filter);

struct RequestTopic {
  enum class Kind {
    kRegister,  // $dps/registrations/PUT/iotdps-register/
    kStatus,    // $dps/registrations/GET/iotdps-get-operationstatus/
    kOther,     // any other request below $dps: answered kRouteNotFound
  };

  Kind kind = Kind::kOther;
  std::string request_id;  // `$rid` byte for byte, escapes untouched
  // Decoded; empty if absent or not decodable, which names no operation.
  std::string operation_id;

  friend bool operator==(const RequestTopic&, const RequestTopic&) = default;
};

// Reads `{path}/?$rid={rid}[&operationId={op}]`: parameters in any order,
// unknown ones ignored.
// Errors: kInvalidArgument where no answer can be addressed: no `$rid` or two,
// one that is empty, over limits::kRequestIdMax or unsafe in a reply topic
// (`+ # /`, control or non-ASCII characters); two operationIds; a topic over
// limits::kTopicMax, outside of `$dps`, or of a reply.
[[nodiscard]] Result<RequestTopic> ParseRequestTopic(std::string_view topic);

// `$dps/registrations/res/{status}/?$rid={rid}[&retry-after={s}]`. SDKs depend
// on this order and on nothing else being there.
std::string ResponseTopic(int status, std::string_view request_id,
                          std::optional<int> retry_after_s);

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
// A device and its state as hubs over HTTP are told them: in the form of Azure
// IoT Hub's registry (service-api section 6). All functions are pure.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/hub/connector.h"

namespace dps {

enum class HubDialect {
  kIotHub,   // Azure's
  kWebhook,  // also the certificate's common name, and reported properties
};

// `{"deviceId","status","authentication","capabilities"}`. What a device has
// only one of, key or thumbprint, stands in both places.
std::string DeviceJson(const HubDevice& device, HubDialect dialect);

// `{"tags":{},"properties":{"desired":{}}}`, for a webhook also with
// `reported`. Errors: kInvalidArgument, if a part of it is no JSON object.
[[nodiscard]] Result<std::string> StateJson(const DeviceState& state,
                                            HubDialect dialect);

// Reads either, and a twin: without the members `$metadata` and `$version` of
// its parts; others are ignored. Errors: kInternal, to be read behind the name
// of the hub: "answered ...".
[[nodiscard]] Result<DeviceState> ParseDeviceState(std::string_view json);

// Whether `json` is the identity of this device. Errors as above.
[[nodiscard]] Status CheckIdentity(std::string_view json,
                                   std::string_view device_id);

// What the registry has of a device.
struct HubIdentity {
  std::string etag;  // goes into a header as it is
  bool is_disabled = false;
  std::string disabled_json;  // all of it, with that status
};

// Reads the identity of this device. Errors as above.
[[nodiscard]] Result<HubIdentity> ParseIdentity(std::string_view json,
                                                std::string_view device_id);

}  // namespace dps

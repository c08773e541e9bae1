// SPDX-License-Identifier: Apache-2.0
// Where a device's HTTPS request goes: the path and the api-version.
// All functions are pure and thread-safe. Source: device-protocol section 8.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/model/ids.h"

namespace dps {

struct DevicePath {
  enum class Kind {
    kRegister,   // PUT /{scope}/registrations/{id}/register
    kOperation,  // GET /{scope}/registrations/{id}/operations/{operation}
    kLookUp,     // POST /{scope}/registrations/{id}
  };
  Kind kind;
  IdScope id_scope;
  RegistrationId registration_id;
  std::string operation_id;  // of kOperation; decoded, never empty

  friend bool operator==(const DevicePath&, const DevicePath&) = default;
};

// Whether a path, as sent, can only be a device's: its second segment is
// `registrations`, in any letter case.
bool IsDevicePath(std::string_view path);

// Reads a path as sent, each segment percent-decoded once. Fixed segments are
// known in any letter case, and one slash at the end is forgiven.
// Errors: kRouteNotFound (any other form), kInvalidArgument (a bad scope or id,
// bad percent-encoding).
[[nodiscard]] Result<DevicePath> ParseDevicePath(std::string_view path);

// The only method that the path takes.
std::string_view MethodOf(DevicePath::Kind kind);

// Of the operation; percent-encoded, with its query.
std::string OperationLocation(const DevicePath& path,
                              std::string_view operation_id,
                              std::string_view api_version);

}  // namespace dps

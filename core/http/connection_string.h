// SPDX-License-Identifier: Apache-2.0
// How to reach a service of Azure's kind (an IoT Hub, a DPS) and with whose
// rights, as its owner copies it.
#pragma once

#include <string>
#include <string_view>

#include "core/base/crypto.h"
#include "core/base/result.h"

namespace dps {

struct ConnectionString {
  std::string host;       // lower case
  std::string authority;  // the host, and `:port` if one is given
  std::string policy;     // SharedAccessKeyName
  SecretBytes key;        // raw bytes

  friend bool operator==(const ConnectionString&,
                         const ConnectionString&) = default;
};

// Reads `HostName=..;SharedAccessKeyName=..;SharedAccessKey=..`: fields in any
// order, others ignored, blanks and line ends around it, too. Pure.
// Errors: kInvalidArgument (a field is missing, malformed or there twice; it is
// the connection string of a device). Messages begin with `whose`, as in `the
// hub's connection string`, and quote nothing of it.
[[nodiscard]] Result<ConnectionString> ParseConnectionString(
    std::string_view text, std::string_view whose);

}  // namespace dps

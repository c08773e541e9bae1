// SPDX-License-Identifier: Apache-2.0
// A throw-away certificate authority and a server certificate it signed.
#pragma once

#include <string>

#include "core/base/result.h"

namespace dps {

// PEM files, P-256 keys, valid for a day. The server certificate names
// localhost, 127.0.0.1 and, for tests that need the same port at once,
// 127.0.0.2 to 127.0.0.5.
struct TestCa {
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
};

// Makes the files in `directory`. Errors: kUnavailable.
[[nodiscard]] Result<TestCa> MakeTestCa(const std::string& directory);

}  // namespace dps

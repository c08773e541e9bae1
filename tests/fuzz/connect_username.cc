// SPDX-License-Identifier: Apache-2.0
#include "core/protocol/connect.h"
#include "tests/fuzz/require.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using dps::ApiVersionRule;
  const std::string_view text = dps::Text(data, size);
  const auto request = dps::ParseUsername(text, ApiVersionRule::kAny);
  // What the strict rule takes, the lenient one takes.
  dps::Require(request || !dps::ParseUsername(text, ApiVersionRule::kKnown));
  if (!request) return 0;
  const auto& id = request->registration_id;
  dps::Require(dps::SpeaksDps(text));
  dps::Require(dps::CheckClientId(id.key() + "/x", id).has_value());
  dps::Require(!dps::CheckClientId(id.text() + "x", id));
  const std::string plain = request->id_scope.text() + "/registrations/" +
                            id.text() + "/api-version=" + request->api_version;
  const auto again = dps::ParseUsername(plain, ApiVersionRule::kAny);
  dps::Require(again && again->registration_id.text() == id.text());
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
#include "core/hub/dynamic_security.h"

#include "tests/fuzz/require.h"

namespace dps {
namespace {

// A role as a hub told it says the same when it is sent back and told again.
void RequireRoundTrip(const DynsecRole& role) {
  const std::string command = CreateRoleCommand(role);
  const std::string again = R"({"responses":[{"correlationData":"c-0","data":)"
                            R"({"role":)" +
                            command + "}}]}";
  const auto answers = ParseDynsecAnswers(again, "c", 1);
  Require(answers && *answers && (**answers)[0].role &&
          (**answers)[0].role->name == role.name &&
          (**answers)[0].role->acls == role.acls);
}

}  // namespace
}  // namespace dps

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = dps::Text(data, size);
  const auto answers = dps::ParseDynsecAnswers(text, "c", 1);
  if (!answers) {
    dps::Require(answers.error().code == dps::Errc::kInternal);
  } else if (*answers) {
    dps::Require((*answers)->size() == 1);
    const auto& role = (*answers)->front().role;
    if (role) dps::RequireRoundTrip(*role);
  }
  static_cast<void>(dps::ParseDynsecAcls(text));
  return 0;
}

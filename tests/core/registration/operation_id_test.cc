// SPDX-License-Identifier: Apache-2.0
#include "core/registration/operation_id.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fleet.h"

namespace dps {

TEST_CASE("operation_id: an id fits the buffers of every SDK") {
  const std::string id =
      NewOperationId(TestKey('o'), Rid("dev-1"), false, kNoon);
  CHECK(id.size() == 55);
  CHECK(id.size() <= limits::kOperationIdMax);
  CHECK(std::ranges::all_of(
      id, [](char c) { return IsAsciiAlnum(c) || c == '.' || c == '-'; }));
}

TEST_CASE("operation_id: an id tells its time and whether it had a payload") {
  for (const bool with_payload : {false, true}) {
    const std::string id =
        NewOperationId(TestKey('o'), Rid("dev-1"), with_payload, kNoon);
    CHECK(TraceOperationId(TestKey('o'), Rid("DEV-1"), id) ==
          OperationTrace{kNoon, with_payload});
  }
}

TEST_CASE("operation_id: an id of another device or instance is not known") {
  const std::string id =
      NewOperationId(TestKey('o'), Rid("dev-1"), false, kNoon);
  CHECK_FALSE(TraceOperationId(TestKey('o'), Rid("dev-2"), id));
  CHECK_FALSE(TraceOperationId(TestKey('x'), Rid("dev-1"), id));
}

TEST_CASE("operation_id: an id changed in any character is not known") {
  const std::string id =
      NewOperationId(TestKey('o'), Rid("dev-1"), false, kNoon);
  for (std::size_t i = 0; i < id.size(); ++i) {
    std::string changed = id;
    changed[i] = changed[i] == '0' ? '1' : '0';
    CHECK_FALSE(TraceOperationId(TestKey('o'), Rid("dev-1"), changed));
  }
  CHECK_FALSE(TraceOperationId(TestKey('o'), Rid("dev-1"), ""));
  CHECK_FALSE(TraceOperationId(TestKey('o'), Rid("dev-1"), id + "0"));
}

}  // namespace dps

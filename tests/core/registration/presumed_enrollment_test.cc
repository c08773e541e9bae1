// SPDX-License-Identifier: Apache-2.0
#include "core/registration/presumed_enrollment.h"

#include <doctest/doctest.h>

#include <string>

#include "core/store/memory_store.h"
#include "tests/support/fleet.h"

namespace dps {
namespace {

struct PresumedRig {
  PresumedRig() { AddInstance(store); }

  Result<Selection> Presume(const std::string& named = "") {
    std::optional<EnrollmentGroupId> group;
    if (!named.empty()) group = *EnrollmentGroupId::Parse(named);
    return PresumeEnrollment(**store.Read(), TestScope(), record, group);
  }
  std::string GroupFor(const std::string& named = "") {
    const auto selection = Presume(named);
    REQUIRE(selection);
    CHECK_FALSE(selection->individual);
    CHECK(selection->acceptance.group == selection->group->enrollment_group_id);
    return selection->group->enrollment_group_id.text();
  }
  std::string Refusal(const std::string& named = "") {
    const auto selection = Presume(named);
    REQUIRE_FALSE(selection);
    CHECK(selection.error().code == Errc::kNotFound);
    return selection.error().message;
  }

  MemoryStore store;
  RegistrationRecord record{.registration_id = Rid("dev-1")};
};

}  // namespace

TEST_CASE("presumed_enrollment: an individual one decides before any group") {
  PresumedRig rig;
  Save(rig.store, GroupOf("line-1"));
  Save(rig.store, EnrollmentOf("DEV-1"));
  for (const char* named : {"", "line-1", "line-9"}) {
    const auto selection = rig.Presume(named);
    REQUIRE(selection);
    CHECK(selection->individual->registration_id == Rid("dev-1"));
    CHECK(selection->group == nullptr);
    CHECK_FALSE(selection->acceptance.group);
  }
}

TEST_CASE("presumed_enrollment: a named group, the last one, the only one") {
  PresumedRig rig;
  Save(rig.store, GroupOf("line-1"));
  CHECK(rig.GroupFor() == "line-1");
  Save(rig.store, GroupOf("line-2"));
  rig.record.enrollment_group_id = *EnrollmentGroupId::Parse("line-2");
  CHECK(rig.GroupFor() == "line-2");
  CHECK(rig.GroupFor("line-1") == "line-1");
}

TEST_CASE("presumed_enrollment: a group that is gone leaves the only one") {
  PresumedRig rig;
  Save(rig.store, GroupOf("line-1"));
  rig.record.enrollment_group_id = *EnrollmentGroupId::Parse("gone");
  CHECK(rig.GroupFor() == "line-1");
  CHECK(rig.Refusal("gone") == "there is no enrollment group gone");
}

TEST_CASE("presumed_enrollment: none and too many are told apart") {
  PresumedRig rig;
  CHECK(rig.Refusal() ==
        "dev-1 has no individual enrollment, and there is no enrollment "
        "group");
  Save(rig.store, GroupOf("line-1"));
  Save(rig.store, GroupOf("line-2"));
  CHECK(rig.Refusal() ==
        "dev-1 has no individual enrollment, and there are several enrollment "
        "groups: name the one it would register by");
}

}  // namespace dps

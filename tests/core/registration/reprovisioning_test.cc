// SPDX-License-Identifier: Apache-2.0
#include "core/registration/reprovisioning.h"

#include <doctest/doctest.h>

namespace dps {
namespace {

EnrollmentTerms With(bool update_hub, bool migrate) {
  return {.reprovision_policy =
              ReprovisionPolicy{.update_hub_assignment = update_hub,
                                .migrate_device_data = migrate}};
}

HubTable LinkedHubs() {
  return HubTable({{.name = *HubName::Parse("hub-1.example.com")}});
}

}  // namespace

TEST_CASE("reprovisioning: the policy's two members make three policies") {
  CHECK(ReprovisioningOf(With(true, true), "") == Reprovisioning::kMigrate);
  CHECK(ReprovisioningOf(With(true, false), "") == Reprovisioning::kReset);
  CHECK(ReprovisioningOf(With(false, false), "") == Reprovisioning::kNever);
  CHECK(ReprovisioningOf(With(false, true), "") == Reprovisioning::kNever);
  // Whatever the device speaks.
  CHECK(ReprovisioningOf(With(true, false), "2017-11-15") ==
        Reprovisioning::kReset);
}

TEST_CASE("reprovisioning: without a policy, devices of old stay") {
  using enum Reprovisioning;
  for (const auto& [api_version, policy] : {std::pair{"2017-11-15", kNever},
                                            {"2018-04-01", kNever},
                                            {"2018-09-01-preview", kMigrate},
                                            {"2018-11-01", kMigrate},
                                            {"2019-03-31", kMigrate},
                                            {"2021-06-01", kMigrate},
                                            {"", kMigrate}}) {
    CHECK(ReprovisioningOf({}, api_version) == policy);
  }
}

TEST_CASE("reprovisioning: only never holds a device, in a hub still linked") {
  const HubTable linked = LinkedHubs();
  const std::string hub = "hub-1.example.com";
  CHECK(HeldHub(linked, Reprovisioning::kNever, hub) == *HubName::Parse(hub));
  CHECK(HeldHub(linked, Reprovisioning::kNever, "") == std::nullopt);
  CHECK(HeldHub(linked, Reprovisioning::kReset, hub) == std::nullopt);
  CHECK(HeldHub(linked, Reprovisioning::kMigrate, "gone.example.com") ==
        std::nullopt);
  CHECK(HeldHub(linked, Reprovisioning::kNever, "gone.example.com")
            .error()
            .code == Errc::kNoHub);
}

TEST_CASE("reprovisioning: what a registration does to the device's state") {
  using Data = DeviceDataChange;
  using Substatus = RegistrationSubstatus;
  using enum Reprovisioning;
  for (const Reprovisioning policy : {kMigrate, kReset, kNever}) {
    CHECK(MoveBetween("", "a", policy) ==
          Move{Data::kStart, Substatus::kInitialAssignment});
  }
  CHECK(MoveBetween("a", "a", kMigrate) ==
        Move{Data::kKeep, Substatus::kReprovisionedToInitialAssignment});
  CHECK(MoveBetween("a", "b", kMigrate) ==
        Move{Data::kMigrate, Substatus::kDeviceDataMigrated});
  CHECK(MoveBetween("a", "a", kReset) ==
        Move{Data::kReset, Substatus::kDeviceDataReset});
  CHECK(MoveBetween("a", "b", kReset) ==
        Move{Data::kReset, Substatus::kDeviceDataReset});
  CHECK(MoveBetween("a", "a", kNever) ==
        Move{Data::kKeep, Substatus::kInitialAssignment});
}

}  // namespace dps

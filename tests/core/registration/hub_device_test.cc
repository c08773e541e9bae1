// SPDX-License-Identifier: Apache-2.0
#include "core/registration/hub_device.h"

#include <doctest/doctest.h>

#include <string>
#include <variant>

#include "core/store/memory_store.h"
#include "tests/support/fleet.h"

namespace dps {
namespace {

HubTask DeviceTaskOf(const std::string& id) {
  return {.kind = HubTaskKind::kProvision,
          .hub = *HubName::Parse(kHub1),
          .device_id = id,
          .registration_id = Rid(id),
          .record = RegistrationRecord{.registration_id = Rid(id),
                                       .operation_id = "op-1"},
          .etag_text = "etag-t"};
}

HubTask GroupTaskOf(const std::string& id) {
  HubTask task = DeviceTaskOf(id);
  task.record->enrollment_group_id = *EnrollmentGroupId::Parse("fleet");
  return task;
}

struct HubDeviceRig {
  HubDeviceRig() {
    AddInstance(store);
    Save(store, GroupOf("fleet"));
    Save(store, EnrollmentOf("dev-1"));
  }

  Result<HubDevice> Device(const HubTask& task) {
    return DeviceOf(**store.Read(), TestScope(), task);
  }
  DeviceState Initial(const HubTask& task) {
    return *InitialStateOf(**store.Read(), TestScope(), task);
  }
  DeviceKeys Keys(const HubTask& task) {
    return std::get<DeviceKeys>(Device(task)->credential);
  }

  MemoryStore store;
};

}  // namespace

TEST_CASE(
    "hub_device: the hub gets the keys of the enrollment, or of the group "
    "derived") {
  HubDeviceRig rig;
  const DeviceKeys own = rig.Keys(DeviceTaskOf("dev-1"));
  CHECK(own.primary == TestKey('p'));
  CHECK(own.secondary == TestKey('s'));
  CHECK(own.used() == TestKey('p'));
  HubTask task = GroupTaskOf("Dev-2");
  CHECK(rig.Keys(task).primary == DeriveDeviceKey(TestKey('p'), "Dev-2"));
  CHECK(rig.Keys(task).secondary == DeriveDeviceKey(TestKey('s'), "Dev-2"));
  // The very key it proved itself with.
  task.key_use = {.secondary = true, .over_lower_case = true};
  CHECK(rig.Keys(task).used() == DeriveDeviceKey(TestKey('s'), "dev-2"));
}

TEST_CASE(
    "hub_device: the hub knows the certificate that the device showed last") {
  HubDeviceRig rig;
  HubTask task = GroupTaskOf("dev-2");
  task.record->x509 = X509Evidence{.certificate = {.sha256_thumbprint = "AB"}};
  CHECK(std::get<DeviceCertificate>(rig.Device(task)->credential) ==
        DeviceCertificate{.common_name = "dev-2", .sha256_thumbprint = "AB"});
}

TEST_CASE("hub_device: capabilities are copied") {
  HubDeviceRig rig;
  IndividualEnrollment enrollment = EnrollmentOf("dev-1");
  enrollment.terms.capabilities_json = R"({"iotEdge":true})";
  Save(rig.store, enrollment);
  CHECK(rig.Device(DeviceTaskOf("dev-1"))->capabilities_json ==
        R"({"iotEdge":true})");
}

TEST_CASE("hub_device: a device starts with the webhook's twin, or its own") {
  HubDeviceRig rig;
  IndividualEnrollment enrollment = EnrollmentOf("dev-1");
  enrollment.terms.initial_twin_json =
      R"({"tags":{"a":1},"properties":{"desired":{}}})";
  Save(rig.store, enrollment);
  HubTask task = DeviceTaskOf("dev-1");
  CHECK(rig.Initial(task) == DeviceState{.tags = R"({"a":1})"});
  task.record->initial_twin_json = R"({"properties":{"desired":{"b":2}}})";
  CHECK(rig.Initial(task) == DeviceState{.desired = R"({"b":2})"});
  CHECK(rig.Initial(GroupTaskOf("dev-2")) == DeviceState());
}

TEST_CASE("hub_device: no device without an enrollment that is enabled") {
  HubDeviceRig rig;
  CHECK(rig.Device(DeviceTaskOf("dev-9")).error().code == Errc::kForbidden);
  IndividualEnrollment enrollment = EnrollmentOf("dev-1");
  enrollment.terms.provisioning_status = ProvisioningStatus::kDisabled;
  Save(rig.store, enrollment);
  CHECK(rig.Device(DeviceTaskOf("dev-1")).error().message ==
        "the enrollment was disabled while the device was being assigned");
}

}  // namespace dps

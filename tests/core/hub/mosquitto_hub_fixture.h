// SPDX-License-Identifier: Apache-2.0
// What the tests of the connector to a Mosquitto hub share.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>

#include "core/hub/mosquitto_hub.h"
#include "tests/support/mosquitto_hub_rig.h"

namespace dps {

inline std::unique_ptr<MosquittoHubRig> StartHub(
    MosquittoHubRigOptions options = {}) {
  auto rig = MosquittoHubRig::Start(std::move(options));
  REQUIRE_MESSAGE(rig.has_value(), rig.error().message);
  return *std::move(rig);
}

inline std::unique_ptr<HubConnector> ConnectorOf(MosquittoHubOptions options) {
  auto hub = MosquittoHub::Create(std::move(options));
  REQUIRE_MESSAGE(hub.has_value(), hub.error().message);
  return *std::move(hub);
}

inline void CheckDone(const Status& status) {
  CHECK_MESSAGE(status.has_value(), status.error().message);
}

// That it failed so, with a message that says this.
inline void CheckFailed(const Status& status, Errc code,
                        const std::string& words = "") {
  REQUIRE_FALSE(status.has_value());
  CHECK_MESSAGE(status.error().code == code, status.error().message);
  CHECK_MESSAGE(status.error().message.find(words) != std::string::npos,
                status.error().message);
}

inline HubDevice WithKey(const std::string& id,
                         const std::string& key = "key-1") {
  return {.device_id = id,
          .credential = DeviceKeys{.primary = SecretBytes(key),
                                   .secondary = SecretBytes("key-2")}};
}

inline HubDevice WithCertificate(const std::string& id,
                                 const std::string& common_name) {
  return {.device_id = id,
          .credential = DeviceCertificate{.common_name = common_name,
                                          .sha256_thumbprint = "AB"}};
}

inline std::string PasswordOf(const std::string& key) {
  return Base64Encode(key);
}

inline std::string TwinTopic(const std::string& id, const std::string& part) {
  return "devices/" + id + "/twin/" + part;
}

}  // namespace dps

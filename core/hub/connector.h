// SPDX-License-Identifier: Apache-2.0
// The port to a linked hub: what the service does there for a device.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>

#include "core/base/crypto.h"
#include "core/base/result.h"

namespace dps {

// Symmetric keys a device proves itself with, raw bytes.
struct DeviceKeys {
  SecretBytes primary;
  SecretBytes secondary;
  // The one it used when it registered, for hubs that know one only.
  bool used_secondary = false;

  const SecretBytes& used() const {
    return used_secondary ? secondary : primary;
  }

  friend bool operator==(const DeviceKeys&, const DeviceKeys&) = default;
};

// The certificate a device showed when it registered.
struct DeviceCertificate {
  std::string common_name;        // as it registers
  std::string sha256_thumbprint;  // upper-case hex

  friend bool operator==(const DeviceCertificate&,
                         const DeviceCertificate&) = default;
};

// A device as its hub has to know it (service-api section 6).
struct HubDevice {
  std::string device_id;
  std::variant<DeviceKeys, DeviceCertificate> credential;
  std::string capabilities_json;  // compact JSON object, empty = none

  friend bool operator==(const HubDevice&, const HubDevice&) = default;
};

// What a hub keeps for a device, its twin: compact JSON objects, empty = none.
// A hub that does not care for JSON may hand out other texts, and take them
// back.
struct DeviceState {
  std::string tags;
  std::string desired;
  std::string reported;

  friend bool operator==(const DeviceState&, const DeviceState&) = default;
};

// One linked hub. Thread-safe; every call waits for the network, at most for
// the time its connector was given, so never on the broker's thread. All may
// be repeated: a call whose answer was lost has done no harm.
// Errors of all calls: kUnavailable (the hub does not answer, or answers that
// it cannot now: try later), kThrottled (it wants to be left alone, see
// pause()), kForbidden (it does not accept our credentials, or their rights do
// not suffice), kInvalidArgument (it will not have this device, or our settings
// are wrong), kInternal (its answer makes no sense). Messages never hold keys.
class HubConnector {
 public:
  virtual ~HubConnector() = default;

  // Afterwards the hub knows the device by this credential and by no other,
  // whether or not it knew it before. State it has stays.
  [[nodiscard]] virtual Status EnsureDevice(const HubDevice& device) = 0;

  // nullopt: the hub knows no such device.
  [[nodiscard]] virtual Result<std::optional<DeviceState>> ReadState(
      const std::string& device_id) = 0;

  // Replaces all the state there is, as far as the hub lets us: see
  // docs/hubs.md. REQUIRES: EnsureDevice() succeeded.
  [[nodiscard]] virtual Status WriteState(const std::string& device_id,
                                          const DeviceState& state) = 0;

  // Afterwards the hub knows no such device, and keeps nothing of it.
  [[nodiscard]] virtual Status RemoveDevice(const std::string& device_id) = 0;

  // Afterwards the hub takes nothing more from the device, which it knows
  // still, with its state; EnsureDevice() undoes it. A device it does not know
  // is no error. Kinds of hubs that have no way to do nothing, and succeed.
  [[nodiscard]] virtual Status SuspendDevice(const std::string& device_id) {
    static_cast<void>(device_id);
    return {};
  }

  // Whether the hub answers and our credentials suffice.
  [[nodiscard]] virtual Status CheckHealth() = 0;

  // Asks a device that is connected to its hub to register anew. Errors:
  // also kMethodNotAllowed (this kind of hub has no way to).
  [[nodiscard]] virtual Status Notify(const std::string& device_id) = 0;

  // Where it is: two linked hubs with one address are one hub. Empty = nobody
  // knows.
  virtual std::string address() const { return ""; }

  // For how long the hub asked to be left alone; zero if it did not.
  virtual std::chrono::milliseconds pause() const {
    return std::chrono::milliseconds::zero();
  }
};

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
// The devices of the benchmark: enrolled in one symmetric-key group, or
// talking to themselves.
#pragma once

#include <string>
#include <vector>

#include "core/base/crypto.h"
#include "core/base/result.h"
#include "core/model/ids.h"
#include "tests/bench/device.h"

namespace dps::bench {

// An instance with four linked hubs and one enrollment group, in a new store.
class Fleet {
 public:
  // Errors: as LmdbStore::Open() and Commit().
  [[nodiscard]] static Result<Fleet> Enroll(const std::string& store_directory);

  // Devices with ids never used before, each with its key's token.
  std::vector<DeviceScript> NewDevices(int count);
  // The same packets of the same size, for a broker without the plugin.
  std::vector<DeviceScript> EchoDevices(int count);

 private:
  Fleet(IdScope id_scope, SecretBytes group_key)
      : id_scope_(std::move(id_scope)), group_key_(std::move(group_key)) {}
  DeviceScript NewDevice() const;

  IdScope id_scope_;
  SecretBytes group_key_;
  int last_device_ = 0;
};

}  // namespace dps::bench

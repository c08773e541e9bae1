// SPDX-License-Identifier: Apache-2.0
// The devices of the benchmark: with a key or a certificate of one enrollment
// group, or talking to themselves.
#pragma once

#include <string>
#include <vector>

#include "core/base/crypto.h"
#include "core/base/result.h"
#include "core/http/connection_string.h"
#include "core/model/ids.h"
#include "tests/bench/device.h"
#include "tests/support/certificate_forge.h"

namespace dps::bench {

// What the devices prove themselves with.
enum class Means { kToken, kCertificate };

// An instance with four linked hubs and two enrollment groups, one with keys
// and one with a root CA, in a new store; and devices that know their secrets.
class Fleet {
 public:
  // Errors: as LmdbStore::Open() and Commit().
  [[nodiscard]] static Result<Fleet> Enroll(const std::string& store_directory,
                                            Means means);

  // Devices with ids never used before, each with its own token or certificate.
  std::vector<DeviceScript> NewDevices(int count);
  // The same packets of the same size, for a broker without the plugin.
  std::vector<DeviceScript> EchoDevices(int count);

  // Of the CA that issued the devices' issuer.
  const Certificate& root() const { return root_.certificate; }
  const IdScope& id_scope() const { return id_scope_; }

 private:
  Fleet(IdScope id_scope, Means means);
  DeviceScript NewDevice() const;

  IdScope id_scope_;
  Means means_;
  SecretBytes group_key_;
  Forged root_;
  Forged issuer_;
  int last_device_ = 0;
};

// Adds that many individual enrollments with a certificate each, and groups
// with a CA each, which belong to nobody here. Errors: as Commit().
[[nodiscard]] Status EnrollStrangers(const std::string& store_directory,
                                     const IdScope& scope, int individuals,
                                     int groups);

// Adds an access policy that may read enrollments; the login by it, for the
// host `localhost`. Errors: as Commit().
[[nodiscard]] Result<ConnectionString> AddOperator(
    const std::string& store_directory, const IdScope& scope);

}  // namespace dps::bench

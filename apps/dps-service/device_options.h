// SPDX-License-Identifier: Apache-2.0
// What an operator says of the device endpoint when he starts dps-service: the
// plugin's options of the same names, where they have a meaning here.
#pragma once

#include <CLI/CLI.hpp>

#include "apps/dps-service/device_face.h"
#include "apps/dps-service/registrar.h"
#include "core/protocol/connect.h"

namespace dps {

struct DeviceOptions {
  RegistrarOptions registrar;
  ApiVersionRule api_versions = ApiVersionRule::kAny;
  bool let_in = true;  // else there is no device endpoint, and no work at hubs
};

void AddDeviceOptions(CLI::App& app, DeviceOptions& options);

// What they mean to the face.
DeviceFaceOptions FaceOptionsOf(const DeviceOptions& options);

}  // namespace dps

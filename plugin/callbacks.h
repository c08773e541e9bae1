// SPDX-License-Identifier: Apache-2.0
// The broker's events as C callbacks: translate, call, translate back. No
// exception leaves a callback.
#pragma once

#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>

#include "core/base/result.h"
#include "plugin/plugin.h"

namespace dps {

// Registers every callback of the plugin with `plugin` as its user data; on
// failure none stays registered. Errors: kInternal, naming the event.
[[nodiscard]] Status RegisterCallbacks(mosquitto_plugin_id_t* identifier,
                                       Plugin* plugin);
void UnregisterCallbacks(mosquitto_plugin_id_t* identifier);

}  // namespace dps

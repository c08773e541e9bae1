// SPDX-License-Identifier: Apache-2.0
#include "plugin/callbacks.h"

#include <mqtt_protocol.h>

#include <array>
#include <exception>
#include <span>
#include <string>

#include "core/base/handle.h"
#include "core/service_api/control_message.h"

// New in 2.1, absent (null) before: tells the two apart at run time.
extern "C" __attribute__((weak, visibility("default"))) int
mosquitto_plugin_set_info(mosquitto_plugin_id_t*, const char*, const char*);

namespace dps {
namespace {

std::string_view View(const char* text) {
  return text == nullptr ? std::string_view() : std::string_view(text);
}

std::string_view View(const void* bytes, std::size_t size) {
  return bytes == nullptr
             ? std::string_view()
             : std::string_view(static_cast<const char*>(bytes), size);
}

Client ClientOf(const struct mosquitto* client) {
  constexpr int kMqtt5 = 5;
  return {.handle = client,
          .id = View(mosquitto_client_id(client)),
          .username = View(mosquitto_client_username(client)),
          .address = View(mosquitto_client_address(client)),
          .web_socket = mosquitto_client_protocol(client) == mp_websockets,
          .mqtt5 = mosquitto_client_protocol_version(client) == kMqtt5,
          .clean_start = mosquitto_client_clean_session(client),
          .voucher = TlsHook::VoucherOf(mosquitto_client_certificate(client))};
}

int ReturnCode(Verdict verdict, int denied) {
  switch (verdict) {
    case Verdict::kAllow:
      return MOSQ_ERR_SUCCESS;
    case Verdict::kDeny:
      return denied;
    case Verdict::kDefer:
      return MOSQ_ERR_PLUGIN_DEFER;
    case Verdict::kTryLater:
      return MOSQ_ERR_UNKNOWN;  // 2.0: closes without a CONNACK
  }
  return denied;
}

// Runs `work` on the plugin and the event; whatever is thrown is logged and
// answered with `on_exception`.
template <class Event, class Work>
int Guarded(void* event_data, void* userdata, int on_exception,
            Work work) noexcept {
  auto& plugin = *static_cast<Plugin*>(userdata);
  try {
    return work(plugin, *static_cast<Event*>(event_data));
  } catch (const std::exception& exception) {
    plugin.LogException(exception.what());
  } catch (...) {
    plugin.LogException("unknown exception");
  }
  return on_exception;
}

int OnBasicAuth(int, void* event_data, void* userdata) {
  return Guarded<mosquitto_evt_basic_auth>(
      event_data, userdata, MOSQ_ERR_AUTH,
      [](Plugin& plugin, mosquitto_evt_basic_auth& event) {
        Client client = ClientOf(event.client);
        client.username = View(event.username);
        const Peer peer = plugin.tls_hook().PeerOf(
            mosquitto_client_certificate(event.client));
        if (peer.chain) client.chain = &*peer.chain;
        std::optional<std::string_view> password;
        if (event.password != nullptr) password = event.password;
        return ReturnCode(plugin.endpoint().OnConnect(client, password),
                          MOSQ_ERR_AUTH);
      });
}

int OnAclCheck(int, void* event_data, void* userdata) {
  return Guarded<mosquitto_evt_acl_check>(
      event_data, userdata, MOSQ_ERR_ACL_DENIED,
      [](Plugin& plugin, mosquitto_evt_acl_check& event) -> int {
        Access access = Access::kRead;
        if (event.access == MOSQ_ACL_WRITE) access = Access::kWrite;
        if (event.access == MOSQ_ACL_SUBSCRIBE) access = Access::kSubscribe;
        if (event.access == MOSQ_ACL_UNSUBSCRIBE) {
          access = Access::kUnsubscribe;
        }
        return ReturnCode(
            plugin.endpoint().OnAccess(ClientOf(event.client), access,
                                       View(event.topic), event.qos),
            MOSQ_ERR_ACL_DENIED);
      });
}

int OnMessage(int, void* event_data, void* userdata) {
  return Guarded<mosquitto_evt_message>(
      event_data, userdata, MOSQ_ERR_ACL_DENIED,
      [](Plugin& plugin, mosquitto_evt_message& event) -> int {
        const Client client = ClientOf(event.client);
        const bool ours = plugin.endpoint().OnMessage(
            client, View(event.topic), View(event.payload, event.payloadlen));
        if (!ours) return MOSQ_ERR_SUCCESS;
        event.retain = false;
        // Swallows the PUBLISH. MQTT 5 would show the device a PUBACK "not
        // authorized"; there it is routed instead, to nobody: no client may
        // subscribe to requests.
        return client.mqtt5 && plugin.endpoint().IsDevice(client.handle)
                   ? MOSQ_ERR_SUCCESS
                   : MOSQ_ERR_ACL_DENIED;
      });
}

std::string CorrelationIn(const mosquitto_property* properties) {
  void* data = nullptr;
  std::uint16_t size = 0;
  const bool found =
      mosquitto_property_read_binary(properties, MQTT_PROP_CORRELATION_DATA,
                                     &data, &size, false) != nullptr;
  const Handle<void, mosquitto_free> owner(data);
  return std::string(found ? View(data, size) : std::string_view());
}

int OnControl(int, void* event_data, void* userdata) {
  // Anything else ends the client's connection.
  return Guarded<mosquitto_evt_control>(
      event_data, userdata, MOSQ_ERR_SUCCESS,
      [](Plugin& plugin, mosquitto_evt_control& event) -> int {
        const std::string correlation = CorrelationIn(event.properties);
        plugin.control()->OnControl(
            ClientOf(event.client),
            {.payload = View(event.payload, event.payloadlen),
             .correlation = correlation});
        return MOSQ_ERR_SUCCESS;
      });
}

int OnDisconnect(int, void* event_data, void* userdata) {
  return Guarded<mosquitto_evt_disconnect>(
      event_data, userdata, MOSQ_ERR_SUCCESS,
      [](Plugin& plugin, mosquitto_evt_disconnect& event) -> int {
        // A delayed will is checked when the certificate is gone.
        const bool nameless =
            TlsHook::VoucherOf(mosquitto_client_certificate(event.client)) ==
            Voucher::kDps;
        if (nameless &&
            mosquitto_set_username(event.client, kNamelessUsername.data()) !=
                MOSQ_ERR_SUCCESS) {
          plugin.LogException("a client keeps its certificate's name");
        }
        plugin.OnDisconnect(event.client);
        return MOSQ_ERR_SUCCESS;
      });
}

int OnTick(int, void* event_data, void* userdata) {
  return Guarded<mosquitto_evt_tick>(
      event_data, userdata, MOSQ_ERR_SUCCESS,
      [](Plugin& plugin, mosquitto_evt_tick&) -> int {
        plugin.OnTick();
        return MOSQ_ERR_SUCCESS;
      });
}

int OnReload(int, void* event_data, void* userdata) {
  // 2.0 asks the next plugin only after a DEFER; 2.1 takes anything but
  // success for a reason to shut down.
  const int done = mosquitto_plugin_set_info == nullptr ? MOSQ_ERR_PLUGIN_DEFER
                                                        : MOSQ_ERR_SUCCESS;
  return Guarded<mosquitto_evt_reload>(
      event_data, userdata, done,
      [done](Plugin& plugin, mosquitto_evt_reload&) -> int {
        plugin.OnReload();
        return done;
      });
}

struct Callback {
  int event;
  MOSQ_FUNC_generic_callback function;
  const char* name;
  const char* topic = nullptr;  // of CONTROL
};

constexpr auto kCallbacks = std::to_array<Callback>({
    {MOSQ_EVT_BASIC_AUTH, OnBasicAuth, "BASIC_AUTH"},
    {MOSQ_EVT_ACL_CHECK, OnAclCheck, "ACL_CHECK"},
    {MOSQ_EVT_MESSAGE, OnMessage, "MESSAGE"},
    {MOSQ_EVT_DISCONNECT, OnDisconnect, "DISCONNECT"},
    {MOSQ_EVT_TICK, OnTick, "TICK"},
    {MOSQ_EVT_RELOAD, OnReload, "RELOAD"},
    {MOSQ_EVT_CONTROL, OnControl, "CONTROL", kControlTopic.data()},
});

void Unregister(mosquitto_plugin_id_t* identifier,
                std::span<const Callback> callbacks) {
  for (const Callback& callback : callbacks) {
    mosquitto_callback_unregister(identifier, callback.event, callback.function,
                                  callback.topic);
  }
}

}  // namespace

Status RegisterCallbacks(mosquitto_plugin_id_t* identifier, Plugin* plugin) {
  for (std::size_t i = 0; i < std::size(kCallbacks); ++i) {
    const Callback& callback = kCallbacks[i];
    const bool is_off =
        callback.event == MOSQ_EVT_CONTROL && plugin->control() == nullptr;
    if (is_off) continue;
    const int code = mosquitto_callback_register(
        identifier, callback.event, callback.function, callback.topic, plugin);
    if (code == MOSQ_ERR_SUCCESS) continue;
    Unregister(identifier, std::span(kCallbacks).first(i));
    return Fail(Errc::kInternal, std::string("the broker refused the ") +
                                     callback.name + " callback, code " +
                                     std::to_string(code));
  }
  return {};
}

void UnregisterCallbacks(mosquitto_plugin_id_t* identifier) {
  Unregister(identifier, kCallbacks);
}

}  // namespace dps

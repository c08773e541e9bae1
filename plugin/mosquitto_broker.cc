// SPDX-License-Identifier: Apache-2.0
#include "plugin/mosquitto_broker.h"

// clang-format off
#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mqtt_protocol.h>
// clang-format on

#include "core/base/limits.h"

namespace dps {
namespace {

int MosquittoLevel(LogLevel level) {
  switch (level) {
    case LogLevel::kInfo:
      return MOSQ_LOG_INFO;
    case LogLevel::kNotice:
      return MOSQ_LOG_NOTICE;
    case LogLevel::kWarning:
      return MOSQ_LOG_WARNING;
    case LogLevel::kError:
      return MOSQ_LOG_ERR;
  }
  return MOSQ_LOG_ERR;
}

void Print(LogLevel level, std::string_view line) {
  // The broker cuts lines at about 1,000 bytes by itself.
  mosquitto_log_printf(MosquittoLevel(level), "dps: %.*s",
                       static_cast<int>(line.size()), line.data());
}

// The broker takes the properties, if it takes the message.
bool PublishTo(const std::string& client_id, const std::string& topic,
               const std::string& payload, int qos,
               mosquitto_property* properties) {
  const int code = mosquitto_broker_publish_copy(
      client_id.c_str(), topic.c_str(), static_cast<int>(payload.size()),
      payload.data(), qos, /*retain=*/false, properties);
  if (code == MOSQ_ERR_SUCCESS) return true;
  Print(LogLevel::kError,
        "the broker refused a reply, code " + std::to_string(code));
  return false;
}

}  // namespace

void MosquittoBroker::Publish(const std::string& client_id,
                              const std::string& topic,
                              const std::string& payload, int qos) {
  PublishTo(client_id, topic, payload, qos, nullptr);
}

void MosquittoBroker::Answer(const std::string& client_id,
                             const std::string& topic,
                             const std::string& payload,
                             const std::string& correlation) {
  mosquitto_property* properties = nullptr;
  if (!correlation.empty()) {
    mosquitto_property_add_binary(&properties, MQTT_PROP_CORRELATION_DATA,
                                  correlation.data(),
                                  static_cast<uint16_t>(correlation.size()));
  }
  if (!PublishTo(client_id, topic, payload, 0, properties)) {
    mosquitto_property_free_all(&properties);
  }
}

void MosquittoBroker::Disconnect(const std::string& client_id) {
  mosquitto_kick_client_by_clientid(client_id.c_str(), /*with_will=*/false);
}

MosquittoLog::MosquittoLog()
    : broker_thread_(std::this_thread::get_id()),
      waiting_(limits::kQueuedLogLinesMax) {}

void MosquittoLog::Write(LogLevel level, std::string_view line) {
  if (std::this_thread::get_id() == broker_thread_) {
    Print(level, line);
    return;
  }
  // A full queue already tells the story.
  static_cast<void>(waiting_.TryPut(Line(level, line)));
}

void MosquittoLog::Flush() {
  for (const auto& [level, line] :
       waiting_.TryTake(limits::kQueuedLogLinesMax)) {
    Print(level, line);
  }
}

}  // namespace dps

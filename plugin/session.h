// SPDX-License-Identifier: Apache-2.0
// The devices connected right now: which identity each connection proved.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/registration/service.h"

namespace dps {

struct Session {
  Identity identity;
  std::string client_id;
  const void* handle;  // see Client
  bool mqtt5 = false;
  bool clean_start = true;
  // Of replies; absent = not subscribed to the response filter.
  std::optional<int> reply_qos;
  std::string reply_filter;  // as subscribed last
};

// Names the device a session acts for: scope and registration id.
std::string DeviceKey(const Proof& proof);

// Broker thread only. Pointers to sessions are valid until the next Remove.
class SessionTable {
 public:
  // A second session of the same client id takes the first one's place for
  // FindByClientId; each stays known by its handle until removed.
  Session& Add(Session session);

  Session* Find(const void* handle);
  Session* FindByClientId(const std::string& client_id);
  // Whether the client id is still this session's, and not that of a newcomer
  // who took it over.
  bool IsCurrent(const Session& session) const;
  // Sessions of the device that are subscribed to the response filter.
  std::vector<const Session*> Subscribed(const std::string& device_key);

  // The removed session, if there was one.
  std::optional<Session> Remove(const void* handle);

  std::size_t size() const { return sessions_.size(); }

 private:
  std::unordered_map<const void*, Session> sessions_;
  std::unordered_map<std::string, const void*> by_client_id_;
  std::unordered_multimap<std::string, const void*> by_device_;
};

}  // namespace dps

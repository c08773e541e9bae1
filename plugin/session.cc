// SPDX-License-Identifier: Apache-2.0
#include "plugin/session.h"

#include <algorithm>

namespace dps {

std::string DeviceKey(const Proof& proof) {
  return proof.id_scope.text() + '/' + proof.registration_id.key();
}

Session& SessionTable::Add(Session session) {
  const void* handle = session.handle;
  Remove(handle);
  by_client_id_[session.client_id] = handle;
  by_device_.emplace(DeviceKey(session.identity.proof), handle);
  return sessions_.emplace(handle, std::move(session)).first->second;
}

Session* SessionTable::Find(const void* handle) {
  const auto found = sessions_.find(handle);
  return found == sessions_.end() ? nullptr : &found->second;
}

Session* SessionTable::FindByClientId(const std::string& client_id) {
  const auto found = by_client_id_.find(client_id);
  return found == by_client_id_.end() ? nullptr : Find(found->second);
}

bool SessionTable::IsCurrent(const Session& session) const {
  const auto found = by_client_id_.find(session.client_id);
  return found != by_client_id_.end() && found->second == session.handle;
}

std::vector<const Session*> SessionTable::Subscribed(
    const std::string& device_key) {
  std::vector<const Session*> subscribed;
  const auto [first, last] = by_device_.equal_range(device_key);
  for (auto entry = first; entry != last; ++entry) {
    Session* session = Find(entry->second);
    if (session != nullptr && session->reply_qos) subscribed.push_back(session);
  }
  return subscribed;
}

std::optional<Session> SessionTable::Remove(const void* handle) {
  const auto found = sessions_.find(handle);
  if (found == sessions_.end()) return std::nullopt;
  Session session = std::move(found->second);
  sessions_.erase(found);
  // A newcomer of the same client id keeps its entry.
  const auto claim = by_client_id_.find(session.client_id);
  if (claim != by_client_id_.end() && claim->second == handle) {
    by_client_id_.erase(claim);
  }
  const auto [first, last] =
      by_device_.equal_range(DeviceKey(session.identity.proof));
  const auto entry = std::find_if(
      first, last, [&](const auto& each) { return each.second == handle; });
  if (entry != last) by_device_.erase(entry);
  return session;
}

}  // namespace dps

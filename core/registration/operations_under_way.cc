// SPDX-License-Identifier: Apache-2.0
#include "core/registration/operations_under_way.h"

#include <utility>

#include "core/base/limits.h"

namespace dps {
namespace {

std::string KeyOf(const IdScope& scope, const RegistrationId& id) {
  return scope.text() + '/' + id.key();  // neither holds a slash
}

}  // namespace

Status OperationsUnderWay::CheckRoom(const IdScope& scope,
                                     const OperationUnderWay& operation) const {
  if (operations_.size() >= max_ ||
      payload_bytes_ + operation.payload_bytes > limits::kPendingBytesMax) {
    return Fail(Errc::kThrottled, "too many registrations are under way");
  }
  if (!operation.asks_webhook) return {};
  const auto asking = asking_.find(scope);
  if (asking == asking_.end() ||
      asking->second < limits::kWebhookCallsWaitingMax) {
    return {};
  }
  return Fail(Errc::kThrottled, "too many registrations wait for webhooks");
}

void OperationsUnderWay::Add(const IdScope& scope, const RegistrationId& id,
                             OperationUnderWay operation) {
  payload_bytes_ += operation.payload_bytes;
  if (operation.asks_webhook) ++asking_[scope];
  operations_.insert_or_assign(KeyOf(scope, id), std::move(operation));
}

void OperationsUnderWay::Remove(const IdScope& scope,
                                const RegistrationId& id) {
  const auto found = operations_.find(KeyOf(scope, id));
  if (found == operations_.end()) return;
  payload_bytes_ -= found->second.payload_bytes;
  if (found->second.asks_webhook && --asking_[scope] == 0) {
    asking_.erase(scope);
  }
  operations_.erase(found);
}

const OperationUnderWay* OperationsUnderWay::Find(
    const IdScope& scope, const RegistrationId& id) const {
  const auto found = operations_.find(KeyOf(scope, id));
  return found == operations_.end() ? nullptr : &found->second;
}

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
#include "core/registration/operations_under_way.h"

#include <utility>

#include "core/base/limits.h"

namespace dps {
namespace {

std::string KeyOf(const IdScope& scope, const RegistrationId& id) {
  return scope.text() + '/' + id.key();  // neither holds a slash
}

constexpr std::size_t kAskingBytesMax = limits::kPendingBytesMax / 4;

Status Full() {
  return Fail(Errc::kThrottled, "too many registrations are under way");
}

}  // namespace

Status OperationsUnderWay::CheckRoom(const IdScope& scope,
                                     const OperationUnderWay& operation) const {
  if (operations_.size() >= max_) return Full();
  const std::size_t bytes = operation.payload_bytes;
  if (!operation.waits_for_others) {
    return payload_bytes_ + bytes > limits::kPendingBytesMax ? Full()
                                                             : Status();
  }
  const auto asking = waiting_.find(scope);
  const Room taken = asking == waiting_.end() ? Room() : asking->second;
  if (taken.operations < limits::kWebhookCallsWaitingMax &&
      taken.payload_bytes + bytes <= kAskingBytesMax) {
    return {};
  }
  return Fail(Errc::kThrottled,
              "too many registrations wait for webhooks or hubs");
}

void OperationsUnderWay::Add(const IdScope& scope, const RegistrationId& id,
                             OperationUnderWay operation) {
  if (operation.waits_for_others) {
    Room& taken = waiting_[scope];
    ++taken.operations;
    taken.payload_bytes += operation.payload_bytes;
  } else {
    payload_bytes_ += operation.payload_bytes;
  }
  operations_.insert_or_assign(KeyOf(scope, id), std::move(operation));
}

void OperationsUnderWay::Remove(const IdScope& scope,
                                const RegistrationId& id) {
  const auto found = operations_.find(KeyOf(scope, id));
  if (found == operations_.end()) return;
  const OperationUnderWay& operation = found->second;
  if (operation.waits_for_others) {
    Room& taken = waiting_[scope];
    --taken.operations;
    taken.payload_bytes -= operation.payload_bytes;
    if (taken.operations == 0) waiting_.erase(scope);
  } else {
    payload_bytes_ -= operation.payload_bytes;
  }
  operations_.erase(found);
}

const OperationUnderWay* OperationsUnderWay::Find(
    const IdScope& scope, const RegistrationId& id) const {
  const auto found = operations_.find(KeyOf(scope, id));
  return found == operations_.end() ? nullptr : &found->second;
}

}  // namespace dps

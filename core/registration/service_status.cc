// SPDX-License-Identifier: Apache-2.0
// The part of the service that tells devices how their operations went.
#include <utility>

#include "core/protocol/message.h"
#include "core/registration/operation_id.h"
#include "core/registration/service.h"

namespace dps {
namespace {

std::string DeviceKeyOf(const IdScope& scope, const RegistrationId& id) {
  return scope.text() + '/' + id.key();  // neither holds a slash
}

Reply ReplyWith(RegistrationRecord record, const ConnectRequest& connect) {
  std::string operation_id = record.operation_id;
  std::string body =
      FinishedBody(std::move(record), operation_id, connect.api_version);
  return Reply{.status = 200,
               .retry_after_s = std::nullopt,
               .body = std::move(body),
               .operation_id = std::move(operation_id)};
}

tl::unexpected<Error> UnknownOperation() {
  return Fail(Errc::kOperationNotFound,
              "no such operation of this device; register again");
}

tl::unexpected<Error> TooManyPolls() {
  return Fail(Errc::kThrottled, "too many status polls of one device");
}

}  // namespace

Reply RegistrationService::QueryStatus(Identity& identity,
                                       std::string_view operation_id) {
  auto reply = TryQueryStatus(identity, operation_id);
  return reply ? *std::move(reply) : Refuse(identity, reply.error());
}

Reply RegistrationService::LookUp(Identity& identity, std::string_view body) {
  auto reply = TryLookUp(identity, body);
  return reply ? *std::move(reply) : Refuse(identity, reply.error());
}

void RegistrationService::TakeCompletions() {
  std::vector<Completion> completions = writer_.TakeCompletions();
  for (Completion& completion : completions) {
    const OperationUnderWay* under_way =
        under_way_.Find(completion.id_scope, completion.registration_id);
    // What an earlier process began may end beside the device's next one.
    if (under_way == nullptr ||
        under_way->operation_id != completion.operation_id) {
      continue;
    }
    under_way_.Remove(completion.id_scope, completion.registration_id);
    if (!completion.outcome) continue;
    const std::string key =
        DeviceKeyOf(completion.id_scope, completion.registration_id);
    RegistrationRecord record = *std::move(completion.outcome);
    // A payload may be a thousand times the rest. What the device sent it is
    // not told again; what a webhook sent it is read from the store.
    record.request_payload_json = std::string();
    if (!record.payload_json.empty()) {
      finished_.erase(key);
      continue;
    }
    // Devices that never ask leave theirs behind; the store has them all.
    if (finished_.size() >= limits::kFinishedRecordsMax) finished_.clear();
    finished_.insert_or_assign(
        key, Finished{std::move(record), completion.config_version});
  }
  completions_taken_ += completions.size();
}

bool RegistrationService::IsUnderWay(const Identity& identity) const {
  return under_way_.Find(identity.proof.id_scope,
                         identity.proof.registration_id) != nullptr;
}

std::optional<Reply> RegistrationService::FinishedReply(
    const Identity& identity, std::string_view operation_id) {
  const auto snapshot = store_.Read();
  if (!snapshot) return std::nullopt;
  const auto version = (*snapshot)->ConfigVersion(identity.proof.id_scope);
  if (!version) return std::nullopt;
  auto record = FindFinished(**snapshot, identity, operation_id, *version);
  if (!record) return std::nullopt;
  return ReplyWith(*std::move(record), identity.connect);
}

std::optional<RegistrationRecord> RegistrationService::FindFinished(
    Snapshot& snapshot, const Identity& identity, std::string_view operation_id,
    std::uint64_t config_version) {
  const Proof& proof = identity.proof;
  const auto finished =
      finished_.find(DeviceKeyOf(proof.id_scope, proof.registration_id));
  if (finished != finished_.end() &&
      finished->second.record.operation_id == operation_id) {
    Finished known = std::move(finished->second);
    finished_.erase(finished);
    if (known.config_version == config_version) {
      return std::move(known.record);
    }
  }
  auto record =
      snapshot.FindRegistration(proof.id_scope, proof.registration_id);
  if (!record || !*record || (*record)->operation_id != operation_id ||
      (*record)->status == RegistrationStatus::kAssigning) {
    return std::nullopt;
  }
  return **std::move(record);
}

Result<Reply> RegistrationService::TryQueryStatus(
    Identity& identity, std::string_view operation_id) {
  if (!identity.polls.Admit(clock_.SteadyNow())) return TooManyPolls();
  if (operation_id.size() > limits::kOperationIdMax) return UnknownOperation();
  // In this order: what has ended is on the snapshot.
  TakeCompletions();
  DPS_TRY(const auto snapshot, store_.Read());
  DPS_TRY(const Authority authority, Authorise(*snapshot, identity));
  const RegistrationId& id = identity.proof.registration_id;
  const auto assigning = [&] {
    return Reply{.status = 202,
                 .retry_after_s = options_.retry_after_s,
                 .body = AssigningBody(operation_id, id),
                 .operation_id = std::string(operation_id)};
  };
  const OperationUnderWay* under_way =
      under_way_.Find(identity.proof.id_scope, id);
  if (under_way != nullptr && under_way->operation_id == operation_id) {
    return assigning();
  }
  if (auto record = FindFinished(*snapshot, identity, operation_id,
                                 authority.config->version)) {
    return ReplyWith(*std::move(record), identity.connect);
  }

  // Not under way and without a record: either it never was, or a newer one
  // took its place, or the process died before it was durable.
  const SecretBytes& key = authority.config->instance.operation_key;
  const auto trace = TraceOperationId(key, id, operation_id);
  if (!trace || clock_.Now() - trace->issued > limits::kLostOperationAgeMax) {
    return UnknownOperation();
  }
  DPS_TRY(const auto record,
          snapshot->FindRegistration(identity.proof.id_scope, id));
  // A hub is still at it, on behalf of a process that is gone or another one.
  if (record && record->operation_id == operation_id) return assigning();
  const auto latest =
      record ? TraceOperationId(key, id, record->operation_id) : std::nullopt;
  const bool superseded =
      under_way != nullptr || (latest && latest->issued > trace->issued);
  // What the device sent along is gone, so only the device can start again.
  if (superseded || trace->with_payload) return UnknownOperation();
  DPS_CHECK(Submit(identity, authority, std::string(operation_id), ""));
  return assigning();
}

Result<Reply> RegistrationService::TryLookUp(Identity& identity,
                                             std::string_view body) {
  if (!identity.polls.Admit(clock_.SteadyNow())) return TooManyPolls();
  DPS_CHECK(ParseRegisterBody(body, identity.connect));
  TakeCompletions();
  DPS_TRY(const auto snapshot, store_.Read());
  DPS_CHECK(Authorise(*snapshot, identity));
  const RegistrationId& id = identity.proof.registration_id;
  DPS_TRY(auto record, snapshot->FindRegistration(identity.proof.id_scope, id));
  if (!record && IsUnderWay(identity)) {
    record = RegistrationRecord{.registration_id = id,
                                .status = RegistrationStatus::kAssigning};
  }
  if (!record) {
    return Fail(Errc::kNotFound, "the device has not registered yet");
  }
  return Reply{
      .status = 200,
      .retry_after_s = std::nullopt,
      .body = StateBody(*std::move(record), identity.connect.api_version)};
}

}  // namespace dps

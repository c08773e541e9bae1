// SPDX-License-Identifier: Apache-2.0
#include "core/registration/service.h"

#include "core/base/text.h"
#include "core/protocol/error.h"
#include "core/protocol/message.h"
#include "core/registration/operation_id.h"
#include "core/registration/select_x509.h"

namespace dps {
namespace {

bool MayComeBack(Errc code) {
  return code == Errc::kThrottled || code == Errc::kUnavailable ||
         code == Errc::kInternal;
}

Result<Proof> ProofOf(const ConnectRequest& connect,
                      const Credentials& credentials) {
  if (credentials.chain != nullptr) {
    return Proof{connect.id_scope, connect.registration_id, *credentials.chain};
  }
  if (!credentials.password || credentials.password->empty()) {
    return Fail(Errc::kUnauthenticated,
                "no SAS token was sent, and no certificate was shown, or this "
                "port does not ask for one");
  }
  DPS_TRY(SasToken token, ParseSasToken(*credentials.password));
  return Proof{connect.id_scope, connect.registration_id, std::move(token)};
}

std::string TextOf(const std::optional<IpAddress>& address) {
  return address ? address->text() : "";
}

}  // namespace

RegistrationService::RegistrationService(Store& store,
                                         RegistrationWriter& writer,
                                         const Clock& clock, Log& log,
                                         const ServiceOptions& options,
                                         AttemptBook* attempts)
    : store_(store),
      writer_(writer),
      clock_(clock),
      log_(log),
      options_(options),
      under_way_(options.pending_max),
      attempts_(attempts) {}

Result<Identity> RegistrationService::Authenticate(
    const ConnectRequest& connect, const Credentials& credentials) {
  DPS_TRY(Proof proof, ProofOf(connect, credentials));
  DPS_TRY(const auto snapshot, store_.Read());
  DPS_TRY(ScopeConfig * config, cache_.At(*snapshot, connect.id_scope));
  DPS_TRY(const Selection selection,
          Select(*snapshot, *config, proof, JudgedNow()));
  if (!selection.remark.empty()) {
    log_.Write(LogLevel::kWarning,
               "device accepted: scope=" + connect.id_scope.text() +
                   " registration=" + connect.registration_id.text() +
                   " although=" + selection.remark);
  }
  return Identity{
      .connect = connect,
      .proof = std::move(proof),
      .address = credentials.address,
      .accepted = selection.acceptance,
      .polls = RateWindow(options_.polls_per_window, limits::kRequestWindow),
      .registers =
          RateWindow(options_.registers_per_window, limits::kRequestWindow)};
}

Status RegistrationService::AdmitCertificate(const PresentedChain& chain) {
  DPS_TRY(const auto snapshot, store_.Read());
  return dps::AdmitCertificate(*snapshot, cache_, chain, JudgedNow());
}

Reply RegistrationService::Register(Identity& identity, std::string_view body) {
  auto reply = TryRegister(identity, body);
  return reply ? *std::move(reply) : Refuse(identity, reply.error());
}

Result<Reply> RegistrationService::TryRegister(Identity& identity,
                                               std::string_view body) {
  if (!identity.registers.Admit(clock_.SteadyNow())) {
    return Fail(Errc::kThrottled, "too many registrations of one device");
  }
  DPS_TRY(RegisterBody request, ParseRegisterBody(body, identity.connect));
  // In this order: what has ended is on the snapshot.
  TakeCompletions();
  DPS_TRY(const auto snapshot, store_.Read());
  DPS_TRY(const Authority authority, Authorise(*snapshot, identity));
  const Proof& proof = identity.proof;
  const OperationUnderWay* under_way =
      under_way_.Find(proof.id_scope, proof.registration_id);
  std::string operation_id;
  if (under_way != nullptr) {
    operation_id = under_way->operation_id;
  } else {
    operation_id = NewOperationId(authority.config->instance.operation_key,
                                  proof.registration_id,
                                  !request.payload_json.empty(), clock_.Now());
    DPS_CHECK(Submit(identity, authority, operation_id,
                     std::move(request.payload_json)));
  }
  std::string answer = AcceptedBody(operation_id);
  return Reply{.status = 202,
               .retry_after_s = options_.retry_after_s,
               .body = std::move(answer),
               .operation_id = std::move(operation_id)};
}

Result<RegistrationService::Authority> RegistrationService::Authorise(
    Snapshot& snapshot, Identity& identity) {
  const Proof& proof = identity.proof;
  DPS_TRY(ScopeConfig * config, cache_.At(snapshot, proof.id_scope));
  DPS_TRY(
      const Selection selection,
      SelectAgain(snapshot, *config, proof, identity.accepted, JudgedNow()));
  identity.accepted = selection.acceptance;
  return Authority{.config = config,
                   .policy = PolicyFor(selection.terms(), config->instance)};
}

Status RegistrationService::Submit(const Identity& identity,
                                   const Authority& authority,
                                   std::string operation_id,
                                   std::string payload_json) {
  const Proof& proof = identity.proof;
  OperationUnderWay operation{
      .operation_id = operation_id,
      .payload_bytes = payload_json.size(),
      .waits_for_others = authority.policy == AllocationPolicy::kCustom ||
                          authority.config->linked_hubs.has_connectors()};
  DPS_CHECK(under_way_.CheckRoom(proof.id_scope, operation));
  if (!writer_.TrySubmit({.proof = proof,
                          .accepted = identity.accepted,
                          .operation_id = std::move(operation_id),
                          .payload_json = std::move(payload_json),
                          .address = identity.address,
                          .api_version = identity.connect.api_version})) {
    return Fail(Errc::kThrottled, "too many registrations are under way");
  }
  under_way_.Add(proof.id_scope, proof.registration_id, std::move(operation));
  return {};
}

Reply RegistrationService::Refuse(const Identity& identity,
                                  const Error& error) {
  ErrorReply reply = MakeErrorReply(error, clock_.Now());
  log_.Write(LogLevel::kWarning,
             "request refused: scope=" + identity.proof.id_scope.text() +
                 " registration=" + identity.proof.registration_id.text() +
                 " status=" + std::to_string(reply.status) +
                 " reason=" + error.message + " tracking=" + reply.tracking_id);
  Note(identity.proof.id_scope, identity.proof.registration_id,
       {.step = AttemptStep::kRequest,
        .address = TextOf(identity.address),
        .error_code = ErrorCode(error.code),
        .reason = error.message,
        .tracking_id = reply.tracking_id});
  return Reply{.status = reply.status,
               .retry_after_s = MayComeBack(error.code)
                                    ? std::optional(options_.retry_after_s)
                                    : std::nullopt,
               .body = std::move(reply.body),
               .operation_id = {},
               .tracking_id = std::move(reply.tracking_id)};
}

void RegistrationService::NoteRefusal(const ConnectRequest& connect,
                                      const std::optional<IpAddress>& address,
                                      const Error& error,
                                      const std::string& tracking_id) {
  Note(connect.id_scope, connect.registration_id,
       {.step = AttemptStep::kConnect,
        .address = TextOf(address),
        .error_code = ErrorCode(error.code),
        .reason = error.message,
        .tracking_id = tracking_id});
}

void RegistrationService::Note(const IdScope& scope, const RegistrationId& id,
                               Attempt attempt) {
  if (attempts_ == nullptr) return;
  attempt.first = attempt.last = clock_.Now();
  attempts_->Note(scope, id, std::move(attempt));
}

}  // namespace dps

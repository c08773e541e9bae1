// SPDX-License-Identifier: Apache-2.0
#include "apps/dps-service/device_face.h"

#include <utility>

#include "core/base/certificate.h"
#include "core/base/crypto.h"
#include "core/base/ip_address.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/protocol/error.h"

namespace dps {
namespace {

struct DeviceCall {
  DevicePath path;
  ConnectRequest connect;
  std::optional<std::string> token;
  std::optional<PresentedChain> chain;
};

std::optional<std::string> HeaderOf(const HttpCall& call,
                                    const std::string& name) {
  const auto header = call.headers.find(name);
  if (header == call.headers.end()) return std::nullopt;
  return header->second;
}

Result<std::string> ApiVersionOf(const HttpCall& call, ApiVersionRule rule) {
  const auto version = call.query.find("api-version");
  if (version == call.query.end()) {
    return Fail(Errc::kInvalidArgument, "the query has no api-version");
  }
  DPS_CHECK(CheckApiVersion(version->second, rule));
  return version->second;
}

Result<PresentedChain> ReadChain(const std::vector<std::string>& ders,
                                 std::size_t chain_max) {
  DPS_CHECK(CheckCount(ders.size(), chain_max));
  DPS_TRY(Certificate leaf, Certificate::Parse(ders.front()));
  PresentedChain chain{.leaf = std::move(leaf), .others = {}};
  for (std::size_t i = 1; i < ders.size(); ++i) {
    DPS_TRY(Certificate other, Certificate::Parse(ders[i]));
    chain.others.push_back(std::move(other));
  }
  return chain;
}

// A TPM starts without any proof: its keys are in the body.
bool OffersTpm(const HttpCall& call) {
  const auto body = JsonDocument::ParseObject(call.body);
  return body && body->root().Find("tpm");
}

Result<DeviceCall> ReadCall(const HttpCall& call, DevicePath path,
                            const DeviceFaceOptions& options) {
  if (call.method != MethodOf(path.kind)) {
    return Fail(Errc::kMethodNotAllowed,
                "the path takes " + std::string(MethodOf(path.kind)) + " only");
  }
  if (call.body.size() > limits::kMessageMax) {
    return Fail(Errc::kTooLarge, "the message is larger than 96 KiB");
  }
  DPS_TRY(std::string api_version, ApiVersionOf(call, options.api_versions));
  DeviceCall read{
      .path = path,
      .connect = {.id_scope = std::move(path.id_scope),
                  .registration_id = std::move(path.registration_id),
                  .api_version = std::move(api_version),
                  .client_version =
                      Printable(HeaderOf(call, "User-Agent").value_or(""))},
      .token = HeaderOf(call, "Authorization"),
      .chain = std::nullopt};
  if (!call.client_certificates.empty()) {
    auto chain = ReadChain(call.client_certificates, options.chain_max);
    if (!chain) {
      return Fail(Errc::kInvalidCertificate, chain.error().message);
    }
    read.chain = *std::move(chain);
  } else if (!read.token && OffersTpm(call)) {
    return Fail(Errc::kInvalidArgument,
                "TPM attestation is not supported; enroll the device with a "
                "symmetric key or a certificate");
  }
  return read;
}

// What a stranger is told: nothing of what there is and what not.
Error ShownTo(const Error& error) {
  if (IsOurTrouble(error)) return error;
  if (error.code == Errc::kInvalidCertificate) {
    return {Errc::kInvalidCertificate, "Invalid certificate."};
  }
  return {Errc::kUnauthenticated, "Unauthorized"};
}

std::optional<IpAddress> AddressOf(const HttpCall& call) {
  const auto address = IpAddress::Parse(call.peer_address);
  return address ? std::optional(*address) : std::nullopt;
}

std::string DeviceKeyOf(const Proof& proof) {
  return proof.id_scope.text() + '/' + proof.registration_id.key();
}

HttpReply JsonReply(int status, std::string body, std::string request_id) {
  return {.status = status,
          .headers = {{"Content-Type", "application/json; charset=utf-8"},
                      {"x-ms-request-id", std::move(request_id)}},
          .body = std::move(body)};
}

}  // namespace

HttpReply DeviceFace::Answer(const HttpCall& call) {
  auto path = ParseDevicePath(call.path);
  if (!path) return Refuse(call, path.error());
  const DevicePath::Kind kind = path->kind;
  const auto device = ReadCall(call, *std::move(path), options_);
  if (!device) {
    HttpReply reply = Refuse(call, device.error());
    if (device.error().code == Errc::kMethodNotAllowed) {
      reply.headers["Allow"] = MethodOf(kind);
    }
    return reply;
  }
  const std::lock_guard lock(mutex_);
  auto identity = service_.Authenticate(
      device->connect, {.password = device->token,
                        .chain = device->chain ? &*device->chain : nullptr,
                        .address = AddressOf(call)});
  if (!identity) return TurnAway(call, device->connect, identity.error());
  Recall(*identity);
  HttpReply reply = AnswerDevice(call, device->path, *identity);
  Remember(*identity);
  return reply;
}

HttpReply DeviceFace::TurnAway(const HttpCall& call,
                               const ConnectRequest& connect,
                               const Error& error) {
  HttpReply reply = Refuse(call, error, ShownTo(error));
  service_.NoteRefusal(connect, AddressOf(call), error,
                       reply.headers["x-ms-request-id"]);
  return reply;
}

HttpReply DeviceFace::AnswerDevice(const HttpCall& call, const DevicePath& path,
                                   Identity& identity) {
  const Reply answer = [&] {
    switch (path.kind) {
      case DevicePath::Kind::kRegister:
        return service_.Register(identity, call.body);
      case DevicePath::Kind::kOperation:
        return service_.QueryStatus(identity, path.operation_id);
      case DevicePath::Kind::kLookUp:
        break;
    }
    return service_.LookUp(identity, call.body);
  }();
  HttpReply reply =
      JsonReply(answer.status, answer.body,
                answer.tracking_id.empty() ? NewGuid() : answer.tracking_id);
  if (answer.retry_after_s) {
    reply.headers["Retry-After"] = std::to_string(*answer.retry_after_s);
  }
  constexpr int kAccepted = 202;
  if (answer.status == kAccepted) {
    reply.headers["Location"] = OperationLocation(path, answer.operation_id,
                                                  identity.connect.api_version);
  }
  return reply;
}

HttpReply DeviceFace::Refuse(const HttpCall& call, const Error& error,
                             const std::optional<Error>& shown) {
  ErrorReply made = MakeErrorReply(shown.value_or(error), clock_.Now());
  log_.Write(LogLevel::kWarning,
             "request refused: address=" + Printable(call.peer_address) +
                 " method=" + Printable(call.method) +
                 " path=" + Printable(call.path) +
                 " status=" + std::to_string(made.status) +
                 " reason=" + error.message + " tracking=" + made.tracking_id);
  HttpReply reply =
      JsonReply(made.status, std::move(made.body), made.tracking_id);
  reply.headers["Connection"] = "close";
  if (IsOurTrouble(error)) {
    reply.headers["Retry-After"] = std::to_string(options_.retry_after_s);
  }
  return reply;
}

void DeviceFace::Recall(Identity& identity) {
  const Rates* rates = rates_.Find(DeviceKeyOf(identity.proof));
  if (rates == nullptr) return;
  identity.polls = rates->polls;
  identity.registers = rates->registers;
}

void DeviceFace::Remember(const Identity& identity) {
  rates_.Insert(DeviceKeyOf(identity.proof),
                {identity.polls, identity.registers});
}

}  // namespace dps

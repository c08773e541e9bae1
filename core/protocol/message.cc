// SPDX-License-Identifier: Apache-2.0
#include "core/protocol/message.h"

#include <utility>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/protocol/error.h"

namespace dps {
namespace {

constexpr std::string_view kJsonSpace = " \t\r\n";

// Versions are compared by their date alone, so that a stable version of the
// same day counts as new.
constexpr std::string_view kFirstWithCsr = "2025-07-01";
constexpr std::string_view kFirstWithReprovisioned = "2019-04-15";

bool IsBefore(std::string_view api_version, std::string_view date) {
  return api_version.substr(0, date.size()) < date;
}

Status CheckRegistrationId(JsonView body, const RegistrationId& expected) {
  DPS_TRY(const auto id, body.OptionalString("registrationId"));
  if (!id || EqualsIgnoreCase(*id, expected.text())) return {};
  return Fail(Errc::kInvalidArgument, "registrationId " + Printable(*id) +
                                          " is not that of the connection, " +
                                          expected.text());
}

Status CheckCsr(JsonView body, std::string_view api_version) {
  if (!body.Find("csr") || !IsBefore(api_version, kFirstWithCsr)) return {};
  return Fail(Errc::kInvalidArgument,
              "csr needs api-version 2025-07-01-preview or later");
}

// What a webhook is called, where it is and how it failed is for operators; its
// path may hold a key.
std::string WebhookFailure(const RegistrationRecord& record) {
  constexpr std::string_view kStatus = "answered HTTP ";
  const std::size_t at = record.error_message.find(kStatus);
  const std::string how = at == std::string::npos
                              ? ""
                              : "; the webhook " + record.error_message.substr(
                                                       at, kStatus.size() + 3);
  return "custom allocation failed" + how + "; tracking id " +
         record.tracking_id;
}

// The same of a hub: the codes tell the device all it can make use of.
std::string HubFailure(const RegistrationRecord& record) {
  const bool refused = record.error_code == ErrorCode(Errc::kHubRefused);
  return std::string("the hub ") +
         (refused ? "refused the device" : "cannot be reached") +
         "; tracking id " + record.tracking_id;
}

JsonWriter StartBody(std::string_view operation_id, std::string_view status) {
  JsonWriter json;
  json.StartObject();
  json.Member("operationId", operation_id).Member("status", status);
  return json;
}

}  // namespace

Result<RegisterBody> ParseRegisterBody(std::string_view body,
                                       const ConnectRequest& connect) {
  if (body.size() > limits::kMessageMax) {
    return Fail(Errc::kTooLarge, "the message is larger than 96 KiB");
  }
  if (body.find_first_not_of(kJsonSpace) == body.npos) return RegisterBody{};
  DPS_TRY(const JsonDocument document, JsonDocument::ParseObject(body));
  const JsonView root = document.root();
  DPS_CHECK(CheckRegistrationId(root, connect.registration_id));
  DPS_CHECK(CheckCsr(root, connect.api_version));
  const auto payload = root.Find("payload");
  if (!payload) return RegisterBody{};
  RegisterBody result{.payload_json = payload->Text()};
  // Escapes and written-out numbers can make it several times longer.
  if (result.payload_json.size() > limits::kDocumentMax) {
    return Fail(Errc::kTooLarge, "the payload is too large to be stored");
  }
  return result;
}

std::string AcceptedBody(std::string_view operation_id) {
  return StartBody(operation_id, "assigning").EndObject().Take();
}

std::string AssigningBody(std::string_view operation_id,
                          const RegistrationId& id) {
  JsonWriter json = StartBody(operation_id, "assigning");
  json.Key("registrationState").StartObject();
  json.Member("registrationId", id.text()).Member("status", "assigning");
  return json.EndObject().EndObject().Take();
}

std::string StateBody(RegistrationRecord record, std::string_view api_version) {
  using Substatus = RegistrationSubstatus;
  if (record.substatus == Substatus::kReprovisionedToInitialAssignment &&
      IsBefore(api_version, kFirstWithReprovisioned)) {
    record.substatus = Substatus::kInitialAssignment;
  }
  if (record.error_code == ErrorCode(Errc::kWebhookFailed)) {
    record.error_message = WebhookFailure(record);
  }
  if (record.error_code == ErrorCode(Errc::kHubRefused) ||
      record.error_code == ErrorCode(Errc::kHubUnreachable)) {
    record.error_message = HubFailure(record);
  }
  return ToJson(record, RegistrationView::kDevice);
}

std::string FinishedBody(RegistrationRecord record,
                         std::string_view operation_id,
                         std::string_view api_version) {
  JsonWriter json = StartBody(operation_id, ToText(record.status));
  json.Key("registrationState");
  json.Raw(StateBody(std::move(record), api_version));
  return json.EndObject().Take();
}

}  // namespace dps

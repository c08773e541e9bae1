// SPDX-License-Identifier: Apache-2.0
// What parses as a document of the store must come back equal from its own
// stored form: else one rewrite by an operator would change or lose it.
#include "core/model/ca_certificate.h"
#include "core/model/device_attempts.h"
#include "core/model/enrollment.h"
#include "core/model/hub_health.h"
#include "core/model/hub_task.h"
#include "core/model/instance.h"
#include "core/model/linked_hub.h"
#include "core/model/registration.h"
#include "tests/fuzz/require.h"

namespace {

template <class Parse, class Write>
void RoundTrip(std::string_view text, Parse parse, Write write) {
  const auto document = parse(text);
  if (!document) return;
  const std::string stored = write(*document);
  const auto again = parse(stored);
  dps::Require(again.has_value());
  dps::Require(*again == *document && write(*again) == stored);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = dps::Text(data, size);
  const auto with_secrets = [](const auto& document) {
    return ToJson(document, dps::Secrets::kAll);
  };
  for (const auto source :
       {dps::DocumentSource::kStore, dps::DocumentSource::kOperator}) {
    const auto parse_enrollment = [&](std::string_view json) {
      return dps::ParseIndividualEnrollment(json, source);
    };
    const auto parse_group = [&](std::string_view json) {
      return dps::ParseEnrollmentGroup(json, source);
    };
    RoundTrip(text, parse_enrollment, with_secrets);
    RoundTrip(text, parse_group, with_secrets);
    RoundTrip(
        text,
        [&](std::string_view json) {
          return dps::ParseLinkedHub(json, source);
        },
        with_secrets);
  }
  RoundTrip(text, dps::ParseInstance, with_secrets);
  RoundTrip(text, dps::ParseCaCertificate, with_secrets);
  RoundTrip(text, dps::ParseRevokedCertificates,
            [](const auto& revoked) { return ToJson(revoked); });
  RoundTrip(text, dps::ParseHubTask, [](const auto& task) {
    return ToJson(task, dps::HubTaskView::kStored);
  });
  RoundTrip(text, dps::ParseHubHealth,
            [](const auto& health) { return ToJson(health); });
  RoundTrip(text, dps::ParseDeviceAttempts,
            [](const auto& device) { return ToJson(device); });
  RoundTrip(text, dps::ParseRegistrationRecord, [](const auto& record) {
    return ToJson(record, dps::RegistrationView::kStored);
  });
  return 0;
}

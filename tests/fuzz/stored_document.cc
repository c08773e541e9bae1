// SPDX-License-Identifier: Apache-2.0
// What parses as a document of the store must come back equal from its own
// stored form: else one rewrite by an operator would change or lose it.
#include "core/model/enrollment.h"
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
    return ToJson(document, dps::Secrets::kShow);
  };
  RoundTrip(text, dps::ParseIndividualEnrollment, with_secrets);
  RoundTrip(text, dps::ParseEnrollmentGroup, with_secrets);
  RoundTrip(text, dps::ParseInstance, with_secrets);
  RoundTrip(text, dps::ParseLinkedHub,
            [](const auto& hub) { return ToJson(hub); });
  RoundTrip(text, dps::ParseRegistrationRecord, [](const auto& record) {
    return ToJson(record, dps::RegistrationView::kStored);
  });
  return 0;
}

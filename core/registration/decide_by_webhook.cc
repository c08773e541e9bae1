// SPDX-License-Identifier: Apache-2.0
#include "core/registration/decide_by_webhook.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/allocation/candidates.h"
#include "core/registration/reprovisioning.h"

namespace dps {
namespace {

using Hubs = std::vector<HubName>;

Result<Hubs> HubsToChooseFrom(const HubTable& linked,
                              const EnrollmentTerms& terms,
                              const std::optional<HubName>& held) {
  if (held) return Hubs{*held};
  DPS_TRY(const Candidates eligible, EligibleHubs(terms, linked));
  Hubs hubs;
  for (const HubEntry* entry : eligible) hubs.push_back(entry->name());
  return hubs;
}

WebhookCall CallFor(const Ground& ground, const Selection& selection,
                    const RegistrationRecord& record,
                    const RegistrationRequest& request, Hubs hubs) {
  WebhookQuestion question{
      .enrollment = selection.individual ? &*selection.individual : nullptr,
      .group = selection.group.get(),
      .registration_id = request.proof.registration_id,
      .current_hub = record.assigned_hub,
      .current_device_id = record.assigned_hub.empty() ? "" : record.device_id,
      .certificate_der = {},
      .payload_json = request.payload_json,
      .linked_hubs = std::move(hubs)};
  if (const auto* chain =
          std::get_if<PresentedChain>(&request.proof.evidence)) {
    question.certificate_der = chain->leaf.Der();
  }
  return {.scope = request.proof.id_scope,
          .url = selection.terms().custom_allocation->webhook_url,
          .body = WebhookRequestBody(question),
          .signing_key = ground.config.instance.webhook_key,
          .webhook_id = request.operation_id,
          .device = request.proof.registration_id.key()};
}

}  // namespace

Result<std::variant<WebhookAnswer, WebhookCall>> DecideByWebhook(
    const Ground& ground, const Selection& selection,
    const RegistrationRecord& record, const RegistrationRequest& request) {
  const EnrollmentTerms& terms = selection.terms();
  const HubTable& linked = ground.config.linked_hubs;
  DPS_TRY(const auto held,
          HeldHub(linked, ReprovisioningOf(terms, request.api_version),
                  record.assigned_hub));
  DPS_TRY(Hubs hubs, HubsToChooseFrom(linked, terms, held));
  const auto& reply = request.webhook;
  if (!reply || reply->webhook_url != terms.custom_allocation->webhook_url) {
    return CallFor(ground, selection, record, request, std::move(hubs));
  }
  DPS_TRY(WebhookAnswer answer, reply->answer);
  if (held) answer.hub = *held;
  if (std::ranges::find(hubs, answer.hub) != hubs.end()) return answer;
  return Fail(Errc::kWebhookFailed, "the webhook chose " + answer.hub.text() +
                                        ", which is not, or no longer, among "
                                        "the hubs it may choose from");
}

}  // namespace dps

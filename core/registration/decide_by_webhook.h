// SPDX-License-Identifier: Apache-2.0
// Policy custom: what to ask the enrollment's webhook, and what its answer is
// worth (service-api section 4).
#pragma once

#include <variant>

#include "core/registration/assign.h"

namespace dps {

// The webhook's answer to this request, its hub being one the device may go to:
// one of those the webhook was given. They are the enrollment's eligible hubs,
// or just the one on which reprovision policy `never` holds the device; then
// the answer has that hub, whatever the webhook said. Or, as long as the
// request has no answer of the enrollment's present webhook: the call to make.
// Errors: kWebhookFailed; kNoHub, without the webhook being asked.
//
// REQUIRES: the policy is custom, so the enrollment has a webhook.
[[nodiscard]] Result<std::variant<WebhookAnswer, WebhookCall>> DecideByWebhook(
    const Ground& ground, const Selection& selection,
    const RegistrationRecord& record, const RegistrationRequest& request);

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/arguments.h"
#include "apps/dpsctl/key_option.h"
#include "apps/dpsctl/options.h"
#include "apps/dpsctl/output.h"
#include "apps/dpsctl/service.h"
#include "core/model/attestation.h"
#include "core/model/ids.h"

namespace dps {
namespace {

Result<std::string> GroupKeyText(const Arguments& arguments) {
  if (arguments.key) return *arguments.key;
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  DPS_TRY(const Response keys,
          service->Send("POST",
                        PathOf("enrollmentGroups", *arguments.enrollment_id) +
                            "/attestationmechanism"));
  DPS_TRY(const JsonDocument document, JsonDocument::ParseObject(keys.body));
  DPS_TRY(const auto pair, document.root().OptionalObject("symmetricKey"));
  if (!pair) {
    return Fail(Errc::kInvalidArgument,
                "the enrollment group " + *arguments.enrollment_id +
                    " has certificates; only devices of a group with symmetric "
                    "keys have keys");
  }
  return pair->String("primaryKey");
}

Status Compute(const Arguments& arguments) {
  DPS_TRY(const RegistrationId id,
          RegistrationId::Parse(*arguments.registration_id));
  DPS_TRY(const std::string text, GroupKeyText(arguments));
  DPS_TRY(const SecretBytes key, ParseKeyOption(text));
  return PrintText(arguments,
                   Base64Encode(DeriveDeviceKey(key, id.text()).Reveal()));
}

}  // namespace

std::vector<Command> DeviceKeyCommands() {
  return {
      {"",
       "compute-device-key",
       "Compute the key of one device of an enrollment group",
       "dpsctl compute-device-key --registration-id dev-1 --key BASE64\n"
       "dpsctl compute-device-key --rid dev-1 --enrollment-id line-1\n"
       "dpsctl compute-device-key --rid dev-1 --eid line-1 -o table   # bare\n",
       {option::RegistrationId, option::KeySource},
       Compute},
  };
}

}  // namespace dps

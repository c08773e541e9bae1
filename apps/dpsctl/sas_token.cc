// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/arguments.h"
#include "apps/dpsctl/key_option.h"
#include "apps/dpsctl/options.h"
#include "apps/dpsctl/output.h"
#include "apps/dpsctl/service.h"
#include "core/base/text.h"

namespace dps {
namespace {

// A device's owner knows the ID scope and has no store at hand.
Result<IdScope> ScopeOf(const Arguments& arguments) {
  if (arguments.id_scope) return IdScope::Parse(*arguments.id_scope);
  DPS_TRY(const auto service,
          Service::OfStore(arguments, Service::Open::kExisting));
  DPS_CHECK(service->PickInstance(arguments));
  return service->scope();
}

Status Generate(const Arguments& arguments) {
  DPS_TRY(const RegistrationId id,
          RegistrationId::Parse(*arguments.registration_id));
  DPS_TRY(const SecretBytes key, ParseKeyOption(*arguments.key));
  DPS_TRY(const IdScope scope, ScopeOf(arguments));
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(
      SystemClock().Now().time_since_epoch());
  const std::string resource =
      PercentEncode(scope.text() + "/registrations/" + id.text());
  const std::string expiry = std::to_string(
      static_cast<std::uint64_t>(now.count()) + arguments.duration_s);
  const SecretBytes signature = HmacSha256(key, resource + "\n" + expiry);
  return PrintText(
      arguments, "SharedAccessSignature sr=" + resource +
                     "&sig=" + PercentEncode(Base64Encode(signature.Reveal())) +
                     "&se=" + expiry + "&skn=registration");
}

}  // namespace

std::vector<Command> SasTokenCommands() {
  return {
      {"",
       "generate-sas-token",
       "Make the token that a device with a symmetric key sends as password",
       "dpsctl generate-sas-token --registration-id dev-1 --key BASE64\n"
       "dpsctl generate-sas-token --rid dev-1 --key BASE64 --id-scope "
       "0ne00000001 --duration 600 -o table   # bare, no store needed\n",
       {option::RegistrationId, option::DeviceKey},
       Generate},
  };
}

}  // namespace dps

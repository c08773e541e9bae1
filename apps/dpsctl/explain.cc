// SPDX-License-Identifier: Apache-2.0
#include "core/registration/explain.h"

#include "apps/dpsctl/arguments.h"
#include "apps/dpsctl/input_file.h"
#include "apps/dpsctl/options.h"
#include "apps/dpsctl/output.h"
#include "apps/dpsctl/service.h"
#include "core/base/limits.h"

namespace dps {
namespace {

std::vector<Column> VerdictColumns() {
  return {
      "registrationId",     "accepted",      "enrollment", "enrollmentGroup",
      "provisioningStatus", "validUntilUtc", "refusedAt",  "reason"};
}

Result<PresentedChain> ReadChain(const std::string& path) {
  DPS_TRY(const std::string text,
          ReadInputFile(path, limits::kCertificateChainFileBytesMax));
  auto chain = Certificate::ParseChain(text);
  if (!chain) {
    return Fail(chain.error().code, path + ": " + chain.error().message);
  }
  PresentedChain presented{.leaf = chain->front(), .others = {}};
  presented.others.assign(chain->begin() + 1, chain->end());
  return presented;
}

using Evidence = std::variant<SasToken, PresentedChain>;

Result<Evidence> ReadEvidence(const Arguments& arguments) {
  if (arguments.sas_token) {
    DPS_TRY(SasToken token, ParseSasToken(*arguments.sas_token));
    return Evidence(std::move(token));
  }
  DPS_TRY(PresentedChain chain, ReadChain(*arguments.certificate_path));
  return Evidence(std::move(chain));
}

Status ExplainProof(const Arguments& arguments) {
  DPS_TRY(Evidence evidence, ReadEvidence(arguments));
  std::optional<RegistrationId> id;
  if (arguments.registration_id) {
    DPS_TRY(id, RegistrationId::Parse(*arguments.registration_id));
  }
  DPS_TRY(const auto service, Service::OfInstanceWithStore(arguments));
  DPS_TRY(const auto snapshot, service->store().Read());
  DPS_TRY(const ProofVerdict verdict,
          Explain(*snapshot,
                  {.id_scope = service->scope(),
                   .registration_id = std::move(id),
                   .evidence = std::move(evidence)},
                  {.now = SystemClock().Now(), .rules = arguments.rules}));
  DPS_CHECK(Print(arguments, ToJson(verdict), VerdictColumns()));
  const auto* refusal = std::get_if<ProofRefusal>(&verdict.outcome);
  if (refusal == nullptr) return {};
  return Fail(Errc::kInvalidArgument, "not accepted: " + refusal->reason);
}

}  // namespace

std::vector<Command> ExplainCommands() {
  return {
      {"registration",
       "explain",
       "Say what the broker would say to a device's certificate or token",
       "dpsctl registration explain --certificate chain.pem\n"
       "dpsctl registration explain --certificate dev-1.pem --id-scope "
       "0ne00000001 --crl-expired refuse\n"
       "dpsctl registration explain --rid dev-1 --sas-token TOKEN\n",
       {option::DeviceProof, option::ProofRules},
       ExplainProof},
  };
}

}  // namespace dps

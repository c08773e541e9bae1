// SPDX-License-Identifier: Apache-2.0
// The options that have to do with certificates.
#include "apps/dpsctl/options.h"
#include "core/base/limits.h"

namespace dps::option {
namespace {

CLI::Option* FileOption(CLI::App& command, const char* names,
                        std::optional<std::string>& target,
                        const char* description) {
  return command.add_option(names, target, description)
      ->check(NotEmpty())
      ->type_name("FILE");
}

CLI::Option* PrimaryPath(CLI::App& command, Arguments& arguments) {
  return FileOption(command, "--certificate-path,--cp",
                    arguments.certificate_path,
                    "Certificate file, the primary certificate: PEM, DER or "
                    "base64 DER");
}

CLI::Option* SecondaryPath(CLI::App& command, Arguments& arguments) {
  return FileOption(command, "--secondary-certificate-path,--scp",
                    arguments.secondary_certificate_path,
                    "Certificate file, the secondary certificate: PEM, DER or "
                    "base64 DER");
}

CLI::Option* Reference(CLI::App& command, const char* names,
                       std::optional<std::string>& target,
                       const char* description) {
  return command.add_option(names, target, description)->check(NotEmpty());
}

template <class Number>
std::string AsOption(const char* name, Number standard) {
  return std::string("As plugin_opt_") + name +
         " (default: " + std::to_string(standard) + ")";
}

}  // namespace

void ClientCertificates(CLI::App& command, Arguments& arguments) {
  PrimaryPath(command, arguments);
  SecondaryPath(command, arguments);
}

void SigningCertificates(CLI::App& command, Arguments& arguments) {
  CLI::Option* primary = PrimaryPath(command, arguments);
  CLI::Option* secondary = SecondaryPath(command, arguments);
  for (CLI::Option* reference :
       {Reference(command, "--root-ca-name,--ca-name,--ca,--cn",
                  arguments.root_ca_name,
                  "Primary CA certificate, by its name in the instance; in the "
                  "place of certificate files"),
        Reference(command,
                  "--secondary-root-ca-name,--secondary-ca-name,--sca,--scn",
                  arguments.secondary_root_ca_name,
                  "Secondary CA certificate, by its name in the instance")}) {
    reference->excludes(primary)->excludes(secondary);
  }
}

void RemoveCertificates(CLI::App& command, Arguments& arguments) {
  Switch(command, "--remove-certificate,--rc", arguments.remove_certificate,
         "Remove the primary certificate that is there");
  Switch(command, "--remove-secondary-certificate,--rsc",
         arguments.remove_secondary_certificate,
         "Remove the secondary certificate that is there");
}

void CertificateName(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--certificate-name,--cn,-n", arguments.certificate_name,
                  "Name of the CA certificate in the instance")
      ->required()
      ->check(NotEmpty());
}

void CertificatePath(CLI::App& command, Arguments& arguments) {
  FileOption(command, "--path,-p", arguments.path,
             "Certificate file: PEM, DER or base64 DER");
}

void CertificatePathRequired(CLI::App& command, Arguments& arguments) {
  CertificatePath(command, arguments);
  command.get_option("--path")->required();
}

void RevocationListPath(CLI::App& command, Arguments& arguments) {
  FileOption(command, "--path,-p", arguments.path,
             "Revocation list of the CA: PEM, DER or base64 DER")
      ->required();
}

void Verified(CLI::App& command, Arguments& arguments) {
  Switch(command, "--verified,-v", arguments.verified,
         "Verified without a proof of possession; without a value: true");
}

void DeviceProof(CLI::App& command, Arguments& arguments) {
  CLI::Option* id =
      command
          .add_option("--registration-id,--rid", arguments.registration_id,
                      "Registration id of the device (default: "
                      "the certificate's common name)")
          ->check(NotEmpty());
  CLI::Option_group* proof = command.add_option_group("Proof");
  proof
      ->add_option(
          "--certificate", arguments.certificate_path,
          "The device's certificate, then those it sends along: PEM, base64 "
          "of PEM, or one certificate as DER or base64 DER")
      ->check(NotEmpty())
      ->type_name("FILE");
  proof
      ->add_option("--sas-token", arguments.sas_token,
                   "What a device with a symmetric key sends as password")
      ->check(NotEmpty())
      ->needs(id);
  proof->require_option(1);
}

void ProofRules(CLI::App& command, Arguments& arguments) {
  auto& rules = arguments.rules;
  auto& policy = rules.certificates;
  command
      .add_option("--x509-security-level", policy.security_level,
                  AsOption("dps_x509_security_level", policy.security_level))
      ->check(CLI::Range(limits::kSecurityLevelMin, limits::kSecurityLevelMax));
  command
      .add_option("--x509-rsa-bits-max", policy.rsa_bits_max,
                  AsOption("dps_x509_rsa_bits_max", policy.rsa_bits_max))
      ->check(CLI::Range(limits::kRsaBitsMaxLeast, limits::kRsaBitsMax));
  command
      .add_option("--x509-chain-max", policy.chain_max,
                  AsOption("dps_x509_chain_max", policy.chain_max))
      ->check(CLI::Range(std::size_t{1}, limits::kPresentedChainMaxMost));
  command
      .add_option_function<std::string>(
          "--crl-expired",
          [&rules](const std::string& word) {
            rules.expired_list = word == "refuse"
                                     ? ExpiredRevocationList::kRefuse
                                     : ExpiredRevocationList::kAccept;
          },
          "As plugin_opt_dps_crl_expired (default: accept)")
      ->check(CLI::IsMember({"accept", "refuse"}));
}

}  // namespace dps::option

// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/broker_login.h"

#include <string>

#include "apps/dpsctl/input_file.h"

namespace dps {
namespace {

constexpr std::size_t kPasswordMax = 4096;

Result<SecretBytes> ReadPassword(const Arguments& arguments) {
  if (!arguments.broker_password_file) {
    return SecretBytes(arguments.broker_password_of_environment.value_or(""));
  }
  DPS_TRY(std::string text,
          ReadInputFile(*arguments.broker_password_file, kPasswordMax));
  // As editors and echo end a line.
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return SecretBytes(std::move(text));
}

}  // namespace

Result<MosquittoAddress> ReadBrokerLogin(const Arguments& arguments) {
  auto address = ParseMosquittoUrl(*arguments.broker);
  if (!address) {
    return Fail(Errc::kInvalidArgument,
                "--broker must be mqtt://host[:port] or mqtts://host[:port]");
  }
  address->username = arguments.broker_username.value_or("");
  DPS_TRY(address->password, ReadPassword(arguments));
  if (address->username.empty() && !address->password.empty()) {
    return Fail(Errc::kInvalidArgument,
                "a password for the broker needs --broker-username");
  }
  address->ca_file = arguments.broker_ca_file.value_or("");
  address->certificate_file = arguments.broker_certificate_file.value_or("");
  address->key_file = arguments.broker_key_file.value_or("");
  const bool has_files = arguments.broker_ca_file ||
                         arguments.broker_certificate_file ||
                         arguments.broker_key_file;
  if (has_files && !address->tls) {
    return Fail(Errc::kInvalidArgument,
                "CAs, certificates and keys are for a --broker of mqtts://");
  }
  if (address->certificate_file.empty() == address->key_file.empty()) {
    return address;
  }
  return Fail(
      Errc::kInvalidArgument,
      "--broker-certificate-file and --broker-key-file belong together");
}

}  // namespace dps

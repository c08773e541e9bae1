// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/login.h"

#include "apps/dpsctl/input_file.h"

namespace dps {
namespace {

constexpr std::size_t kFileMax = 4096;

}  // namespace

bool HasLogin(const Arguments& arguments) {
  if (arguments.login || arguments.login_file) return true;
  return arguments.login_of_environment && !arguments.store_is_given;
}

Result<ConnectionString> ReadLogin(const Arguments& arguments) {
  if (arguments.login)
    return ParseConnectionString(*arguments.login, "--login");
  if (!arguments.login_file) {
    return ParseConnectionString(
        *arguments.login_of_environment,
        "the connection string of the environment variable DPS_LOGIN");
  }
  DPS_TRY(const std::string text,
          ReadInputFile(*arguments.login_file, kFileMax));
  return ParseConnectionString(text, "--login-file " + *arguments.login_file);
}

}  // namespace dps

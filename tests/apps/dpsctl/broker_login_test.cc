// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/broker_login.h"

#include <doctest/doctest.h>

#include "tests/support/temp_dir.h"

namespace dps {
namespace {

std::string RefusedLogin(const Arguments& arguments) {
  const auto login = ReadBrokerLogin(arguments);
  REQUIRE_FALSE(login);
  CHECK(login.error().code == Errc::kInvalidArgument);
  return login.error().message;
}

}  // namespace

TEST_CASE("broker_login: the password is the file's, else the environment's") {
  const TempDir files;
  Arguments arguments;
  arguments.broker = "mqtt://broker.example";
  arguments.broker_username = "alice";
  arguments.broker_password_of_environment = "from the environment";
  CHECK(HasBroker(arguments));
  auto login = ReadBrokerLogin(arguments);
  REQUIRE(login);
  CHECK(login->host == "broker.example");
  CHECK(login->port == 1883);
  CHECK_FALSE(login->tls);
  CHECK(login->username == "alice");
  CHECK(login->password.Reveal() == "from the environment");
  arguments.broker_password_file = files.Write("password", " from a file \r\n");
  login = ReadBrokerLogin(arguments);
  REQUIRE(login);
  CHECK(login->password.Reveal() == " from a file ");
}

TEST_CASE("broker_login: files are for TLS, a key is for a certificate") {
  Arguments arguments;
  arguments.broker = "mqtts://broker.example:8884";
  arguments.broker_ca_file = "ca.pem";
  arguments.broker_certificate_file = "c.pem";
  arguments.broker_key_file = "k.pem";
  const auto login = ReadBrokerLogin(arguments);
  REQUIRE(login);
  CHECK(login->tls);
  CHECK(login->port == 8884);
  CHECK(login->ca_file == "ca.pem");
  CHECK(login->certificate_file == "c.pem");
  CHECK(login->key_file == "k.pem");
  arguments.broker_key_file.reset();
  CHECK(RefusedLogin(arguments) ==
        "--broker-certificate-file and --broker-key-file belong together");
  arguments.broker = "mqtt://broker.example";
  CHECK(RefusedLogin(arguments) ==
        "CAs, certificates and keys are for a --broker of mqtts://");
}

TEST_CASE("broker_login: what cannot work is refused, the password not told") {
  Arguments arguments;
  CHECK_FALSE(HasBroker(arguments));
  for (const char* url : {"", "broker", "http://b", "mqtt://", "mqtt://b:0"}) {
    arguments.broker = url;
    CHECK(RefusedLogin(arguments) ==
          "--broker must be mqtt://host[:port] or mqtts://host[:port]");
  }
  arguments.broker = "mqtt://broker.example";
  arguments.broker_password_of_environment = "hunter2";
  CHECK(RefusedLogin(arguments) ==
        "a password for the broker needs --broker-username");
  arguments.broker_password_file = "/nowhere";
  CHECK(RefusedLogin(arguments).starts_with("cannot read /nowhere"));
}

}  // namespace dps

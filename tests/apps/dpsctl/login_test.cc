// SPDX-License-Identifier: Apache-2.0
// The real dpsctl over HTTPS, with the real dps-service.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <memory>

#include "tests/apps/dpsctl/dpsctl_runner.h"
#include "tests/support/test_ca.h"

namespace dps {
namespace {

// A service on the store of a Dpsctl, whose commands go there by Login().
class Served {
 public:
  Served() {
    local_.Json({"policy", "create", "--pn", "reader", "--rights",
                 "EnrollmentRead", "--pk", kKeyA});
    const auto ca = MakeTestCa(directory_.path());
    REQUIRE(ca);
    ca_ = *ca;
    auto started = ChildProcess::Start(
        {.argv = {DPS_SERVICE, "--store", local_.store(), "--listen",
                  "127.0.0.1:0", "--cert", ca_.certificate_file, "--key",
                  ca_.key_file, "--default-instance", "plant"}});
    REQUIRE(started);
    service_ = *std::move(started);
    INFO(service_->err());
    REQUIRE(service_->WaitForText(", store"));
  }

  const Dpsctl& local() const { return local_; }
  const TestCa& ca() const { return ca_; }
  const TempDir& directory() const { return directory_; }
  std::string Host() const {
    const std::string out = service_->out();
    const std::size_t colon = out.find(":", out.find("://") + 1);
    return "localhost" + out.substr(colon, out.find(',') - colon);
  }

  std::string Login(const std::string& policy) const {
    return Member(local_.Json({"connection-string", "show", "-n", "plant",
                               "--pn", policy, "--host-name", Host()}),
                  "connectionString");
  }

  CommandResult Run(
      std::vector<std::string> arguments,
      const std::string& policy = "provisioningserviceowner") const {
    arguments.insert(arguments.end(), {"--login-ca-file", ca_.ca_file});
    return local_.RunWith("DPS_LOGIN=" + Login(policy), arguments);
  }
  std::string Json(const std::vector<std::string>& arguments) const {
    const CommandResult result = Run(arguments);
    INFO(result.err);
    CHECK(result.exit_code == 0);
    return result.out;
  }
  std::string Refusal(const std::vector<std::string>& arguments) const {
    const CommandResult result = Run(arguments);
    CHECK(result.exit_code == 1);
    CHECK(result.out.empty());
    return result.err;
  }

 private:
  const Dpsctl local_;
  const TempDir directory_;
  TestCa ca_;
  std::unique_ptr<ChildProcess> service_;
};

}  // namespace

TEST_CASE("login: what is done over the network is done on the store") {
  const Served served;
  const std::string created =
      served.Json({"enrollment", "create", "--eid", "dev-1"});
  CHECK(Holds(created, "primaryKey"));
  served.Json({"enrollment", "update", "--eid", "dev-1", "--ps", "disabled"});
  CHECK(Holds(served.local().Json({"enrollment", "show", "--eid", "dev-1"}),
              "\"disabled\""));
  CHECK(served.Json({"enrollment", "list", "-o", "table"}) ==
        served.local().Json({"enrollment", "list", "-o", "table"}));
  served.Json({"enrollment", "delete", "--eid", "dev-1"});
  CHECK(served.local().Json({"enrollment", "list"}) == "[]\n");
}

TEST_CASE("login: every noun of the service API works over the network") {
  const Served served;
  served.Json({"enrollment-group", "create", "--eid", "line-1"});
  CHECK(served.Json({"compute-device-key", "--rid", "a", "--eid", "line-1"}) ==
        served.local().Json(
            {"compute-device-key", "--rid", "a", "--eid", "line-1"}));
  served.Json({"linked-hub", "update", "--hub-name", "a.example",
               "--allocation-weight", "3"});
  CHECK(Holds(served.Json({"linked-hub", "list"}), "\"allocationWeight\": 3"));
  CHECK(served.Json({"registration", "list"}) == "[]\n");
  CHECK(served.Json({"hub-task", "list"}) == "[]\n");
  CHECK(served.Json({"certificate", "list"}) == "[]\n");
  CHECK(Holds(served.Json({"policy", "list"}), "reader"));
  CHECK(Holds(served.Json({"instance", "update", "--load-bound", "2"}),
              "\"loadBound\": 2"));
  CHECK(Holds(served.Json({"generate-sas-token", "--rid", "a", "--key", kKeyA}),
              "0neTEST"));
}

TEST_CASE("login: a latency table goes there and back") {
  const Served served;
  const std::string file =
      served.directory().Write("table.csv", "10.0.0.0/8,a.example,5\n");
  served.Json({"latency-table", "import", "--path", file});
  const CommandResult again =
      served.Run({"latency-table", "import", "--path", file});
  CHECK(again.err == "dpsctl: nothing to change, nothing was written\n");
  CHECK(served.Json({"latency-table", "export"}) ==
        "cidr,hub,milliseconds\n10.0.0.0/8,a.example,5\n");
  served.Json({"latency-table", "delete"});
}

TEST_CASE("login: more rows than a page holds all arrive") {
  const Served served;
  for (int i = 0; i < 5; ++i) {
    served.local().Json(
        {"enrollment", "create", "--eid", "dev-" + std::to_string(i)});
  }
  CHECK(served.Json({"enrollment", "list"}) ==
        served.local().Json({"enrollment", "list"}));
  CHECK(served.Json({"enrollment", "list", "--top", "2"}) ==
        served.local().Json({"enrollment", "list", "--top", "2"}));
}

TEST_CASE("login: what reads the store itself says that it needs it") {
  const Served served;
  const std::string needs = "needs --store on the service's machine\n";
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"allocation", "explain", "--rid", "a"},
        {"enrollment-group", "reprovision", "--eid", "a", "--plan"},
        {"enrollment", "reprovision", "--eid", "a", "--plan"},
        {"registration", "explain", "--rid", "a", "--sas-token",
         "SharedAccessSignature sr=a&sig=YQ%3D%3D&se=1"}}) {
    CHECK(Holds(served.Refusal(command), needs));
  }
  CHECK(Holds(served.Refusal({"instance", "create", "-n", "new"}),
              "instances are made on the service's machine"));
}

TEST_CASE("login: a policy may do what its rights say and no more") {
  const Served served;
  CHECK(served.Run({"enrollment", "list"}, "reader").exit_code == 0);
  const CommandResult refused =
      served.Run({"enrollment", "create", "--eid", "a"}, "reader");
  CHECK(refused.exit_code == 1);
  CHECK(refused.err == "dpsctl: " + served.Host() +
                           " refuses: policy reader lacks the right "
                           "EnrollmentWrite\n");
}

TEST_CASE("login: the host decides on the instance, other names are refused") {
  const Served served;
  served.local().Json({"instance", "create", "-n", "other"});
  CHECK(served.Run({"enrollment", "list", "-n", "PLANT"}).exit_code == 0);
  CHECK(served.Run({"enrollment", "list", "--id-scope", "0neTEST"}).exit_code ==
        0);
  CHECK(served.Refusal({"enrollment", "list", "-n", "other"}) ==
        "dpsctl: " + served.Host() +
            " is instance plant, and --dps-name or --id-scope name another\n");
  CHECK_FALSE(Holds(served.Json({"instance", "list"}), "other"));
}

TEST_CASE("login: a wrong key, CA, port or string is told, the key is not") {
  const Served served;
  const std::string wrong =
      "HostName=" + served.Host() +
      ";SharedAccessKeyName=reader;SharedAccessKey=" + kKeyB;
  const std::vector<std::string> list = {"enrollment", "list"};
  const auto fails = [&](const std::vector<std::string>& more) {
    auto command = list;
    command.insert(command.end(), more.begin(), more.end());
    const CommandResult result = served.local().RunWith("DPS_STORE=", command);
    CHECK(result.exit_code != 0);
    CHECK(result.out.empty());
    CHECK_FALSE(Holds(result.err, kKeyB));
    return result.err;
  };
  CHECK(Holds(fails({"--login", wrong, "--login-ca-file", served.ca().ca_file}),
              " refuses: the token is not signed by a key"));
  CHECK(Holds(fails({"--login", wrong}), "--login-ca-file names the CA"));
  CHECK(Holds(fails({"--login", wrong, "--login-ca-file", "/nowhere"}),
              "cannot read the CA file /nowhere"));
  CHECK(Holds(fails({"--login", "SharedAccessKey=" + kKeyB}),
              "--login lacks HostName"));
  CHECK(Holds(fails({"--login", wrong, "--store", "/nowhere"}), "--login"));
  const std::string nobody =
      "HostName=localhost:1;SharedAccessKeyName=a;SharedAccessKey=" + kKeyB;
  CHECK(Holds(fails({"--login", nobody}), "localhost:1: could not connect"));
}

TEST_CASE("login: the string may come from a file, and --store goes before") {
  const Served served;
  const std::string file =
      served.directory().Write("login", served.Login("reader") + "\n");
  const CommandResult listed = served.local().RunWith(
      "DPS_STORE=/nowhere", {"enrollment", "list", "--login-file", file,
                             "--login-ca-file", served.ca().ca_file});
  CHECK(listed.out == "[]\n");
  const CommandResult local = served.local().RunWith(
      "DPS_LOGIN=nonsense",
      {"enrollment", "list", "--store", served.local().store()});
  CHECK(local.out == "[]\n");
  const CommandResult nonsense =
      served.local().RunWith("DPS_LOGIN=nonsense", {"enrollment", "list"});
  CHECK(nonsense.err ==
        "dpsctl: the connection string of the environment variable DPS_LOGIN "
        "lacks HostName\n");
}

TEST_CASE("login: files of enrollments go in and out over the network") {
  const Served served;
  const std::string file = served.directory().File("devices.csv");
  std::string rows = "registrationId,primaryKey\n";
  for (int i = 0; i < 1500; ++i) {
    rows += "dev-" + std::to_string(i) + "," + kKeyA + "\n";
  }
  std::ofstream(file) << rows;
  const CommandResult imported = served.Run({"enrollment", "import", file});
  CHECK(imported.exit_code == 0);
  CHECK(imported.err == "dpsctl: 1500 imported, 0 refused\n");
  const CommandResult exported =
      served.Run({"enrollment", "export", "--show-keys"});
  CHECK(exported.exit_code == 0);
  CHECK(std::ranges::count(exported.out, '\n') == 1500);
  CHECK(Holds(exported.out, kKeyA));
  CHECK(Holds(served.Run({"enrollment", "export"}, "reader").out, "dev-1499"));
  CHECK(Holds(served.Run({"enrollment", "export", "--show-keys"}, "reader").err,
              "lacks the right EnrollmentWrite"));
  CHECK(Holds(served.Run({"enrollment", "import", file}, "reader").err,
              "lacks the right EnrollmentWrite"));
}

}  // namespace dps

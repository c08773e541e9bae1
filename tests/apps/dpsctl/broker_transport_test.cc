// SPDX-License-Identifier: Apache-2.0
// Brokers that do not do what they should; tests/e2e/control_dpsctl_test.cc has
// one that does.
#include "apps/dpsctl/broker_transport.h"

#include <doctest/doctest.h>

#include <vector>

#include "tests/support/fake_mqtt_hub.h"
#include "tests/support/patience.h"

namespace dps {
namespace {

constexpr std::chrono::milliseconds kBriefWait{300};

FakeMqttHubOptions Answering(std::string answer) {
  return {.answer = std::move(answer),
          .answer_topic = std::string(kControlAnswerTopic)};
}

// A transport to a fake broker.
struct BrokerCall {
  explicit BrokerCall(FakeMqttHubOptions options,
                      std::chrono::milliseconds patience = kPatience)
      : fake(std::move(options)),
        address(*ParseMosquittoUrl(fake.url())),
        name(address.host + ":" + std::to_string(address.port)) {
    address.username = "alice";
    address.password = SecretBytes("hunter2");
    transport = std::make_unique<BrokerTransport>(
        address, BrokerTransportOptions{
                     .patience = patience,
                     .wait = [this](std::chrono::seconds) { ++waits; }});
  }

  Error Failure(const std::string& body = "") {
    const auto answer = transport->Send(
        {.method = "PUT", .path = "/enrollments/a", .body = body});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().message.find("hunter2") == std::string::npos);
    return answer.error();
  }

  FakeMqttHub fake;
  MosquittoAddress address;
  std::string name;
  int waits = 0;
  std::unique_ptr<BrokerTransport> transport;
};

}  // namespace

TEST_CASE("broker_transport: without an answer it asks what may be wrong") {
  BrokerCall call(Answering(""), kBriefWait);
  const Error error = call.Failure();
  CHECK(error.code == Errc::kUnavailable);
  CHECK(error.message == "no answer from the broker " + call.name +
                             ": is plugin_opt_dps_control on there, and may "
                             "alice publish to $CONTROL/dps/v1? If both are "
                             "so, what was asked may still be done");
}

TEST_CASE("broker_transport: the answer to another request is passed over") {
  BrokerCall call(Answering(R"({"status":200,"correlationData":"other"})"),
                  kBriefWait);
  CHECK(call.Failure().message.starts_with("no answer from"));
}

TEST_CASE("broker_transport: what is no answer of a DPS is not printed") {
  for (const char* answer : {"<html>", "{}", R"({"status":"ok"})"}) {
    BrokerCall call(Answering(answer));
    CHECK(call.Failure() ==
          Error{Errc::kUnavailable,
                "the broker " + call.name + " does not answer as a DPS does"});
  }
}

TEST_CASE("broker_transport: a plugin that is too busy is asked again") {
  BrokerCall call(
      Answering(R"({"status":429,"body":{"message":"too many wait"}})"));
  CHECK(call.Failure() == Error{Errc::kInvalidArgument, "too many wait"});
  CHECK(call.waits == 4);
  CHECK(call.fake.connections() == 1);
}

TEST_CASE("broker_transport: a refusal nobody read is still an answer") {
  BrokerCall call(
      Answering(R"({"status":413,"body":{"message":"too large"}})"));
  CHECK(call.Failure() == Error{Errc::kInvalidArgument, "too large"});
  CHECK(call.waits == 0);
}

TEST_CASE("broker_transport: a login that is refused is told so") {
  BrokerCall call({.connack_code = 5});
  const Error error = call.Failure();
  CHECK(error.code == Errc::kForbidden);
  CHECK(error.message == "the broker " + call.name +
                             " does not accept our username and password or "
                             "certificate (CONNACK 5)");
}

TEST_CASE("broker_transport: what is too large is not sent") {
  BrokerCall call(Answering(""));
  const Error error = call.Failure(std::string(kControlRequestMax, 'x'));
  CHECK(error.message.starts_with("this is too large to go over a broker: "));
  CHECK(error.message.ends_with("; --login or --store take it"));
}

TEST_CASE("broker_transport: a broker that hangs up may have found it large") {
  BrokerCall call({.hangs_up = true});
  CHECK(call.Failure(std::string(100'000, 'x'))
            .message.find("; may its max_packet_size be less than the 100") !=
        std::string::npos);
  CHECK(call.Failure().message.find("max_packet_size") == std::string::npos);
}

TEST_CASE("broker_transport: a broker that is not there is named") {
  BrokerTransport transport(*ParseMosquittoUrl("mqtt://127.0.0.1:1"), {});
  const auto answer = transport.Send({.method = "GET", .path = "/instances"});
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Errc::kUnavailable);
  CHECK(answer.error().message.starts_with(
      "the broker 127.0.0.1:1 is out of reach: "));
}

}  // namespace dps

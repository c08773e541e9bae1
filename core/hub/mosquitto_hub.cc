// SPDX-License-Identifier: Apache-2.0
#include "core/hub/mosquitto_hub.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/text.h"
#include "core/hub/mosquitto_conversation.h"
#include "core/hub/mosquitto_device.h"

namespace dps {
namespace {

constexpr std::string_view kNotice = R"({"reason":"reprovision"})";

// What an error of a command means that should have gone well.
Status Judge(const DynsecAnswer& answer) {
  if (answer.error.empty()) return {};
  const std::string words =
      "the hub's dynamic-security plugin says: " + Printable(answer.error);
  // Somebody else changed the device between our question and our command.
  if (answer.missing() || answer.error.ends_with("already exists")) {
    return Fail(Errc::kUnavailable, words + "; it changed meanwhile");
  }
  return Fail(answer.error.starts_with("Invalid") ? Errc::kInvalidArgument
                                                  : Errc::kInternal,
              words);
}

// "not found" leaves the answer empty; other errors are errors.
Status JudgeQuestion(const DynsecAnswer& answer) {
  return answer.missing() ? Status() : Judge(answer);
}

Status Change(MosquittoSession& session,
              const std::vector<std::string>& commands) {
  if (commands.empty()) return {};
  DPS_TRY(const auto answers, AskDynsec(session, commands));
  for (const DynsecAnswer& answer : answers) DPS_CHECK(Judge(answer));
  return {};
}

Result<std::optional<DynsecClient>> FindClient(MosquittoSession& session,
                                               const std::string& username) {
  DPS_TRY(auto answers, AskDynsec(session, {GetClientCommand(username)}));
  DPS_CHECK(JudgeQuestion(answers[0]));
  return std::move(answers[0].client);
}

// The record of the device, and the client of that username.
Result<DynsecFound> Find(MosquittoSession& session,
                         const MosquittoDevicePlace& place,
                         const std::string& username) {
  std::vector<std::string> questions = {GetRoleCommand(place.own_role),
                                        GetClientCommand(username)};
  if (place.role != place.own_role) {
    questions.push_back(GetRoleCommand(place.role));
  }
  DPS_TRY(auto answers, AskDynsec(session, questions));
  DPS_CHECK(JudgeQuestion(answers[0]));
  DPS_CHECK(JudgeQuestion(answers[1]));
  if (answers.size() > 2 && answers[2].missing()) {
    return Fail(Errc::kInvalidArgument,
                "the hub has no role " + Printable(place.role));
  }
  DynsecFound found;
  found.own_role = std::move(answers[0].role);
  found.client = std::move(answers[1].client);
  DPS_TRY(const auto recorded, RecordedUsername(found.own_role));
  if (recorded && *recorded != username) {
    DPS_TRY(found.former_client, FindClient(session, *recorded));
  }
  return found;
}

// All clients that we made for the device; nullopt: it is none of ours.
Result<std::optional<std::vector<DynsecClient>>> FindOwnClients(
    MosquittoSession& session, const MosquittoDevicePlace& place,
    const std::string& device_id) {
  MosquittoDevicePlace own = place;
  own.role = own.own_role;  // the shared role may be gone by now
  DPS_TRY(DynsecFound found, Find(session, own, device_id));
  if (!found.own_role || !IsRecordOf(*found.own_role, place)) {
    return std::nullopt;
  }
  std::vector<DynsecClient> clients;
  for (auto* client : {&found.client, &found.former_client}) {
    if (!*client || !IsClientOf(**client, device_id)) continue;
    clients.push_back(*std::move(*client));
  }
  return clients;
}

// That dynamic security answers us, and has the role if devices share one.
Status CheckSharedRole(MosquittoSession& session,
                       const MosquittoDevicePlace& place) {
  if (place.role == place.own_role) {
    return Change(session, {GetDefaultAclAccessCommand()});
  }
  DPS_TRY(const auto answers, AskDynsec(session, {GetRoleCommand(place.role)}));
  if (!answers[0].missing()) return Judge(answers[0]);
  return Fail(Errc::kInvalidArgument,
              "the hub has no role " + Printable(place.role));
}

std::vector<std::string> TwinTopics(const MosquittoDevicePlace& place) {
  return {place.tags_topic, place.desired_topic, place.reported_topic};
}

// Replaces the retained messages and looks whether they are there: a broker
// drops in silence what we have no right to. The reported part is the device's
// and may have changed by then.
Status WriteTwin(MosquittoSession& session, const MosquittoDevicePlace& place,
                 const DeviceState& state) {
  for (const ArrivedMessage& part :
       {ArrivedMessage{place.tags_topic, state.tags},
        ArrivedMessage{place.desired_topic, state.desired},
        ArrivedMessage{place.reported_topic, state.reported}}) {
    DPS_CHECK(session.Publish(part, true));
  }
  DPS_TRY(auto kept,
          ReadRetained(session, {place.tags_topic, place.desired_topic},
                       {GetDefaultAclAccessCommand()}));
  if (kept.by_topic[place.tags_topic] == state.tags &&
      kept.by_topic[place.desired_topic] == state.desired) {
    return {};
  }
  return Fail(Errc::kForbidden,
              "the hub does not keep what we publish to " + place.tags_topic +
                  " and " + place.desired_topic +
                  "; look at our rights, at message_size_limit and "
                  "retain_available");
}

}  // namespace

Result<std::unique_ptr<HubConnector>> MosquittoHub::Create(
    MosquittoHubOptions options) {
  DPS_TRY(MosquittoAddress address, ParseMosquittoUrl(options.url));
  if (options.certificate_file.empty() != options.key_file.empty()) {
    return Fail(Errc::kInvalidArgument,
                "a certificate file and its key file must come together");
  }
  if (!address.tls &&
      !(options.ca_file.empty() && options.certificate_file.empty())) {
    return Fail(Errc::kInvalidArgument,
                "files of certificates need a URL of mqtts://");
  }
  DPS_TRY(MosquittoLayout layout,
          MosquittoLayout::Create(
              {.role = std::move(options.role),
               .role_template_json = std::move(options.role_template_json),
               .twin_topic = std::move(options.twin_topic),
               .notice_topic = std::move(options.notice_topic),
               .linked_as = std::move(options.linked_as)}));
  std::string place = address.host + ':' + std::to_string(address.port);
  address.username = std::move(options.username);
  address.password = std::move(options.password);
  address.ca_file = std::move(options.ca_file);
  address.certificate_file = std::move(options.certificate_file);
  address.key_file = std::move(options.key_file);
  return std::unique_ptr<HubConnector>(
      new MosquittoHub(std::move(layout), std::move(place),
                       {.address = std::move(address),
                        .timeout = options.timeout,
                        .stop = std::move(options.stop)}));
}

Status MosquittoHub::EnsureDevice(const HubDevice& device) {
  DPS_TRY(const auto place, layout_.PlaceOf(device.device_id));
  DPS_TRY(const DynsecDevice wanted, DescribeDevice(device, place));
  return pool_.Run([&](MosquittoSession& session) -> Status {
    DPS_TRY(const DynsecFound found,
            Find(session, place, wanted.client.username));
    DPS_TRY(const auto commands,
            CommandsToEnsure(wanted, device.device_id, found));
    return Change(session, commands);
  });
}

Result<std::optional<DeviceState>> MosquittoHub::ReadState(
    const std::string& device_id) {
  DPS_TRY(const auto place, layout_.PlaceOf(device_id));
  std::optional<DeviceState> state;
  Status done = pool_.Run([&](MosquittoSession& session) -> Status {
    DPS_TRY(auto read, ReadRetained(session, TwinTopics(place),
                                    {GetRoleCommand(place.own_role)}));
    DPS_CHECK(JudgeQuestion(read.answers[0]));
    DPS_TRY(const auto recorded, RecordedUsername(read.answers[0].role));
    if (!recorded) return {};
    state =
        DeviceState{.tags = std::move(read.by_topic[place.tags_topic]),
                    .desired = std::move(read.by_topic[place.desired_topic]),
                    .reported = std::move(read.by_topic[place.reported_topic])};
    return {};
  });
  if (!done) return Forward(std::move(done));
  return state;
}

Status MosquittoHub::WriteState(const std::string& device_id,
                                const DeviceState& state) {
  DPS_TRY(const auto place, layout_.PlaceOf(device_id));
  for (const std::string* part :
       {&state.tags, &state.desired, &state.reported}) {
    if (part->size() <= kHubStateBytesMax) continue;
    return Fail(Errc::kInvalidArgument,
                "a part of the device's state is over 256 KiB");
  }
  return pool_.Run([&](MosquittoSession& session) {
    return WriteTwin(session, place, state);
  });
}

Status MosquittoHub::RemoveDevice(const std::string& device_id) {
  DPS_TRY(const auto place, layout_.PlaceOf(device_id));
  return pool_.Run([&](MosquittoSession& session) -> Status {
    // First the device, so that it cannot report anew; last the role, by which
    // we know that it is ours, so that a removal cut short is gone on with.
    DPS_TRY(const auto clients, FindOwnClients(session, place, device_id));
    if (!clients) return {};
    std::vector<std::string> commands;
    for (const DynsecClient& client : *clients) {
      commands.push_back(DeleteClientCommand(client.username));
    }
    DPS_CHECK(Change(session, commands));
    DPS_CHECK(WriteTwin(session, place, {}));
    return Change(session, {DeleteRoleCommand(place.own_role)});
  });
}

Status MosquittoHub::SuspendDevice(const std::string& device_id) {
  DPS_TRY(const auto place, layout_.PlaceOf(device_id));
  return pool_.Run([&](MosquittoSession& session) -> Status {
    DPS_TRY(const auto clients, FindOwnClients(session, place, device_id));
    if (!clients) return {};
    std::vector<std::string> commands;
    for (const DynsecClient& client : *clients) {
      std::ranges::move(CommandsToSuspend(client),
                        std::back_inserter(commands));
    }
    return Change(session, commands);
  });
}

Status MosquittoHub::CheckHealth() {
  // Of a device that nobody has, so nobody listens.
  DPS_TRY(const auto place, layout_.PlaceOf("health-" + NewGuid()));
  return pool_.Run([&](MosquittoSession& session) -> Status {
    DPS_CHECK(CheckSharedRole(session, place));
    std::vector<ArrivedMessage> probes = {{place.notice_topic, "{}"}};
    for (std::string& topic : TwinTopics(place)) {
      probes.push_back({std::move(topic), "{}"});
    }
    return PublishSeen(session, probes);
  });
}

Status MosquittoHub::Notify(const std::string& device_id) {
  DPS_TRY(const auto place, layout_.PlaceOf(device_id));
  return pool_.Run([&](MosquittoSession& session) {
    return PublishSeen(session, {{place.notice_topic, std::string(kNotice)}});
  });
}

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
// dps-service: the service API and the device endpoint over HTTPS, on the store
// of the DPS plugin.
#include <systemd/sd-daemon.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>

#include "apps/dps-service/command_line.h"
#include "apps/dps-service/device_face.h"
#include "apps/dps-service/http_server.h"
#include "apps/dps-service/registrar.h"
#include "apps/dps-service/service_face.h"
#include "apps/dps-service/stderr_log.h"
#include "core/base/limits.h"
#include "core/base/secret_box.h"
#include "core/protocol/device_path.h"
#include "core/service_api/audit.h"
#include "core/store/directory_owner.h"
#include "core/store/lmdb_store.h"

namespace dps {
namespace {

constexpr int kRefused = 1;
constexpr int kUsage = 2;

// Everything that answers, in the order in which it is built.
class Faces {
 public:
  Faces(const CommandLine& line, std::unique_ptr<LmdbStore> store, Log& log)
      : log_(log),
        store_(std::move(store)),
        secrets_(line.store),
        audit_(line.audit_file.empty() ? line.store + "/audit.log"
                                       : line.audit_file,
               clock_, log),
        api_(*store_, clock_, secrets_, log, &audit_),
        service_(*store_, clock_, api_, line.face) {
    store_->ReportTo(log);
  }

  // Before the first call of Answer(), or never.
  [[nodiscard]] Status LetDevicesIn(const DeviceOptions& options) {
    DPS_TRY(registrar_, Registrar::Create({.store = *store_,
                                           .clock = clock_,
                                           .log = log_,
                                           .secrets = secrets_},
                                          options.registrar));
    devices_ = std::make_unique<DeviceFace>(registrar_->service(), clock_, log_,
                                            FaceOptionsOf(options));
    return {};
  }

  HttpReply Answer(const HttpCall& call) {
    return IsForDevices(call) ? devices_->Answer(call) : service_.Answer(call);
  }

  std::size_t BodyMaxOf(const HttpCall& head) {
    return IsForDevices(head) ? limits::kMessageMax : service_.BodyMaxOf(head);
  }

 private:
  bool IsForDevices(const HttpCall& call) const {
    return devices_ != nullptr && IsDevicePath(call.path) &&
           !ServiceApi::Knows(call.path);
  }

  Log& log_;
  SystemClock clock_;
  std::unique_ptr<LmdbStore> store_;
  SecretBox secrets_;
  Audit audit_;
  ServiceApi api_;
  ServiceFace service_;
  std::unique_ptr<Registrar> registrar_;
  std::unique_ptr<DeviceFace> devices_;
};

// The server listens, and has read its key, before the faces are there: as
// root, who is given up in between.
class Door {
 public:
  void Open(Faces& faces) { faces_ = &faces; }
  HttpReply Answer(const HttpCall& call) {
    Faces* faces = faces_;
    if (faces != nullptr) return faces->Answer(call);
    return {.status = 503, .headers = {{"Retry-After", "1"}}, .body = ""};
  }
  std::size_t BodyMaxOf(const HttpCall& head) {
    Faces* faces = faces_;
    return faces == nullptr ? 0 : faces->BodyMaxOf(head);
  }

 private:
  std::atomic<Faces*> faces_ = nullptr;
};

Result<std::unique_ptr<HttpServer>> Listen(const CommandLine& line, Door& door,
                                           Log& log) {
  const HttpHandler handler = [&door](const HttpCall& call) {
    return door.Answer(call);
  };
  HttpServerOptions options = line.server;
  options.body_max = [&door](const HttpCall& head) {
    return door.BodyMaxOf(head);
  };
  if (line.listen) {
    DPS_TRY(const ListenAddress where, ParseListenAddress(*line.listen));
    options.address = where.address;
    options.port = where.port;
    return HttpServer::Start(options, handler, log);
  }
  options.port = kHttpsPort;
  auto server = HttpServer::Start(options, handler, log);
  if (server || server.error().code != Errc::kForbidden) return server;
  log.Write(LogLevel::kNotice, server.error().message + "; port " +
                                   std::to_string(kOtherPort) + " it is");
  options.port = kOtherPort;
  return HttpServer::Start(options, handler, log);
}

sigset_t BlockedSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    sigaddset(&signals, signal);
  }
  // Before there are threads: they inherit it.
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
  return signals;
}

void ServeUntilTold(HttpServer& server, const sigset_t& signals) {
  int signal = 0;
  while (sigwait(&signals, &signal) == 0 && signal == SIGHUP) {
    sd_notify(0, "RELOADING=1");
    server.ReloadCertificate();
    sd_notify(0, "READY=1");
  }
  sd_notify(0, "STOPPING=1");
}

Status Run(const CommandLine& line) {
  const sigset_t signals = BlockedSignals();
  StderrLog log;
  Door door;
  std::unique_ptr<Faces> faces;  // outlives the server's threads
  DPS_TRY(const Owner owner, OwnerOf(line.store));
  DPS_TRY(const auto server, Listen(line, door, log));
  DPS_CHECK(ActAs(owner));
  DPS_TRY(auto store, LmdbStore::Open({.directory = line.store}));
  faces = std::make_unique<Faces>(line, std::move(store), log);
  if (line.devices.let_in) DPS_CHECK(faces->LetDevicesIn(line.devices));
  door.Open(*faces);
  const ListenAddress where{line.listen
                                ? ParseListenAddress(*line.listen)->address
                                : line.server.address,
                            server->port()};
  std::cout << "dps-service: https://" << ToText(where) << ", store "
            << line.store << std::endl;
  sd_notify(0, "READY=1");
  ServeUntilTold(*server, signals);
  return {};
}

int Main(int argc, char** argv) {
  CLI::App app("Azure's DPS over HTTPS, for operators and devices",
               "dps-service");
  CommandLine line;
  AddOptions(app, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    std::cerr << "dps-service: " << error.what() << "\nTry --help.\n";
    return kUsage;
  }
  const Status done = Run(line);
  if (done) return EXIT_SUCCESS;
  std::cerr << "dps-service: " << done.error().message << "\n";
  return kRefused;
}

}  // namespace
}  // namespace dps

int main(int argc, char** argv) {
  try {
    return dps::Main(argc, argv);
  } catch (const std::exception& failure) {
    std::cerr << "dps-service: " << failure.what() << "\n";
    return dps::kRefused;
  }
}

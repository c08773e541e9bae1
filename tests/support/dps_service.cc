// SPDX-License-Identifier: Apache-2.0
#include "tests/support/dps_service.h"

#include "core/base/text.h"

namespace dps {
namespace {

constexpr std::string_view kReady = "dps-service: https://";

// Of `dps-service: https://127.0.0.1:8444, store /...`; 0 if it is not that.
std::uint16_t PortOf(std::string_view out) {
  const std::size_t line = out.find(kReady);
  if (line == std::string_view::npos) return 0;
  const std::size_t comma = out.find(',', line);
  const std::size_t colon = out.rfind(':', comma);
  const auto port = ParseDecimal(out.substr(colon + 1, comma - colon - 1));
  return static_cast<std::uint16_t>(port.value_or(0));
}

}  // namespace

Result<std::unique_ptr<DpsService>> DpsService::Start(
    const DpsServiceOptions& options) {
  ChildCommand command{
      .argv = {options.program, "--store", options.store, "--listen",
               options.listen, "--cert", options.ca.certificate_file, "--key",
               options.ca.key_file},
      .environment = {},
      .input = {},
      .directory = {}};
  command.argv.insert(command.argv.end(), options.more.begin(),
                      options.more.end());
  DPS_TRY(auto process, ChildProcess::Start(command));
  if (process->WaitForText(kReady) && PortOf(process->out()) != 0) {
    const std::uint16_t port = PortOf(process->out());
    return std::unique_ptr<DpsService>(
        new DpsService(std::move(process), port));
  }
  return Fail(Errc::kUnavailable,
              "dps-service did not start: " + process->err());
}

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/option_words.h"

#include <algorithm>
#include <array>

#include "core/base/text.h"

namespace dps {
namespace {

// Members whose option is not their own name with hyphens.
struct Stand {
  std::string_view member;
  const char* option;
  std::string_view part = "";  // of the option's value
};

constexpr std::array kStands = {
    Stand{"customAllocationDefinition", "--webhook-url"},
    Stand{"iotHubs", "--iot-hub-host-name"},
    Stand{"isVerified", "--verified"},
    Stand{"region", "--region"},
    Stand{"serviceOperationsHostName", "--service-host-name"},
    Stand{"roleTemplate", "--device-role-template"},
    Stand{"url", "--connector-url"},
    Stand{"latitude", "--coordinates", "the latitude of "},
    Stand{"longitude", "--coordinates", "the longitude of "},
};

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }

// `--allocation-weight` of `allocationWeight`; empty for a word of prose.
std::string OptionLike(std::string_view word) {
  if (std::ranges::none_of(word, IsUpper)) return "";
  std::string option = "--";
  for (const char c : word) {
    option += (IsUpper(c) ? "-" : "") + AsciiLower(std::string(1, c));
  }
  return option;
}

std::string Replacement(const CLI::App& command, std::string_view word) {
  std::string present;
  const auto try_option = [&](const std::string& name, std::string_view part) {
    const CLI::Option* option =
        name.empty() ? nullptr : command.get_option_no_throw(name);
    if (option == nullptr) return;
    if (present.empty() || option->count() > 0) {
      present = std::string(part) + name;
    }
  };
  try_option(OptionLike(word), "");
  for (const Stand& stand : kStands) {
    if (stand.member == word) try_option(stand.option, stand.part);
  }
  return present;
}

// What is quoted, or part of a name or path, is somebody's value.
bool StandsAlone(std::string_view message, std::size_t at, std::size_t end) {
  constexpr std::string_view kBehind = " ,:;";
  return (at == 0 || message[at - 1] == ' ') &&
         (end == message.size() || kBehind.find(message[end]) != kBehind.npos);
}

}  // namespace

std::string InWordsOf(const CLI::App& command, std::string_view message) {
  constexpr std::string_view kPrefix = "member ";
  std::string out;
  for (std::size_t at = 0; at < message.size();) {
    const auto* rest = message.data() + at;
    const auto* stop =
        std::find_if_not(rest, message.data() + message.size(), IsAsciiAlnum);
    const auto size = static_cast<std::size_t>(stop - rest);
    const std::string_view word = message.substr(at, size);
    const std::string option = StandsAlone(message, at, at + size)
                                   ? Replacement(command, word)
                                   : std::string();
    if (!option.empty() && out.ends_with(kPrefix)) {
      out.resize(out.size() - kPrefix.size());
    }
    out += option.empty() ? std::string(word) : option;
    at += size;
    if (at < message.size()) out += message[at++];
  }
  return out;
}

}  // namespace dps

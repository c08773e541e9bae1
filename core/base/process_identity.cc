// SPDX-License-Identifier: Apache-2.0
#include "core/base/process_identity.h"

#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <sstream>

namespace dps {
namespace {

// When the process began, in ticks since the machine did; "" if there is none
// that runs: a killed one stays, as a zombie, until its parent asks for it.
// proc(5): the 22nd field of `stat`, the third is the state; the second, a name
// in parentheses, may hold anything.
std::string StartOf(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  const std::string stat{std::istreambuf_iterator<char>(file), {}};
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return "";
  std::istringstream fields(stat.substr(name_end + 1));
  constexpr int kFieldsFromStateToStart = 19;
  std::string state;
  fields >> state;
  if (state == "Z" || state == "X") return "";
  std::string field;
  for (int i = 0; i < kFieldsFromStateToStart; ++i) fields >> field;
  return fields ? field : "";
}

// In which process numbers count, with the machine's start.
std::string Namespace() {
  struct stat status {};
  if (stat("/proc/self/ns/pid", &status) != 0) return "";
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string boot;
  file >> boot;
  return boot + '.' + std::to_string(status.st_ino);
}

}  // namespace

const std::string& OwnProcessIdentity() {
  static const std::string identity = [] {
    std::ifstream file("/proc/self/stat");
    std::string pid;
    file >> pid;
    return Namespace() + ':' + pid + ':' + StartOf(pid);
  }();
  return identity;
}

bool HasEnded(std::string_view process_identity) {
  const std::size_t first = process_identity.find(':');
  const std::size_t second = process_identity.rfind(':');
  if (first == std::string_view::npos || second == first) return false;
  const std::string own = Namespace();
  if (own.empty() || process_identity.substr(0, first) != own) return false;
  const std::string pid(process_identity.substr(first + 1, second - first - 1));
  return StartOf(pid) != process_identity.substr(second + 1);
}

}  // namespace dps

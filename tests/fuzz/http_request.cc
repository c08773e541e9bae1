// SPDX-License-Identifier: Apache-2.0
// A request's target in the first line, its headers in the others.
#include "apps/dps-service/request_head.h"
#include "apps/dps-service/request_target.h"
#include "core/base/text.h"
#include "tests/fuzz/require.h"

namespace dps {
namespace {

std::string_view TakeLine(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  return line;
}

void CheckTarget(std::string_view text) {
  const auto target = ParseRequestTarget(text);
  if (!target) return;
  Require(target->path.starts_with('/') && PercentDecode(target->path));
  // Written out again, it means the same.
  std::string again = target->path + "?";
  for (const auto& [name, value] : target->query) {
    again += PercentEncode(name) + "=" + PercentEncode(value) + "&";
  }
  const auto same = ParseRequestTarget(again);
  Require(same && same->path == target->path && same->query == target->query);
}

void CheckHead(std::string_view text) {
  HeaderLines lines;
  while (!text.empty()) {
    const std::string_view line = TakeLine(text);
    const std::size_t colon = line.find(':');
    if (colon == line.npos) continue;
    lines.emplace_back(line.substr(0, colon), line.substr(colon + 1));
  }
  const auto head = ReadRequestHead(lines);
  if (!head) return;
  Require(!head->chunked || !head->content_length);
  for (const auto& [name, value] : head->headers) Require(IsToken(name));
  // Whoever looks for a header finds what its line had.
  for (const auto& [name, value] : lines) {
    const auto found = head->headers.find(name);
    Require(found != head->headers.end());
    Require(found->second.find(value) != found->second.npos);
  }
}

}  // namespace
}  // namespace dps

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = dps::Text(data, size);
  dps::CheckTarget(dps::TakeLine(text));
  dps::CheckHead(text);
  return 0;
}

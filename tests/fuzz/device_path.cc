// SPDX-License-Identifier: Apache-2.0
#include "core/protocol/device_path.h"

#include "tests/fuzz/require.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = dps::Text(data, size);
  const auto path = dps::ParseDevicePath(text);
  if (!path) return 0;
  dps::Require(dps::IsDevicePath(text));
  const bool names_operation = path->kind == dps::DevicePath::Kind::kOperation;
  dps::Require(path->operation_id.empty() != names_operation);
  // The place of an operation, as a reply names it, leads to that operation.
  const std::string_view operation =
      names_operation ? std::string_view(path->operation_id) : "4.ab";
  const std::string location =
      dps::OperationLocation(*path, operation, "2019-03-31");
  const auto back =
      dps::ParseDevicePath(location.substr(0, location.find('?')));
  if (!back) {  // encoded, it may be too long
    dps::Require(location.size() > 1024);
    return 0;
  }
  dps::Require(back->kind == dps::DevicePath::Kind::kOperation);
  dps::Require(back->operation_id == operation);
  dps::Require(back->id_scope == path->id_scope);
  dps::Require(back->registration_id == path->registration_id);
  return 0;
}

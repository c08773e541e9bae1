// SPDX-License-Identifier: Apache-2.0
#include "core/http/ca_file.h"

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "core/base/certificate.h"
#include "core/base/certificate_pem.h"
#include "core/base/text.h"

namespace dps {
namespace {

// A system's bundle has some 150 certificates in a quarter of a megabyte.
constexpr std::size_t kBytesMax = std::size_t{4} * 1024 * 1024;
constexpr std::size_t kBlocksMax = 10'000;

Result<std::string> Read(const std::string& path) {
  std::error_code error;
  // Opening a pipe would wait for somebody to write.
  const bool is_file = std::filesystem::is_regular_file(path, error);
  std::ifstream file(is_file ? path : "", std::ios::binary);
  std::string text(kBytesMax + 1, '\0');
  if (!file.read(text.data(), static_cast<std::streamsize>(text.size())) &&
      !file.eof()) {
    return Fail(Errc::kInvalidArgument, "it cannot be read");
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() <= kBytesMax) return text;
  return Fail(Errc::kInvalidArgument,
              "it is larger than " + std::to_string(kBytesMax) + " bytes");
}

Status Check(const std::string& path) {
  DPS_TRY(const std::string text, Read(path));
  DPS_TRY(const auto blocks, ReadPem(text, kBlocksMax));
  bool has_certificate = false;
  for (const PemBlock& block : blocks) {
    if (!block.label.ends_with("CERTIFICATE")) continue;
    has_certificate = true;
    // What OpenSSL adds to a certificate to say what it is trusted for.
    if (block.label.starts_with("TRUSTED")) continue;
    DPS_CHECK(Certificate::ParseChain(block.bytes));
  }
  if (has_certificate) return {};
  return Fail(Errc::kInvalidArgument, "there is no certificate in it");
}

}  // namespace

Status CheckCaFile(const std::string& path) {
  const Status checked = Check(path);
  if (checked) return {};
  return Fail(Errc::kInvalidArgument,
              Printable(path) + ": " + checked.error().message);
}

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/input_file.h"

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "core/base/handle.h"
#include "core/base/limits.h"

namespace dps {
namespace {

void Close(std::FILE* file) { static_cast<void>(std::fclose(file)); }

tl::unexpected<Error> CannotRead(const std::string& path) {
  return Fail(Errc::kInvalidArgument,
              "cannot read " + path + ": " +
                  std::error_code(errno, std::generic_category()).message());
}

}  // namespace

Result<std::string> ReadInputFile(const std::string& path,
                                  std::size_t bytes_max) {
  const Handle<std::FILE, Close> file(std::fopen(path.c_str(), "rb"));
  if (file == nullptr) return CannotRead(path);
  std::string bytes(bytes_max + 1, '\0');
  bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file.get()));
  if (std::ferror(file.get()) != 0) return CannotRead(path);
  if (bytes.size() <= bytes_max) return bytes;
  return Fail(Errc::kInvalidArgument,
              path + " is larger than " + std::to_string(bytes_max) + " bytes");
}

Result<Certificate> ReadCertificateFile(const std::string& path) {
  DPS_TRY(const std::string bytes,
          ReadInputFile(path, limits::kCertificateTextBytesMax));
  auto certificate = Certificate::Parse(bytes);
  if (certificate) return certificate;
  return Fail(certificate.error().code,
              path + ": " + certificate.error().message);
}

}  // namespace dps

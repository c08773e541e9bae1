// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/file_streams.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace dps {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{64} * 1024;

tl::unexpected<Error> StreamFailed(Errc code, const char* what,
                                   const std::string& path) {
  return Fail(code,
              std::string("cannot ") + what + ' ' + path + ": " +
                  std::error_code(errno, std::generic_category()).message());
}

bool IsFile(int descriptor) {
  struct stat found {};
  return fstat(descriptor, &found) == 0 && S_ISREG(found.st_mode);
}

}  // namespace

Result<InputStream> InputStream::Open(const std::string& path) {
  // A copy, so that it may be closed as any other.
  FileHandle file(path == "-" ? fdopen(dup(STDIN_FILENO), "rb")
                              : std::fopen(path.c_str(), "rb"));
  if (file == nullptr) {
    return StreamFailed(Errc::kInvalidArgument, "read", path);
  }
  return InputStream(path == "-" ? "stdin" : path, std::move(file));
}

Result<std::string_view> InputStream::Read() {
  piece_.resize(kPieceBytes);
  piece_.resize(std::fread(piece_.data(), 1, piece_.size(), file_.get()));
  if (std::ferror(file_.get()) != 0) {
    return StreamFailed(Errc::kInvalidArgument, "read", path_);
  }
  return piece_;
}

Result<OutputStream> OutputStream::Open(const std::string& path) {
  const int descriptor =
      path == "-" ? dup(STDOUT_FILENO)
                  : open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC,
                         S_IRUSR | S_IWUSR);
  FileHandle file(descriptor < 0 ? nullptr : fdopen(descriptor, "wb"));
  if (file == nullptr) {
    return StreamFailed(Errc::kUnavailable, "write", path);
  }
  // Now, for root gives up his rights before the first Write().
  if (path != "-" && IsFile(descriptor) &&
      fchmod(descriptor, S_IRUSR | S_IWUSR) != 0) {
    return StreamFailed(Errc::kUnavailable, "keep to its owner", path);
  }
  return OutputStream(path == "-" ? "stdout" : path, std::move(file));
}

Status OutputStream::Begin() {
  is_begun_ = true;
  const int descriptor = fileno(file_.get());
  if (!IsFile(descriptor) || path_ == "stdout") return {};
  if (ftruncate(descriptor, 0) == 0) return {};
  return StreamFailed(Errc::kUnavailable, "write", path_);
}

Status OutputStream::Write(std::string_view bytes) {
  if (!is_begun_) DPS_CHECK(Begin());
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) == bytes.size()) {
    return {};
  }
  return StreamFailed(Errc::kUnavailable, "write", path_);
}

Status OutputStream::Close() {
  if (!is_begun_) DPS_CHECK(Begin());
  if (std::fclose(file_.release()) == 0) return {};
  return StreamFailed(Errc::kUnavailable, "write", path_);
}

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
#include "core/base/append_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace dps {
namespace {

class FileToAppend {
 public:
  explicit FileToAppend(const std::string& path)
      : descriptor_(open(path.c_str(),
                         O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                         S_IRUSR | S_IWUSR)) {}
  FileToAppend(const FileToAppend&) = delete;
  FileToAppend& operator=(const FileToAppend&) = delete;
  ~FileToAppend() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  bool is_open() const { return descriptor_ >= 0; }
  // All of it in one go; false if that was not to be.
  bool Write(std::string_view bytes) const {
    ssize_t written = 0;
    do {
      written = write(descriptor_, bytes.data(), bytes.size());
    } while (written < 0 && errno == EINTR);
    if (written == std::ssize(bytes)) return true;
    if (written < 0) return false;
    // A part: the disk is full. What follows must not be glued to it.
    static_cast<void>(::write(descriptor_, "\n", 1));
    errno = ENOSPC;
    return false;
  }

 private:
  const int descriptor_;
};

tl::unexpected<Error> AppendFails(const char* what, const std::string& path) {
  return Fail(Errc::kUnavailable,
              std::string("cannot ") + what + ' ' + path + ": " +
                  std::error_code(errno, std::generic_category()).message());
}

}  // namespace

Status AppendFile::CheckWritable() const {
  const FileToAppend file(path_);
  return file.is_open() ? Status() : AppendFails("open", path_);
}

Status AppendFile::Append(std::string_view line) const {
  const FileToAppend file(path_);
  if (!file.is_open()) return AppendFails("open", path_);
  const std::string whole = std::string(line) + '\n';
  return file.Write(whole) ? Status() : AppendFails("write", path_);
}

}  // namespace dps

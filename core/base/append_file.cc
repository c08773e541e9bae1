// SPDX-License-Identifier: Apache-2.0
#include "core/base/append_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace dps {
namespace {

// More than a line takes.
constexpr off_t kRoom = off_t{64} * 1024;

class FileToAppend {
 public:
  explicit FileToAppend(const std::string& path)
      : descriptor_(open(
            path.c_str(),
            O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
            S_IRUSR | S_IWUSR)) {}
  FileToAppend(const FileToAppend&) = delete;
  FileToAppend& operator=(const FileToAppend&) = delete;
  ~FileToAppend() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  // False for what is no file: a pipe would have to be waited for.
  bool is_open() const {
    struct stat found {};
    if (descriptor_ < 0 || fstat(descriptor_, &found) != 0) return false;
    if (S_ISREG(found.st_mode)) return true;
    errno = EINVAL;
    return false;
  }
  // Takes room on the disk, where the file system can, for what is written
  // next; the file stays as long as it is.
  bool Reserve(off_t bytes) const {
    struct stat found {};
    if (fstat(descriptor_, &found) != 0) return false;
    const int taken =
        fallocate(descriptor_, FALLOC_FL_KEEP_SIZE, found.st_size, bytes);
    return taken == 0 || (errno != ENOSPC && errno != EDQUOT && errno != EFBIG);
  }
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
  if (!file.is_open()) return AppendFails("open", path_);
  return file.Reserve(kRoom) ? Status() : AppendFails("write", path_);
}

Status AppendFile::Append(std::string_view line) const {
  const FileToAppend file(path_);
  if (!file.is_open()) return AppendFails("open", path_);
  const std::string whole = std::string(line) + '\n';
  return file.Write(whole) ? Status() : AppendFails("write", path_);
}

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
#include "core/base/key_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "core/base/crypto_seal.h"

namespace dps {
namespace {

constexpr mode_t kMode = S_IRUSR | S_IWUSR;
constexpr mode_t kForOthers = S_IWGRP | S_IRWXO;

class KeyDescriptor {
 public:
  explicit KeyDescriptor(int descriptor) : descriptor_(descriptor) {}
  KeyDescriptor(const KeyDescriptor&) = delete;
  KeyDescriptor& operator=(const KeyDescriptor&) = delete;
  ~KeyDescriptor() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

// With errno's reason. Call it first of all.
tl::unexpected<Error> KeyFileFails(const char* what, const std::string& path) {
  const int code = errno;
  return Fail(code == ENOENT ? Errc::kNotFound : Errc::kUnavailable,
              std::string("cannot ") + what + ' ' + path + ": " +
                  std::error_code(code, std::generic_category()).message());
}

// One that could be a pipe would keep its reader waiting.
Result<mode_t> ModeOf(const KeyDescriptor& file, const std::string& path) {
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return KeyFileFails("look at", path);
  if (S_ISREG(status.st_mode)) return status.st_mode;
  return Fail(Errc::kUnavailable, path + " is not a file");
}

int OpenToRead(const std::string& path) {
  return open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

// Returns the number of bytes read, up to the buffer's size; -1 on failure.
ssize_t Fill(const KeyDescriptor& file, std::string& buffer) {
  std::size_t size = 0;
  while (size < buffer.size()) {
    const ssize_t got =
        read(file.get(), buffer.data() + size, buffer.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return got;
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  return static_cast<ssize_t>(size);
}

Result<SecretBytes> ReadAll(const KeyDescriptor& file, const std::string& path,
                            std::size_t size_max) {
  std::string buffer(size_max + 1, '\0');
  const ssize_t size = Fill(file, buffer);
  if (size < 0) return KeyFileFails("read", path);
  SecretBytes bytes(
      std::string_view(buffer).substr(0, static_cast<std::size_t>(size)));
  explicit_bzero(buffer.data(), buffer.size());
  if (bytes.size() <= size_max) return bytes;
  return Fail(Errc::kUnavailable,
              path + " is larger than " + std::to_string(size_max) + " bytes");
}

Status SyncDirectory(const std::string& path) {
  const std::string directory =
      std::filesystem::absolute(path).parent_path().string();
  const KeyDescriptor file(
      open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (file.get() >= 0 && fsync(file.get()) == 0) return {};
  return KeyFileFails("sync the directory", directory);
}

Status WriteKey(const std::string& path) {
  const KeyDescriptor file(
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kMode));
  if (file.get() < 0) return KeyFileFails("create", path);
  const SecretBytes key = RandomSecret(kSealKeySize);
  const std::string_view bytes = key.Reveal();
  if (write(file.get(), bytes.data(), bytes.size()) != std::ssize(bytes) ||
      fsync(file.get()) != 0) {
    return KeyFileFails("write", path);
  }
  return {};
}

// Under a name of its own first: nobody ever sees half a key.
Status MakeKeyFile(const std::string& path) {
  const std::string draft = path + '.' + NewGuid();
  Status made = WriteKey(draft);
  // What somebody else made in the meantime stays.
  if (made && link(draft.c_str(), path.c_str()) != 0 && errno != EEXIST) {
    made = KeyFileFails("create", path);
  }
  unlink(draft.c_str());
  DPS_CHECK(std::move(made));
  return SyncDirectory(path);
}

}  // namespace

Result<SecretBytes> ReadSecretFile(const std::string& path,
                                   std::size_t size_max) {
  const KeyDescriptor file(OpenToRead(path));
  const auto opened = [&]() -> Result<SecretBytes> {
    if (file.get() < 0) return KeyFileFails("open", path);
    DPS_CHECK(ModeOf(file, path));
    return ReadAll(file, path, size_max);
  };
  auto bytes = opened();
  if (bytes) return bytes;
  return Fail(Errc::kUnavailable, std::move(bytes).error().message);
}

Result<SecretBytes> ReadKeyFile(const std::string& path) {
  const KeyDescriptor file(OpenToRead(path));
  if (file.get() < 0) return KeyFileFails("open", path);
  DPS_TRY(const mode_t mode, ModeOf(file, path));
  if ((mode & kForOthers) != 0) {
    return Fail(Errc::kUnavailable,
                path +
                    " lies open to others: let only its owner read and write "
                    "it (chmod 600), and give the secrets anew if somebody "
                    "may have read it");
  }
  DPS_TRY(SecretBytes key, ReadAll(file, path, kSealKeySize));
  if (key.size() == kSealKeySize) return key;
  return Fail(Errc::kUnavailable,
              path + " must hold " + std::to_string(kSealKeySize) +
                  " bytes, and holds " + std::to_string(key.size()));
}

Result<SecretBytes> ReadOrMakeKeyFile(const std::string& path) {
  auto key = ReadKeyFile(path);
  if (key || key.error().code != Errc::kNotFound) return key;
  Status made = MakeKeyFile(path);
  if (made) key = ReadKeyFile(path);
  if (made && key) return key;
  return Fail(Errc::kUnavailable,
              made ? key.error().message : made.error().message);
}

}  // namespace dps

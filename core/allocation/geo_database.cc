// SPDX-License-Identifier: Apache-2.0
#include "core/allocation/geo_database.h"

#include <fcntl.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <system_error>

#include "core/base/limits.h"
#include "core/base/text.h"

namespace dps {
namespace {

class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  int fd() const { return fd_; }

 private:
  int fd_;
};

tl::unexpected<Error> Bad(const std::string& path, const std::string& why) {
  return Fail(Errc::kInvalidArgument, "geo database " + path + ": " + why);
}

tl::unexpected<Error> SystemFailed(const std::string& path) {
  return Bad(path, std::generic_category().message(errno));
}

[[nodiscard]] Status Copy(const File& from, const File& to,
                          const std::string& path) {
  struct stat file {};
  if (fstat(from.fd(), &file) != 0) return SystemFailed(path);
  if (!S_ISREG(file.st_mode)) return Bad(path, "not a file");
  auto left = static_cast<std::size_t>(file.st_size);
  if (left > limits::kGeoDatabaseBytesMax) {
    return Bad(path, "larger than " +
                         std::to_string(limits::kGeoDatabaseBytesMax) +
                         " bytes");
  }
  while (left > 0) {
    const ssize_t copied = sendfile(to.fd(), from.fd(), nullptr, left);
    if (copied < 0) return SystemFailed(path);
    if (copied == 0) return Bad(path, "cut short while it was read");
    left -= static_cast<std::size_t>(copied);
  }
  return {};
}

// False for what is no number, too.
bool IsOnEarth(const Coordinates& place) {
  return std::abs(place.latitude) <= 90 && std::abs(place.longitude) <= 180;
}

// Degrees are doubles; float is what a careless writer would use.
std::optional<double> Degrees(MMDB_entry_s entry, const char* name) {
  MMDB_entry_data_s data{};
  if (MMDB_get_value(&entry, &data, "location", name, nullptr) !=
          MMDB_SUCCESS ||
      !data.has_data) {
    return std::nullopt;
  }
  if (data.type == MMDB_DATA_TYPE_DOUBLE) return data.double_value;
  if (data.type == MMDB_DATA_TYPE_FLOAT) return data.float_value;
  return std::nullopt;
}

MMDB_lookup_result_s Lookup(const MMDB_s* database, const IpAddress& address,
                            int& error) {
  const auto& bytes = address.bytes();
  if (address.is_v4()) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    std::copy(bytes.begin() + 12, bytes.end(),
              reinterpret_cast<std::uint8_t*>(&v4.sin_addr));
    return MMDB_lookup_sockaddr(database, reinterpret_cast<sockaddr*>(&v4),
                                &error);
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  std::ranges::copy(bytes, v6.sin6_addr.s6_addr);
  return MMDB_lookup_sockaddr(database, reinterpret_cast<sockaddr*>(&v6),
                              &error);
}

}  // namespace

void GeoDatabase::Closer::operator()(MMDB_s* database) const {
  MMDB_close(database);
  delete database;
}

GeoDatabase::GeoDatabase(std::string path, const Clock& clock, Log& log)
    : path_(std::move(path)),
      clock_(clock),
      log_(log),
      next_check_(clock.SteadyNow() + limits::kGeoDatabaseCheck) {}

Result<std::unique_ptr<GeoDatabase>> GeoDatabase::Open(std::string path,
                                                       const Clock& clock,
                                                       Log& log) {
  std::unique_ptr<GeoDatabase> opened(
      new GeoDatabase(std::move(path), clock, log));
  // Before the file is read: what changes from then on will be noticed.
  opened->seen_ = StateOf(opened->path_);
  DPS_TRY(Database database, Load(opened->path_));
  opened->Use(std::move(database));
  return opened;
}

std::optional<GeoDatabase::FileState> GeoDatabase::StateOf(
    const std::string& path) {
  struct stat file {};
  if (stat(path.c_str(), &file) != 0) return std::nullopt;
  return FileState{file.st_dev, file.st_ino, file.st_size, file.st_mtim.tv_sec,
                   file.st_mtim.tv_nsec};
}

// Nobody else can reach the copy: it has no name, and its descriptor is closed
// as soon as the library has mapped it.
Result<GeoDatabase::Database> GeoDatabase::Load(const std::string& path) {
  // Not blocking: a pipe would wait for its writer.
  const File file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.fd() < 0) return SystemFailed(path);
  const File copy(memfd_create("dps-geo-database", MFD_CLOEXEC));
  if (copy.fd() < 0) return SystemFailed(path);
  DPS_CHECK(Copy(file, copy, path));

  // The library opens by name only, and leaves a failed one closed.
  const std::string name = "/proc/self/fd/" + std::to_string(copy.fd());
  auto opened = std::make_unique<MMDB_s>();
  const int error = MMDB_open(name.c_str(), MMDB_MODE_MMAP, opened.get());
  if (error != MMDB_SUCCESS) return Bad(path, MMDB_strerror(error));
  return Database(opened.release());
}

void GeoDatabase::Use(Database database) {
  database_ = std::move(database);
  complained_ = false;
  const char* type = database_->metadata.database_type;
  log_.Write(LogLevel::kNotice, "geo database " + path_ + " in use: " +
                                    Printable(type == nullptr ? "" : type));
}

std::optional<Coordinates> GeoDatabase::Find(const IpAddress& address) {
  ReloadIfChanged();
  auto found = Read(address);
  if (found) return *found;
  if (!complained_) {
    complained_ = true;
    log_.Write(LogLevel::kWarning, found.error().message);
  }
  return std::nullopt;
}

void GeoDatabase::ReloadIfChanged() {
  const SteadyTime now = clock_.SteadyNow();
  if (now < next_check_) return;
  next_check_ = now + limits::kGeoDatabaseCheck;
  const auto state = StateOf(path_);
  if (state == seen_) return;
  seen_ = state;
  auto database = Load(path_);
  if (database) return Use(*std::move(database));
  log_.Write(LogLevel::kWarning,
             database.error().message + "; the one read before stays in use");
}

Result<std::optional<Coordinates>> GeoDatabase::Read(
    const IpAddress& address) const {
  int error = MMDB_SUCCESS;
  const auto result = Lookup(database_.get(), address, error);
  if (error == MMDB_IPV6_LOOKUP_IN_IPV4_DATABASE_ERROR) return std::nullopt;
  if (error != MMDB_SUCCESS) {
    return Bad(path_, address.text() + ": " + MMDB_strerror(error));
  }
  if (!result.found_entry) return std::nullopt;
  const auto latitude = Degrees(result.entry, "latitude");
  const auto longitude = Degrees(result.entry, "longitude");
  if (!latitude || !longitude) return std::nullopt;
  const Coordinates place{*latitude, *longitude};
  if (IsOnEarth(place)) return place;
  return Bad(path_, address.text() + " is on no place of the earth");
}

}  // namespace dps

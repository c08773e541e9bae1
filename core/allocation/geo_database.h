// SPDX-License-Identifier: Apache-2.0
// Where addresses are, by a database of cities in MaxMind's format: the second
// source of geoLatency.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/base/clock.h"
#include "core/base/ip_address.h"
#include "core/base/log.h"
#include "core/base/result.h"
#include "core/model/linked_hub.h"

struct MMDB_s;

namespace dps {

// Belongs to one thread. Keeps a copy of the file in memory: the library maps
// what it reads, and a mapped file that somebody cuts short kills the process.
class GeoDatabase {
 public:
  // Reads the whole file, about 100 ms for one of all cities. `clock` and `log`
  // must outlive the object. Errors name the file: kInvalidArgument (cannot be
  // read, no such database, larger than limits.h).
  [[nodiscard]] static Result<std::unique_ptr<GeoDatabase>> Open(
      std::string path, const Clock& clock, Log& log);

  // nullopt if the database does not know where the address is; where its
  // record cannot be read, too, which is logged once for a file. Every minute
  // the first call looks whether the file is another one and reads that; while
  // that cannot be read, the one before stays in use, which is logged once.
  std::optional<Coordinates> Find(const IpAddress& address);

 private:
  struct Closer {
    void operator()(MMDB_s* database) const;
  };
  using Database = std::unique_ptr<MMDB_s, Closer>;
  // Tells one state of a file from another.
  struct FileState {
    dev_t device;
    ino_t inode;
    off_t size;
    std::int64_t modified_s;
    std::int64_t modified_ns;
    friend bool operator==(const FileState&, const FileState&) = default;
  };

  GeoDatabase(std::string path, const Clock& clock, Log& log);
  [[nodiscard]] static Result<Database> Load(const std::string& path);
  static std::optional<FileState> StateOf(const std::string& path);
  void ReloadIfChanged();
  void Use(Database database);
  [[nodiscard]] Result<std::optional<Coordinates>> Read(
      const IpAddress& address) const;

  const std::string path_;
  const Clock& clock_;
  Log& log_;
  Database database_;
  std::optional<FileState> seen_;  // nullopt = no file
  SteadyTime next_check_;
  bool complained_ = false;  // about this database's records
};

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
// What policy geoLatency knows of each scope, prepared once per change.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/allocation/allocate.h"
#include "core/allocation/geo_database.h"
#include "core/allocation/latency_table.h"
#include "core/base/result.h"
#include "core/registration/config_cache.h"
#include "core/store/store.h"

namespace dps {

// One per thread; neither thread-safe nor movable.
class GeoGuides {
 public:
  // `database` may be null: then only latency tables are asked. It must outlive
  // this.
  explicit GeoGuides(GeoDatabase* database = nullptr) : database_(database) {}
  GeoGuides(const GeoGuides&) = delete;
  GeoGuides& operator=(const GeoGuides&) = delete;

  // Of the scope of `config`, which is as `snapshot` sees it. Valid
  // until the next call for the same scope. Errors: those of Snapshot.
  [[nodiscard]] Result<const GeoGuide*> At(Snapshot& snapshot,
                                           const ScopeConfig& config);

 private:
  struct Entry {
    std::uint64_t version = 0;  // ScopeConfig::version
    std::string table_etag;     // Instance::latency_table_etag
    std::unique_ptr<const LatencyTable> table;
    GeoGuide guide;
  };

  GeoDatabase* const database_;
  std::map<IdScope, Entry> scopes_;
};

}  // namespace dps

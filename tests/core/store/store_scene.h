// SPDX-License-Identifier: Apache-2.0
// What tests of stores begin with: a scope, a store in a directory, changes.
#pragma once

#include <memory>
#include <utility>

#include "core/base/limits.h"
#include "core/store/lmdb_directory.h"
#include "core/store/lmdb_env.h"
#include "core/store/lmdb_store.h"
#include "tests/support/sample_documents.h"
#include "tests/support/temp_dir.h"

namespace dps {

inline const IdScope kScope = Scope("0ne00000001");

// Made if it is not there.
inline std::unique_ptr<LmdbStore> OpenStore(
    const TempDir& temp, std::size_t map_bytes = limits::kStoreMapBytes) {
  return LmdbStore::Open(
             {.directory = temp.path(), .create = true, .map_bytes = map_bytes})
      .value();
}
inline std::unique_ptr<LmdbEnv> OpenEnv(const TempDir& temp,
                                        std::size_t map_bytes = 1 << 20) {
  return LmdbEnv::Open(LmdbDirectory::Claim(temp.path(), true).value(),
                       map_bytes)
      .value();
}

template <class Document>
Change PutOf(const Document& document, Expect expect = {}) {
  return Put<Document>{kScope, document, std::move(expect)};
}

}  // namespace dps

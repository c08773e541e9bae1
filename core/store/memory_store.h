// SPDX-License-Identifier: Apache-2.0
// A store that lives in memory and forgets everything: for tests.
#pragma once

#include <memory>
#include <mutex>

#include "core/store/store.h"

namespace dps {

// Each commit copies all documents and puts the copy in place of the original,
// so snapshots stay consistent for free; fit for some thousands of documents.
class MemoryStore final : public Store {
 public:
  MemoryStore();
  ~MemoryStore() override;

  [[nodiscard]] Result<std::unique_ptr<Snapshot>> Read() override;
  [[nodiscard]] Status Commit(const Batch& batch) override;

  struct State;

 private:
  std::shared_ptr<const State> Current() const;

  std::mutex commit_mutex_;
  mutable std::mutex state_mutex_;
  // Shared between the store and the snapshots that still look at it.
  std::shared_ptr<const State> state_;
};

}  // namespace dps

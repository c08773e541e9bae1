// SPDX-License-Identifier: Apache-2.0
// Keeps requests until the test answers them.
#pragma once

#include <doctest/doctest.h>

#include <cstddef>
#include <utility>
#include <vector>

#include "core/http/client.h"

namespace dps {

class FakeHttpClient final : public HttpClient {
 public:
  void Post(HttpRequest request, Done done) override {
    requests.push_back(std::move(request));
    dones_.push_back(std::move(done));
  }

  // Each request once.
  void Answer(std::size_t index, Result<HttpAnswer> answer) {
    REQUIRE(index < dones_.size());
    REQUIRE(dones_[index]);
    std::exchange(dones_[index], nullptr)(std::move(answer));
  }

  std::vector<HttpRequest> requests;

 private:
  std::vector<Done> dones_;
};

}  // namespace dps

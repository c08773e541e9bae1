// SPDX-License-Identifier: Apache-2.0
// HTTP clients that keep requests: until the test answers them, or with answers
// at hand.
#pragma once

#include <doctest/doctest.h>

#include <cstddef>
#include <deque>
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

// Answers at once with the next of its answers; for those who wait.
class ScriptedHttpClient final : public HttpClient {
 public:
  void Post(HttpRequest request, Done done) override {
    requests.push_back(std::move(request));
    REQUIRE_FALSE(answers.empty());
    const Result<HttpAnswer> answer = answers.front();
    answers.pop_front();
    done(answer);
  }

  std::deque<Result<HttpAnswer>> answers;
  std::vector<HttpRequest> requests;
};

}  // namespace dps

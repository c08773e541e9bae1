// SPDX-License-Identifier: Apache-2.0
#include "core/base/certificate_cache.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/support/certificate_forge.h"

namespace dps {

TEST_CASE("certificate_cache: the same DER is read once") {
  CertificateCache cache(2);
  const Certificate root = Forge(CaSpec("root")).certificate;
  const auto first = cache.Parse(root.Der());
  REQUIRE(first);
  CHECK(*first == root);
  CHECK(first->get() != root.get());
  CHECK(cache.Parse(root.Der())->get() == first->get());
  cache.Clear();
  CHECK(cache.Parse(root.Der())->get() != first->get());
}

TEST_CASE("certificate_cache: what cannot be read is refused every time") {
  CertificateCache cache(2);
  const std::string der = Forge(CaSpec("root")).certificate.Der();
  for (const std::string& bad : {std::string(), der.substr(1), der + "x"}) {
    for (int i = 0; i < 2; ++i) {
      const auto certificate = cache.Parse(bad);
      REQUIRE_FALSE(certificate);
      CHECK(certificate.error().code == Errc::kInvalidArgument);
    }
  }
  CHECK(cache.size() == 0);
}

TEST_CASE("certificate_cache: it keeps a bounded number") {
  CertificateCache cache(2);
  for (int i = 0; i < 10; ++i) {
    REQUIRE(cache.Parse(Forge(LeafSpec("dev")).certificate.Der()));
    CHECK(cache.size() <= 4);
  }
}

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
#include "core/store/index.h"

#include <doctest/doctest.h>

#include "tests/support/sample_documents.h"

namespace dps {

TEST_CASE("index: an entry names the document that it leads to") {
  const IndexEntry group{Scope("0ne1"), IndexedKind::kEnrollmentGroup, "fleet",
                         ""};
  CHECK(GroupIdOf(group).value() == Group("fleet"));
  const IndexEntry ca{Scope("0ne1"), IndexedKind::kCaCertificate, "plant", ""};
  CHECK(CertificateNameOf(ca).value().text() == "plant");
}

TEST_CASE("index: an entry that leads to no such document is our defect") {
  const IndexEntry broken{Scope("0ne1"), IndexedKind::kEnrollmentGroup,
                          "no name\n", ""};
  const auto id = GroupIdOf(broken);
  REQUIRE_FALSE(id);
  CHECK(id.error().code == Errc::kInternal);
  CHECK(id.error().message ==
        "the store's index leads to no document: no name\\x0a");
  const IndexEntry group{Scope("0ne1"), IndexedKind::kEnrollmentGroup, "fleet",
                         ""};
  const auto name = CertificateNameOf(group);
  REQUIRE_FALSE(name);
  CHECK(name.error().code == Errc::kInternal);
}

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
#include "core/base/crypto_handle.h"

#include <doctest/doctest.h>

namespace dps {

TEST_CASE("crypto_handle: a mark takes its own errors along and no others") {
  ERR_clear_error();
  ERR_raise(ERR_LIB_X509, ERR_R_PASSED_NULL_PARAMETER);
  const unsigned long before = ERR_peek_last_error();
  {
    const ErrorQueueMark mark;
    ERR_raise(ERR_LIB_PEM, ERR_R_MALLOC_FAILURE);
    const ErrorQueueMark inner;
    ERR_raise(ERR_LIB_ASN1, ERR_R_MALLOC_FAILURE);
    CHECK(ERR_peek_last_error() != before);
  }
  CHECK(ERR_peek_last_error() == before);
  ERR_get_error();
  CHECK(ERR_peek_error() == 0);
}

}  // namespace dps

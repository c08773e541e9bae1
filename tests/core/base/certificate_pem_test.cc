// SPDX-License-Identifier: Apache-2.0
#include "core/base/certificate_pem.h"

#include <doctest/doctest.h>
#include <openssl/err.h>

namespace dps {
namespace {

std::string Block(const std::string& label, const std::string& base64) {
  return "-----BEGIN " + label + "-----\n" + base64 + "\n-----END " + label +
         "-----\n";
}

std::string WhyNotReadPem(const std::string& text, std::size_t max = 9) {
  const auto blocks = ReadPem(text, max);
  CHECK(ERR_peek_error() == 0);
  if (blocks) return "it was read";
  CHECK(blocks.error().code == Errc::kInvalidArgument);
  return blocks.error().message;
}

}  // namespace

TEST_CASE("certificate_pem: blocks keep their order, whatever is between") {
  const auto blocks = ReadPem("before\n" + Block("ONE", "Zm9v") + "between\n" +
                                  Block("TWO", "YmFy") + "behind\n",
                              2);
  REQUIRE(blocks);
  REQUIRE(blocks->size() == 2);
  CHECK(blocks->front().label == "ONE");
  CHECK(blocks->front().bytes == "foo");
  CHECK(blocks->back().label == "TWO");
  CHECK(blocks->back().bytes == "bar");
  CHECK(ERR_peek_error() == 0);
}

TEST_CASE("certificate_pem: what cannot be read whole is not read at all") {
  const std::string one = Block("ONE", "Zm9v");
  CHECK(WhyNotReadPem("") == "there is no PEM block in the text");
  CHECK(WhyNotReadPem("Zm9v") == "there is no PEM block in the text");
  CHECK(WhyNotReadPem(one + one, 1) == "the PEM holds more than 1 block");
  CHECK(WhyNotReadPem(one + one + one, 2) ==
        "the PEM holds more than 2 blocks");
  CHECK(WhyNotReadPem(one + Block("TWO", "Zm9!")) == "the PEM is damaged");
  CHECK(WhyNotReadPem(one.substr(0, one.size() - 10)) == "the PEM is damaged");
}

TEST_CASE("certificate_pem: PEM and DER are told apart by how they start") {
  CHECK(LooksLikePem("text before -----BEGIN ONE-----"));
  CHECK_FALSE(LooksLikePem("-----BEGIN"));
  CHECK_FALSE(LooksLikePem("Zm9v"));
  CHECK(LooksLikeDer("\x30\x82\x01"));
  CHECK_FALSE(LooksLikeDer("0 is the same byte"));
  CHECK_FALSE(LooksLikeDer("\x30\x82"));
  CHECK_FALSE(LooksLikeDer(""));
}

}  // namespace dps

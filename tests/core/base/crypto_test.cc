// SPDX-License-Identifier: Apache-2.0
#include "core/base/crypto.h"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/base/text.h"

namespace dps {
namespace {

std::string HexHmac(const std::string& key, const std::string& message) {
  return HexEncode(HmacSha256(SecretBytes(key), message).Reveal());
}

// Whether `<<` takes a T.
template <class T, class = void>
struct Streams : std::false_type {};
template <class T>
struct Streams<T, std::void_t<decltype(std::declval<std::ostream&>()
                                       << std::declval<T>())>>
    : std::true_type {};
static_assert(!Streams<SecretBytes>::value);

}  // namespace

TEST_CASE("crypto: HMAC-SHA256 gives the digests of RFC 4231") {
  CHECK(HexHmac(std::string(20, '\x0b'), "Hi There") ==
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(HexHmac("Jefe", "what do ya want for nothing?") ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(HexHmac(std::string(131, '\xaa'),
                "Test Using Larger Than Block-Size Key - Hash Key First") ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  CHECK(HexHmac("", "") ==
        "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST_CASE("crypto: HMACs of many keys in any order are each its key's own") {
  std::vector<std::string> first;
  for (int i = 0; i < 10; ++i) {
    first.push_back(HexHmac("key " + std::to_string(i), "message"));
  }
  CHECK(std::set(first.begin(), first.end()).size() == first.size());
  for (const int i : {9, 9, 0, 8, 0, 7, 9, 1, 1, 2, 3, 4, 5, 0, 6, 9}) {
    CAPTURE(i);
    CHECK(HexHmac("key " + std::to_string(i), "message") == first[i]);
    CHECK(HexHmac("key " + std::to_string(i), "other") != first[i]);
  }
}

TEST_CASE("crypto: base64 is that of RFC 4648") {
  const std::pair<std::string, std::string> vectors[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
      {std::string("\0\xff\xfb", 3), "AP/7"}};
  for (const auto& [bytes, text] : vectors) {
    CHECK(Base64Encode(bytes) == text);
    CHECK(Base64Decode(text).value().Reveal() == bytes);
  }
}

TEST_CASE("crypto: base64 with anything unusual is refused") {
  using std::string_literals::operator""s;
  for (const std::string& bad :
       {"Z"s, "Zg"s, "Zg="s, "Zg==="s, "Zg==Zg=="s, "="s, "===="s, "Z==="s,
        " Zg=="s, "Zg==\n"s, "Zm\n9v"s, "Zm9v "s, "Zm9-"s, "Zm9_"s, "Zm=v"s,
        "Zm9\0"s, "\0\0\0\0"s, "Zm9\xff"s, "Zg%3D%3D"s}) {
    const auto decoded = Base64Decode(bad);
    REQUIRE_FALSE(decoded);
    CHECK(decoded.error().code == Errc::kInvalidArgument);
    // It may be a mistyped key.
    CHECK(decoded.error().message == "not valid base64");
  }
}

TEST_CASE("crypto: folded base64 may have blanks and line ends anywhere") {
  for (const char* text :
       {"Zm9vYg==", " Zm9v\r\nYg==\n", "Zm9v\tYg= =", "Z m9vYg=="}) {
    CHECK(Base64DecodeFolded(text).value() == "foob");
  }
  CHECK(Base64DecodeFolded(" \r\n").value().empty());
  CHECK(Base64DecodeFolded("").value().empty());
  using std::string_literals::operator""s;
  for (const std::string& bad : {"Zm9vYg"s, "Zm9v\fYg=="s, "Zm9v\vYg=="s,
                                 "Zm9v\0Yg=="s, "Zm9-"s, "Zg==Zg=="s}) {
    CHECK(Base64DecodeFolded(bad).error().code == Errc::kInvalidArgument);
  }
}

TEST_CASE("crypto: equality needs every byte and the same size") {
  CHECK(ConstantTimeEqual("", ""));
  CHECK(ConstantTimeEqual("abc", "abc"));
  CHECK_FALSE(ConstantTimeEqual("abc", "abd"));
  CHECK_FALSE(ConstantTimeEqual("abc", "ab"));
  CHECK_FALSE(ConstantTimeEqual(std::string_view("a\0b", 3),
                                std::string_view("a\0c", 3)));
}

TEST_CASE("crypto: a secret moves without leaving a copy behind") {
  // Short ones live inside the string object, long ones on the heap.
  for (const std::string& text : {std::string("short"), std::string(99, 'x')}) {
    SecretBytes source(text);
    SecretBytes target(std::move(source));
    CHECK(source.empty());  // NOLINT(bugprone-use-after-move): the point
    CHECK(target.Reveal() == text);
    SecretBytes third("other");
    third = std::move(target);
    CHECK(target.empty());  // NOLINT(bugprone-use-after-move): the point
    CHECK(third.Reveal() == text);
    const SecretBytes& alias = third;
    third = alias;
    CHECK(third.Reveal() == text);
  }
}

TEST_CASE("crypto: a secret that is moved from holds no byte of it") {
  SecretBytes source("0123456789");
  const char* bytes = source.Reveal().data();  // inside of `source` itself
  const SecretBytes target(std::move(source));
  CHECK(std::string(bytes, 10) == std::string(10, '\0'));
}

TEST_CASE("crypto: random values differ and have their form") {
  std::set<std::string> guids;
  for (int i = 0; i < 100; ++i) {
    const std::string guid = NewGuid();
    CHECK(guid.size() == 36);
    CHECK(guid[14] == '4');
    CHECK(std::string("89ab").find(guid[19]) != std::string::npos);
    CHECK(guid.find_first_not_of("0123456789abcdef-") == std::string::npos);
    guids.insert(guid);
  }
  CHECK(guids.size() == 100);
  CHECK(RandomSecret(64).size() == 64);
  CHECK_FALSE(RandomSecret(16) == RandomSecret(16));
}

TEST_CASE("crypto: no two threads are given the same GUID") {
  std::set<std::string> guids;
  const auto draw = [&guids] {
    for (int i = 0; i < 100; ++i) guids.insert(NewGuid());
  };
  draw();
  std::thread(draw).join();
  CHECK(guids.size() == 200);
}

TEST_CASE("crypto: a digest does not depend on those before it") {
  CHECK(HexEncode(Sha256("")) ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(HexEncode(Sha256("abc")) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(Sha256("") == Sha256(""));
}

}  // namespace dps

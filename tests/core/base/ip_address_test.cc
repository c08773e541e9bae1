// SPDX-License-Identifier: Apache-2.0
#include "core/base/ip_address.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace dps {
namespace {

std::string Text(std::string_view address) {
  return IpAddress::Parse(address)->text();
}

IpPrefix Prefix(std::string_view text) { return *IpPrefix::Parse(text); }

bool Covers(std::string_view prefix, std::string_view address) {
  return Prefix(prefix).Covers(*IpAddress::Parse(address));
}

}  // namespace

TEST_CASE("ip_address: both families are read and written in one form") {
  CHECK(Text("192.0.2.7") == "192.0.2.7");
  CHECK(Text("2001:DB8:0:0:0:0:0:1") == "2001:db8::1");
  CHECK(Text("::") == "::");
}

TEST_CASE("ip_address: an IPv4 address in IPv6 clothes is the IPv4 address") {
  CHECK(*IpAddress::Parse("::ffff:10.1.2.3") == *IpAddress::Parse("10.1.2.3"));
  CHECK(*IpAddress::Parse("::ffff:a01:203") == *IpAddress::Parse("10.1.2.3"));
  CHECK(Text("::ffff:10.1.2.3") == "10.1.2.3");
  CHECK_FALSE(IpAddress::Parse("::10.1.2.3")->is_v4());
}

TEST_CASE("ip_address: the zone of an IPv6 address is dropped") {
  CHECK(Text("fe80::1%eth0") == "fe80::1");
  CHECK_FALSE(IpAddress::Parse("10.0.0.1%eth0"));
}

TEST_CASE("ip_address: what is no number is refused and shown harmlessly") {
  for (const std::string_view bad :
       {"", "localhost", "10.0.0", "10.0.0.256", "010.0.0.1 ", "0x7f000001",
        "1::2::3", "[::1]", "10.0.0.1:1883", "10.0.0.1, 10.0.0.2", "%eth0"}) {
    CHECK(IpAddress::Parse(bad).error().code == Errc::kInvalidArgument);
  }
  const std::string zero("10.0.0.1\0x", 10);
  CHECK(IpAddress::Parse(zero).error().message ==
        "'10.0.0.1\\x00x' is not an address of IPv4 or IPv6");
}

TEST_CASE("ip_address: a prefix keeps its family's length") {
  CHECK(Prefix("10.0.0.0/8").text() == "10.0.0.0/8");
  CHECK(Prefix("0.0.0.0/0").text() == "0.0.0.0/0");
  CHECK(Prefix("10.1.2.3/32").length() == 32);
  CHECK(Prefix("2001:db8::/32").text() == "2001:db8::/32");
  CHECK(Prefix("::/0").length() == 0);
  CHECK(Prefix("::ffff:10.0.0.0/104") == Prefix("10.0.0.0/8"));
}

TEST_CASE("ip_address: a prefix covers its addresses and no others") {
  CHECK(Covers("10.16.0.0/12", "10.16.0.0"));
  CHECK(Covers("10.16.0.0/12", "10.31.255.255"));
  CHECK_FALSE(Covers("10.16.0.0/12", "10.32.0.0"));
  CHECK_FALSE(Covers("10.16.0.0/12", "10.15.255.255"));
  CHECK(Covers("2001:db8::/33", "2001:db8:7fff::1"));
  CHECK_FALSE(Covers("2001:db8::/33", "2001:db8:8000::1"));
}

TEST_CASE("ip_address: all of IPv6 is nothing of IPv4 and the reverse") {
  CHECK_FALSE(Covers("::/0", "10.0.0.1"));
  CHECK_FALSE(Covers("0.0.0.0/0", "2001:db8::1"));
  CHECK(Covers("::/0", "2001:db8::1"));
  CHECK(Covers("0.0.0.0/0", "::ffff:10.0.0.1"));
}

TEST_CASE("ip_address: a prefix with bits behind its length names the right") {
  CHECK(IpPrefix::Parse("10.1.2.3/8").error().message ==
        "'10.1.2.3/8' sets bits behind its length; the prefix is 10.0.0.0/8");
  CHECK(IpPrefix::Parse("2001:db8::1/32").error().message ==
        "'2001:db8::1/32' sets bits behind its length; the prefix is "
        "2001:db8::/32");
}

TEST_CASE("ip_address: what is no prefix is refused") {
  for (const char* bad :
       {"", "/", "/8", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1",
        "10.0.0.0/8/8", "10.0.0.0/ 8", "::/129", "fe80::%1/64", "a/8",
        "10.0.0.0/18446744073709551616"}) {
    CHECK(IpPrefix::Parse(bad).error().code == Errc::kInvalidArgument);
  }
}

TEST_CASE("ip_address: IPv4 sorts first and a prefix before what it covers") {
  const std::vector<IpPrefix> sorted = {
      Prefix("0.0.0.0/0"),    Prefix("10.0.0.0/8"), Prefix("10.0.0.0/16"),
      Prefix("10.1.0.0/16"),  Prefix("::/0"),       Prefix("::/64"),
      Prefix("2001:db8::/32")};
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    CHECK(sorted[i - 1] < sorted[i]);
  }
}

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
#include "core/http/private_address.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>

namespace dps {
namespace {

bool IsPrivate(const std::string& text) {
  return IsPrivateAddress(IpAddress::Parse(text).value());
}

}  // namespace

TEST_CASE("private_address: every private block, from its first to its last") {
  for (const auto& block : {
           std::pair{"0.0.0.0", "0.255.255.255"},
           {"10.0.0.0", "10.255.255.255"},
           {"100.64.0.0", "100.127.255.255"},
           {"127.0.0.0", "127.255.255.255"},
           {"169.254.0.0", "169.254.255.255"},
           {"172.16.0.0", "172.31.255.255"},
           {"192.0.0.0", "192.0.0.255"},
           {"192.0.2.0", "192.0.2.255"},
           {"192.168.0.0", "192.168.255.255"},
           {"198.18.0.0", "198.19.255.255"},
           {"198.51.100.0", "198.51.100.255"},
           {"203.0.113.0", "203.0.113.255"},
           {"224.0.0.0", "239.255.255.255"},
           {"240.0.0.0", "255.255.255.255"},
           {"::", "::1"},
           {"::ffff:0:0:0", "::ffff:0:255.255.255.255"},
           {"64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"},
           {"100::", "100::ffff:ffff:ffff:ffff"},
           {"2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"},
           {"2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff"},
           {"fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
           {"fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
           {"fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
           {"ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
       }) {
    INFO(block.first, " to ", block.second);
    CHECK(IsPrivate(block.first));
    CHECK(IsPrivate(block.second));
  }
}

TEST_CASE("private_address: the neighbours of private blocks are public") {
  for (const char* text :
       {"1.0.0.0",         "9.255.255.255",       "11.0.0.0",
        "100.63.255.255",  "100.128.0.0",         "126.255.255.255",
        "128.0.0.0",       "169.253.255.255",     "169.255.0.0",
        "172.15.255.255",  "172.32.0.0",          "191.255.255.255",
        "192.0.1.0",       "192.167.255.255",     "192.169.0.0",
        "198.17.255.255",  "198.20.0.0",          "223.255.255.255",
        "8.8.8.8",         "64:ff9b:2::",         "2001:1::",
        "2000:ffff::",     "fbff:ffff::",         "fe7f:ffff::",
        "2606:4700::1111", "192.0.3.0",           "198.51.99.255",
        "198.51.101.0",    "203.0.112.255",       "203.0.114.0",
        "2001:db7:ffff::", "2001:db9::",          "100:0:0:1::",
        "::fffe:8.8.8.8",  "::fffe:ffff:8.8.8.8", "::ffff:1:8.8.8.8"}) {
    INFO(text);
    CHECK_FALSE(IsPrivate(text));
  }
}

TEST_CASE("private_address: a private IPv4 address hides in no IPv6 one") {
  for (const char* text :
       {"::ffff:127.0.0.1", "::ffff:10.1.2.3", "::127.0.0.1", "::192.168.0.1",
        "64:ff9b::169.254.169.254", "64:ff9b::7f00:1",
        "2002:7f00:1::", "2002:c0a8:101::1", "2002:a9fe:a9fe:1::"}) {
    INFO(text);
    CHECK(IsPrivate(text));
  }
  for (const char* text :
       {"::ffff:8.8.8.8", "::8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"}) {
    INFO(text);
    CHECK_FALSE(IsPrivate(text));
  }
}

}  // namespace dps

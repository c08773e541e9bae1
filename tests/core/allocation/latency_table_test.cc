// SPDX-License-Identifier: Apache-2.0
#include "core/allocation/latency_table.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "core/base/limits.h"

namespace dps {
namespace {

constexpr const char* kHeader = "cidr,hub,milliseconds\n";

LatencyTable Table(std::string_view csv) {
  auto table = LatencyTable::ParseCsv(csv);
  if (!table) FAIL(table.error().message);
  return *std::move(table);
}

// Milliseconds from the address to the hub; "" if nobody knows.
std::string Ask(const LatencyTable& table, std::string_view address,
                std::string_view hub) {
  const auto number = table.NumberOf(*HubName::Parse(hub));
  const auto place = table.Locate(*IpAddress::Parse(address));
  if (!number || !place) return "";
  const auto latency = table.LatencyFrom(*place, *number);
  return latency ? FormatLatency(*latency) : "";
}

Error CsvErrorOf(std::string_view csv) {
  const auto table = LatencyTable::ParseCsv(csv);
  REQUIRE_FALSE(table);
  return table.error();
}

std::string MessageOf(std::string_view csv) { return CsvErrorOf(csv).message; }

struct PlainRow {
  IpPrefix prefix;
  std::string hub;
  int milliseconds;
};

// The rule of the header, row by row.
std::string AskRows(const std::vector<PlainRow>& rows, const IpAddress& address,
                    const std::string& hub) {
  const PlainRow* best = nullptr;
  for (const PlainRow& row : rows) {
    if (row.hub != hub || !row.prefix.Covers(address)) continue;
    if (best == nullptr || row.prefix.length() > best->prefix.length()) {
      best = &row;
    }
  }
  return best == nullptr ? "" : std::to_string(best->milliseconds);
}

}  // namespace

TEST_CASE("latency_table: the longest prefix that names the hub counts") {
  const LatencyTable table = Table(
      "0.0.0.0/0,far.example,200\n"
      "10.0.0.0/8,near.example,20\n"
      "10.0.0.0/8,far.example,90\n"
      "10.1.0.0/16,near.example,1.5\n");
  CHECK(Ask(table, "10.1.2.3", "near.example") == "1.5");
  CHECK(Ask(table, "10.1.2.3", "far.example") == "90");
  CHECK(Ask(table, "10.2.0.0", "near.example") == "20");
  CHECK(Ask(table, "192.0.2.1", "far.example") == "200");
  CHECK(Ask(table, "192.0.2.1", "near.example").empty());
  CHECK(Ask(table, "192.0.2.1", "unheard.example").empty());
}

TEST_CASE("latency_table: the deciding row tells its prefix") {
  const LatencyTable table =
      Table("0.0.0.0/0,a.example,9\n10.0.0.0/8,b.example,1\n");
  const auto place = table.Locate(*IpAddress::Parse("10.0.0.1"));
  const auto row =
      table.RowFor(*place, *table.NumberOf(*HubName::Parse("a.example")));
  CHECK(row->prefix.text() == "0.0.0.0/0");
  CHECK(row->hub.text() == "a.example");
  CHECK(row->latency == std::chrono::milliseconds(9));
}

TEST_CASE("latency_table: the families keep to themselves") {
  const LatencyTable table = Table(
      "::/0,six.example,6\n10.0.0.0/8,four.example,4\n"
      "2001:db8::/32,six.example,2\n");
  CHECK(Ask(table, "10.0.0.1", "six.example").empty());
  CHECK(Ask(table, "::ffff:10.0.0.1", "four.example") == "4");
  CHECK(Ask(table, "2001:db8::9", "six.example") == "2");
  CHECK(Ask(table, "fe80::1", "six.example") == "6");
  CHECK_FALSE(table.Locate(*IpAddress::Parse("11.0.0.1")));
  CHECK_FALSE(table.Locate(*IpAddress::Parse("9.255.255.255")));
}

TEST_CASE("latency_table: many random prefixes answer as the rule says") {
  std::mt19937 random(4);
  const auto up_to = [&](unsigned max) {
    return static_cast<int>(random() % (max + 1));
  };
  const auto quad = [&] {
    return "10." + std::to_string(up_to(3)) + "." + std::to_string(up_to(255)) +
           "." + std::to_string(up_to(255));
  };
  std::vector<PlainRow> rows;
  std::string csv;
  for (int i = 0; i < 2000; ++i) {
    auto prefix = IpPrefix::Parse(quad() + "/32");
    const std::string hub = "h" + std::to_string(up_to(5)) + ".example";
    const int milliseconds = up_to(500);
    // The message about superfluous bits ends with the prefix to write.
    const auto cut = IpPrefix::Parse(prefix->address().text() + "/" +
                                     std::to_string(8 + up_to(24)));
    if (!cut) {
      const std::string& message = cut.error().message;
      prefix = IpPrefix::Parse(message.substr(message.rfind(' ') + 1));
    }
    const auto same = [&](const PlainRow& row) {
      return row.prefix == *prefix && row.hub == hub;
    };
    if (std::ranges::any_of(rows, same)) continue;
    rows.push_back({*prefix, hub, milliseconds});
    csv +=
        prefix->text() + "," + hub + "," + std::to_string(milliseconds) + "\n";
  }
  const LatencyTable table = Table(csv);
  CHECK(table.row_count() == rows.size());
  for (int i = 0; i < 3000; ++i) {
    const std::string address = quad();
    const std::string hub = "h" + std::to_string(up_to(5)) + ".example";
    const std::string wanted = AskRows(rows, *IpAddress::Parse(address), hub);
    if (Ask(table, address, hub) != wanted) FAIL_CHECK(address);
  }
}

TEST_CASE("latency_table: header, comments, blank lines and CRLF are skipped") {
  const LatencyTable table = Table(
      "\xef\xbb\xbf# measured in May\r\n\r\nCIDR, Hub, Milliseconds\r\n"
      "  10.0.0.0/8 ,\tA.Example , 1.50\r\n   \n# end");
  CHECK(table.ToCsv() == std::string(kHeader) + "10.0.0.0/8,a.example,1.5\n");
  CHECK(table.row_count() == 1);
  CHECK(table.prefix_count() == 1);
}

TEST_CASE("latency_table: the text it gives is sorted and reads as the same") {
  const LatencyTable table = Table(
      "2001:db8::/32,b.example,60000\n10.0.0.0/16,b.example,0.001\n"
      "10.0.0.0/8,c.example,0\n10.0.0.0/8,A.example,7.25\n");
  const std::string csv = std::string(kHeader) +
                          "10.0.0.0/8,a.example,7.25\n"
                          "10.0.0.0/8,c.example,0\n"
                          "10.0.0.0/16,b.example,0.001\n"
                          "2001:db8::/32,b.example,60000\n";
  CHECK(table.ToCsv() == csv);
  CHECK(Table(csv).ToCsv() == csv);
}

TEST_CASE("latency_table: a malformed line is named with what is wrong") {
  const std::string good = "10.0.0.0/8,a.example,1\n";
  CHECK(MessageOf(good + "10.1.0.0/16;a.example;1") ==
        "line 2: '10.1.0.0/16;a.example;1' is not cidr,hub,milliseconds");
  CHECK(MessageOf(good + "\n#\n10.1.0.0/8,a.example,1") ==
        "line 4: '10.1.0.0/8' sets bits behind its length; the prefix is "
        "10.0.0.0/8");
  CHECK(MessageOf("10.0.0.0/8,not a hub,1").starts_with("line 1: "));
  CHECK(MessageOf("10.0.0.0/8,a.example,1,2").starts_with("line 1: "));
  // A header in the middle is two files one after the other.
  CHECK(MessageOf(good + kHeader).starts_with("line 2: "));
  CHECK(MessageOf(good + std::string("\0,\x1b,\n", 5))
            .starts_with("line 2: '\\x00' is not a prefix"));
}

TEST_CASE("latency_table: milliseconds are a plain decimal up to a minute") {
  for (const char* bad :
       {"", "-1", "+1", "1e3", "nan", ".5", "5.", "1.2345", "60000.001",
        "99999999999999999999", "1.-2", "0x1", "1 2", "1.2.3"}) {
    const std::string message =
        MessageOf("10.0.0.0/8,a.example," + std::string(bad));
    CHECK(message.find("milliseconds from 0 to 60000") != message.npos);
  }
}

TEST_CASE("latency_table: the same prefix and hub twice names both lines") {
  CHECK(MessageOf("# x\n10.0.0.0/8,a.example,1\n10.0.0.0/9,a.example,1\n"
                  "::ffff:10.0.0.0/104,A.EXAMPLE,2\n") ==
        "line 4: line 2 already tells the latency from 10.0.0.0/8 to "
        "a.example");
}

TEST_CASE("latency_table: a text without rows is refused") {
  CHECK(CsvErrorOf("").code == Errc::kInvalidArgument);
  CHECK(MessageOf(kHeader) == "the latency table has no row");
}

TEST_CASE("latency_table: rows and bytes beyond the limits are refused") {
  CHECK(CsvErrorOf(std::string(limits::kLatencyTableBytesMax + 1, '\n')).code ==
        Errc::kTooLarge);
  std::string csv;
  for (std::size_t i = 0; i <= limits::kLatencyRowsMax; ++i) {
    csv += "10." + std::to_string(i >> 16) + "." +
           std::to_string(i >> 8 & 0xff) + "." + std::to_string(i & 0xff) +
           "/32,a.example,1\n";
  }
  CHECK(CsvErrorOf(csv).code == Errc::kTooLarge);
  csv.resize(csv.rfind("10."));
  CHECK(Table(csv).row_count() == limits::kLatencyRowsMax);
}

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
#include "core/base/clock.h"

#include <cstdint>
#include <ratio>

#include "core/base/text.h"

namespace dps {

using std::chrono::floor;
using std::chrono::nanoseconds;

namespace {

// Every reply holds instants; printf would cost more than the rest of it.
void AppendDigits(std::string& out, std::int64_t number, std::size_t digits) {
  const std::size_t start = out.size();
  out.resize(start + digits);
  for (std::size_t i = digits; i > 0; --i, number /= 10) {
    out[start + i - 1] = static_cast<char>('0' + number % 10);
  }
}

tl::unexpected<Error> NotAnInstant() {
  return Fail(Errc::kInvalidArgument,
              "not a UTC time like 2020-04-10T03:11:13.0276997Z");
}

}  // namespace

UtcTime SystemClock::Now() const {
  // What FormatUtc writes, so that a stored instant equals the one in memory.
  using Ticks = std::chrono::duration<std::int64_t, std::ratio<1, 10'000'000>>;
  return floor<Ticks>(std::chrono::system_clock::now());
}

SteadyTime SystemClock::SteadyNow() const {
  return std::chrono::steady_clock::now();
}

std::string FormatUtc(UtcTime time) {
  const auto day = floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::string text;
  text.reserve(28);
  AppendDigits(text, static_cast<int>(date.year()), 4);
  text += '-';
  AppendDigits(text, static_cast<unsigned>(date.month()), 2);
  text += '-';
  AppendDigits(text, static_cast<unsigned>(date.day()), 2);
  text += 'T';
  AppendDigits(text, clock.hours().count(), 2);
  text += ':';
  AppendDigits(text, clock.minutes().count(), 2);
  text += ':';
  AppendDigits(text, clock.seconds().count(), 2);
  text += '.';
  AppendDigits(text, clock.subseconds().count() / 100, 7);
  text += 'Z';
  return text;
}

Result<UtcTime> ParseUtc(std::string_view text) {
  // yyyy-mm-ddThh:mm:ss, then an optional fraction, then Z.
  constexpr std::size_t kSecondsEnd = 19;
  if (text.size() < kSecondsEnd + 1 || text.back() != 'Z')
    return NotAnInstant();
  if (text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
      text[16] != ':') {
    return NotAnInstant();
  }
  const auto number = [&](std::size_t at, std::size_t size) {
    return ParseDecimal(text.substr(at, size));
  };
  const auto year = number(0, 4), month = number(5, 2), day = number(8, 2);
  const auto hour = number(11, 2), minute = number(14, 2),
             second = number(17, 2);
  if (!year || !month || !day || !hour || !minute || !second)
    return NotAnInstant();
  const std::chrono::year_month_day date(
      std::chrono::year(static_cast<int>(*year)),
      std::chrono::month(static_cast<unsigned>(*month)),
      std::chrono::day(static_cast<unsigned>(*day)));
  // Years outside this range overflow a nanosecond clock.
  if (!date.ok() || *year < 1970 || *year > 2200) return NotAnInstant();
  if (*hour > 23 || *minute > 59 || *second > 59) return NotAnInstant();
  std::string fraction(text.substr(kSecondsEnd, text.size() - kSecondsEnd - 1));
  std::uint64_t nanos = 0;
  if (!fraction.empty()) {
    if (fraction[0] != '.' || fraction.size() < 2 || fraction.size() > 10) {
      return NotAnInstant();
    }
    fraction.resize(8, '0');  // what FormatUtc writes, so that both agree
    const auto parsed = ParseDecimal(std::string_view(fraction).substr(1));
    if (!parsed) return NotAnInstant();
    nanos = *parsed * 100;
  }
  return UtcTime(std::chrono::sys_days(date)) + std::chrono::hours(*hour) +
         std::chrono::minutes(*minute) + std::chrono::seconds(*second) +
         nanoseconds(nanos);
}

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
#include "core/base/certificate_fields.h"

#include <openssl/bn.h>

#include <algorithm>
#include <ctime>

#include "core/base/crypto_handle.h"
#include "core/base/text.h"

namespace dps {
namespace {

std::string NameText(const X509_NAME* name, unsigned long flags) {
  const ErrorQueueMark mark;
  const BioHandle out(BIO_new(BIO_s_mem()));
  if (X509_NAME_print_ex(out.get(), name, 0, flags) < 0) {
    return "(a name that cannot be read)";
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : "";
}

}  // namespace

std::string SerialHex(const ASN1_INTEGER* number) {
  const ErrorQueueMark mark;
  const Handle<BIGNUM, BN_free> value(ASN1_INTEGER_to_BN(number, nullptr));
  if (value == nullptr) return "";
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(value.get())), '\0');
  BN_bn2bin(value.get(), reinterpret_cast<unsigned char*>(bytes.data()));
  if (bytes.empty()) return "00";
  return (BN_is_negative(value.get()) ? "-" : "") + UpperHex(bytes);
}

std::optional<UtcTime> AsUtcTime(const ASN1_TIME* time) {
  const ErrorQueueMark mark;
  std::tm fields{};
  // Null would mean the current time to OpenSSL.
  if (time == nullptr || ASN1_TIME_to_tm(time, &fields) != 1) {
    return std::nullopt;
  }
  using std::chrono::sys_days, std::chrono::year, std::chrono::sys_seconds;
  const std::chrono::year_month_day date(
      year(fields.tm_year + 1900),
      std::chrono::month(static_cast<unsigned>(fields.tm_mon + 1)),
      std::chrono::day(static_cast<unsigned>(fields.tm_mday)));
  const sys_seconds instant =
      sys_days(date) + std::chrono::hours(fields.tm_hour) +
      std::chrono::minutes(fields.tm_min) + std::chrono::seconds(fields.tm_sec);
  constexpr sys_seconds kFirst{};
  constexpr sys_seconds kLast =
      sys_days(year(2201) / 1 / 1) - std::chrono::seconds(1);
  return std::clamp(instant, kFirst, kLast);
}

std::string ShownName(const X509_NAME* name) {
  constexpr unsigned long kFlags =
      (XN_FLAG_RFC2253 & ~XN_FLAG_SEP_MASK &
       ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB)) |
      XN_FLAG_SEP_CPLUS_SPC;
  return NameText(name, kFlags);
}

std::string LoggedName(const X509_NAME* name) {
  constexpr std::size_t kMax = 200;
  return Printable(NameText(name, XN_FLAG_RFC2253), kMax);
}

}  // namespace dps

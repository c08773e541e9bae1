// SPDX-License-Identifier: Apache-2.0
#include "core/base/certificate_fields.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/pem.h>

#include <algorithm>
#include <ctime>

#include "core/base/text.h"

namespace dps {
namespace {

using BioHandle = Handle<BIO, BIO_free_all>;

BioHandle ReadOnly(std::string_view text) {
  return BioHandle(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

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

bool AtEndOfPem() {
  return ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
}

}  // namespace

bool LooksLikePem(std::string_view text) {
  return text.find("-----BEGIN ") != text.npos;
}

bool LooksLikeDer(std::string_view bytes) {
  return bytes.size() > 2 && bytes[0] == '\x30' &&
         (static_cast<unsigned char>(bytes[1]) & 0x80) != 0;
}

Result<std::vector<PemBlock>> ReadPem(std::string_view text, std::size_t max) {
  const ErrorQueueMark mark;
  const BioHandle in = ReadOnly(text);
  std::vector<PemBlock> blocks;
  while (true) {
    char* label = nullptr;
    char* header = nullptr;
    unsigned char* data = nullptr;
    long size = 0;
    const int read = PEM_read_bio(in.get(), &label, &header, &data, &size);
    const OpenSslMemory<char> label_owner(label);
    const OpenSslMemory<char> header_owner(header);
    const OpenSslMemory<unsigned char> data_owner(data);
    if (read != 1) break;
    if (blocks.size() == max) {
      return Fail(Errc::kInvalidArgument, "the PEM holds more than " +
                                              std::to_string(max) + " block" +
                                              (max == 1 ? "" : "s"));
    }
    blocks.push_back({.label = label,
                      .bytes = {reinterpret_cast<const char*>(data),
                                static_cast<std::size_t>(size)}});
  }
  if (!AtEndOfPem()) return Fail(Errc::kInvalidArgument, "the PEM is damaged");
  if (blocks.empty()) {
    return Fail(Errc::kInvalidArgument, "there is no PEM block in the text");
  }
  return blocks;
}

std::string UpperHex(std::string_view bytes) {
  std::string hex = HexEncode(bytes);
  std::ranges::transform(hex, hex.begin(), [](char c) {
    return c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return hex;
}

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

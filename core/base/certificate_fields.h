// SPDX-License-Identifier: Apache-2.0
// What certificates and revocation lists are made of, read from OpenSSL: PEM,
// names, dates, serial numbers. All functions are thread-safe.
#pragma once

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/base/handle.h"
#include "core/base/result.h"

namespace dps {

using X509Handle = Handle<X509, X509_free>;

// What OpenSSL allocated; OPENSSL_free is a macro, which no Handle takes.
struct OpenSslFree {
  void operator()(void* memory) const { OPENSSL_free(memory); }
};
template <class T>
using OpenSslMemory = std::unique_ptr<T, OpenSslFree>;

// Takes along, when it goes, what OpenSSL wrote into the thread's queue of
// errors. The broker's TLS reads that queue: an error left there would end the
// connection of somebody else.
class ErrorQueueMark {
 public:
  ErrorQueueMark() { ERR_set_mark(); }
  ~ErrorQueueMark() { ERR_pop_to_mark(); }
  ErrorQueueMark(const ErrorQueueMark&) = delete;
  ErrorQueueMark& operator=(const ErrorQueueMark&) = delete;
};

struct PemBlock {
  std::string label;  // what stands behind BEGIN
  std::string bytes;
};

bool LooksLikePem(std::string_view text);
// A SEQUENCE of more than 127 bytes, as every certificate is. Text that starts
// with the digit 0, which is the same byte, goes on with ASCII.
bool LooksLikeDer(std::string_view bytes);

// Every block of the text; what stands between them is passed over.
// Errors: kInvalidArgument (damaged, none at all, more than `max`).
[[nodiscard]] Result<std::vector<PemBlock>> ReadPem(std::string_view text,
                                                    std::size_t max);

// Upper-case hexadecimal.
std::string UpperHex(std::string_view bytes);

// The number in upper-case hex, whole bytes: `01`, `0A3F`; `-` before a
// negative one.
std::string SerialHex(const ASN1_INTEGER* number);

// The nearest instant between 1970 and 2200; nullopt when it is no date.
std::optional<UtcTime> AsUtcTime(const ASN1_TIME* time);

// As CertificateInfo shows it, and as Certificate::Subject() does.
std::string ShownName(const X509_NAME* name);
std::string LoggedName(const X509_NAME* name);

}  // namespace dps

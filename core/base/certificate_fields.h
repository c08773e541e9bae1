// SPDX-License-Identifier: Apache-2.0
// What certificates and revocation lists are made of, read from OpenSSL: names,
// dates, serial numbers. All functions are thread-safe.
#pragma once

#include <openssl/x509.h>

#include <optional>
#include <string>

#include "core/base/clock.h"

namespace dps {

// The number in upper-case hex, whole bytes: `01`, `0A3F`; `-` before a
// negative one.
std::string SerialHex(const ASN1_INTEGER* number);

// The nearest instant between 1970 and 2200; nullopt when it is no date.
std::optional<UtcTime> AsUtcTime(const ASN1_TIME* time);

// As CertificateInfo shows it, and as Certificate::Subject() does.
std::string ShownName(const X509_NAME* name);
std::string LoggedName(const X509_NAME* name);

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
// What no TLS library would send: a chain that was tampered with on its way,
// and a signature by another key than the certificate's.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "tests/support/byte_stream.h"
#include "tests/support/certificate_forge.h"

namespace dps {

// The certificate, with a key that claims to be its own and is not.
Forged WithStolenCertificate(const Forged& victim);

// Changes what a client sends; the device's certificate begins at `der_at`.
using Tampering = std::function<void(std::string& bytes, std::size_t der_at)>;

// Tries a TLS 1.2 handshake, where certificates travel in clear, with
// `endpoint`'s address. How it ended: OpenSSL's words for the server's alert,
// "accepted", "closed", or "the deadline has passed".
std::string TamperedHandshake(const Endpoint& endpoint, const Forged& device,
                              const Tampering& tamper);

}  // namespace dps

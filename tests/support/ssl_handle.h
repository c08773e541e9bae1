// SPDX-License-Identifier: Apache-2.0
// Owners of OpenSSL's connections and of what these are made of, and the
// versions of TLS that there are to test.
#pragma once

#include <openssl/ssl.h>

#include "core/base/handle.h"

namespace dps {

using SslHandle = Handle<SSL, SSL_free>;
using SslContextHandle = Handle<SSL_CTX, SSL_CTX_free>;
using SslSessionHandle = Handle<SSL_SESSION, SSL_SESSION_free>;

inline constexpr int kTlsVersions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
// The TLS side of the HTTPS server: its certificate, and those of its clients.
#pragma once

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

#include <string>
#include <vector>

#include "core/base/handle.h"
#include "core/base/result.h"

namespace dps {

// TLS 1.3 and 1.2, with forward secrecy.
inline constexpr const char* kTlsPriorities =
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA";

using TlsCredentials = Handle<gnutls_certificate_credentials_st,
                              gnutls_certificate_free_credentials>;

// Of PEM files: a chain, the leaf first, and the leaf's key.
// Errors name the file: kUnavailable.
[[nodiscard]] Result<TlsCredentials> LoadTlsCredentials(
    const std::string& certificate_file, const std::string& key_file);

// Before the handshake: the server shows these credentials, which must outlive
// the session, and asks for a certificate of any issuer without demanding one.
void PrepareTlsSession(gnutls_session_t session,
                       const TlsCredentials& credentials);

// The library's callback for a session's certificate, which is called where
// nobody prepared the session: fails its handshake.
int OnTlsSessionUnprepared(gnutls_session_t, const gnutls_datum_t*, int,
                           const gnutls_pk_algorithm_t*, int, gnutls_pcert_st**,
                           unsigned*, gnutls_privkey_t*) noexcept;

// After the handshake. DER, leaf first; empty = the client showed none.
std::vector<std::string> ClientCertificates(gnutls_session_t session);

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
// Who vouches for the certificate that a client presented in TLS.
#pragma once

namespace dps {

enum class Voucher {
  kNobody,    // the client presented no certificate
  kListener,  // the listener's own trust store
  kDps,       // an enrollment, and nobody else
  kUnjudged,  // the TLS hook was not asked
};

}  // namespace dps

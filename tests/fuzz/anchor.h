// SPDX-License-Identifier: Apache-2.0
// The CA whose certificates and revocation lists lie in the corpus.
#pragma once

#include <string_view>

#include "core/base/certificate.h"

namespace dps {

// CN=root, P-256, valid from 2020 to 2100; its key is thrown away.
inline constexpr std::string_view kFuzzAnchorPem =
    R"(-----BEGIN CERTIFICATE-----
MIIBMDCB2KADAgECAgEBMAoGCCqGSM49BAMCMA8xDTALBgNVBAMMBHJvb3QwIBcN
MjAwMTAxMDAwMDAwWhgPMjEwMDAxMDEwMDAwMDBaMA8xDTALBgNVBAMMBHJvb3Qw
WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAR4nAgG190ENJghJQsLcKLsMJtbpfGp
xL80C9m5wXqJpJ6DCmjsm/vmcI0A2a0cTD4LNeIErWl+gnlBl1uNwXlJoyMwITAP
BgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwIBBjAKBggqhkjOPQQDAgNHADBE
AiACEDkbFjo2vdiDKeUF0kDnW/Si4w0V+4Lte9jycTkFqwIgc7YHIDggjJqFclQs
6BdDU+tpsdXG1bFNklpjYXlBwTQ=
-----END CERTIFICATE-----)";

inline const Certificate& FuzzAnchor() {
  static const Certificate anchor = Certificate::Parse(kFuzzAnchorPem).value();
  return anchor;
}

}  // namespace dps

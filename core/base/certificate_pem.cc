// SPDX-License-Identifier: Apache-2.0
#include "core/base/certificate_pem.h"

#include <openssl/pem.h>

#include "core/base/crypto_handle.h"

namespace dps {
namespace {

BioHandle ReadOnly(std::string_view text) {
  return BioHandle(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
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

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
// Owners of what OpenSSL gives away, and of what it leaves behind; bytes as it
// takes them.
#pragma once

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>

#include "core/base/handle.h"

namespace dps {

using BioHandle = Handle<BIO, BIO_free_all>;
using X509Handle = Handle<X509, X509_free>;

// Bytes as OpenSSL takes them.
inline const unsigned char* Unsigned(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
inline unsigned char* Unsigned(std::string& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

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

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
#include "core/base/crypto_seal.h"

#include <openssl/evp.h>

#include <new>

#include "core/base/crypto_handle.h"
#include "core/base/handle.h"

namespace dps {
namespace {

constexpr std::size_t kNonceSize = 12;
constexpr int kTagSize = 16;

using CipherContext = Handle<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

int IntSize(std::string_view bytes) { return static_cast<int>(bytes.size()); }

// Wipes a buffer that a secret went through.
class Buffer {
 public:
  explicit Buffer(std::size_t size) : bytes(size, '\0') {}
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { OPENSSL_cleanse(bytes.data(), bytes.size()); }

  std::string bytes;
};

// Ready for the text, in the direction it was begun in; null on failure.
CipherContext Begin(bool seal, const SecretBytes& key, std::string_view nonce,
                    std::string_view context) {
  CipherContext cipher(EVP_CIPHER_CTX_new());
  int ignored = 0;
  const bool ready = cipher != nullptr &&
                     EVP_CipherInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr,
                                       Unsigned(key.Reveal()), Unsigned(nonce),
                                       seal ? 1 : 0) == 1 &&
                     EVP_CipherUpdate(cipher.get(), nullptr, &ignored,
                                      Unsigned(context), IntSize(context)) == 1;
  return ready ? std::move(cipher) : nullptr;
}

}  // namespace

std::string SealBytes(const SecretBytes& key, const SecretBytes& secret,
                      std::string_view context) {
  const ErrorQueueMark mark;
  const SecretBytes nonce = RandomSecret(kNonceSize);
  const std::string_view text = secret.Reveal();
  const CipherContext cipher = Begin(true, key, nonce.Reveal(), context);
  std::string sealed(text.size(), '\0');
  std::string tag(kTagSize, '\0');
  int size = 0;
  const bool done =
      cipher != nullptr &&
      EVP_CipherUpdate(cipher.get(), Unsigned(sealed), &size, Unsigned(text),
                       IntSize(text)) == 1 &&
      EVP_CipherFinal_ex(cipher.get(), Unsigned(sealed) + size, &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG, kTagSize,
                          tag.data()) == 1;
  if (!done) throw std::bad_alloc();  // the only way sealing fails
  return std::string(nonce.Reveal()) + sealed + tag;
}

Result<SecretBytes> UnsealBytes(const SecretBytes& key, std::string_view sealed,
                                std::string_view context) {
  const ErrorQueueMark mark;
  const auto refusal =
      Fail(Errc::kInvalidArgument, "it was not sealed with this key for this");
  if (sealed.size() < kNonceSize + kTagSize) return refusal;
  const std::string_view nonce = sealed.substr(0, kNonceSize);
  std::string tag(sealed.substr(sealed.size() - kTagSize));
  const std::string_view text =
      sealed.substr(kNonceSize, sealed.size() - kNonceSize - kTagSize);
  const CipherContext cipher = Begin(false, key, nonce, context);
  Buffer opened(text.size());
  int size = 0;
  const bool done =
      cipher != nullptr &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_SET_TAG, kTagSize,
                          tag.data()) == 1 &&
      EVP_CipherUpdate(cipher.get(), Unsigned(opened.bytes), &size,
                       Unsigned(text), IntSize(text)) == 1 &&
      EVP_CipherFinal_ex(cipher.get(), Unsigned(opened.bytes) + size, &size) ==
          1;
  if (!done) return refusal;
  return SecretBytes(opened.bytes);
}

}  // namespace dps

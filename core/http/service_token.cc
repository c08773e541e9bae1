// SPDX-License-Identifier: Apache-2.0
#include "core/http/service_token.h"

#include <chrono>
#include <utility>

#include "core/base/crypto.h"
#include "core/base/text.h"

namespace dps {
namespace {

constexpr std::chrono::hours kLife{1};
constexpr std::chrono::minutes kRenewal{10};

}  // namespace

ServiceToken::ServiceToken(ConnectionString service)
    : service_(std::move(service)) {}

std::string ServiceToken::At(UtcTime now) {
  const std::lock_guard lock(mutex_);
  // Nor is it kept when the clock was set back: the service might not take it.
  const bool keep = now < expiry_ - kRenewal && now >= expiry_ - kLife;
  if (!keep) {
    expiry_ = now + kLife;
    token_ = Make();
  }
  return token_;
}

std::string ServiceToken::Make() const {
  const std::string expiry = std::to_string(
      std::chrono::floor<std::chrono::seconds>(expiry_.time_since_epoch())
          .count());
  const std::string resource = PercentEncode(service_.host);
  const SecretBytes signature =
      HmacSha256(service_.key, resource + "\n" + expiry);
  return "SharedAccessSignature sr=" + resource +
         "&sig=" + PercentEncode(Base64Encode(signature.Reveal())) +
         "&se=" + expiry + "&skn=" + PercentEncode(service_.policy);
}

}  // namespace dps

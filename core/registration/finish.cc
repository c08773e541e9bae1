// SPDX-License-Identifier: Apache-2.0
#include "core/registration/finish.h"

#include "core/base/crypto.h"
#include "core/protocol/error.h"

namespace dps {

void Finish(RegistrationRecord& record, RegistrationStatus status,
            const Error& error) {
  record.status = status;
  record.substatus = RegistrationSubstatus::kNone;
  record.error_code = ErrorCode(error.code);
  record.error_message = error.message;
  record.tracking_id = NewGuid();
}

}  // namespace dps

// SPDX-License-Identifier: Apache-2.0
// Configuration from memory. A distribution's shared libgit2 declares git_config_backend_from_string and does not export it, so
// builds with GUP_SYSTEM_LIBRARIES have their own.
#pragma once

#include <git2/sys/config.h>

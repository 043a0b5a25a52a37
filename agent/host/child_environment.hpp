// SPDX-License-Identifier: Apache-2.0
// The environment of the programs of operators and connectors.
#pragma once

#include "host/owner.hpp"
#include "util/process/process.hpp"
#include "util/sys/file.hpp"

namespace gup {

// $HOME, $USER and $LOGNAME.
void set_user(ProcessRequest& request, const Owner& user);

// As if the virtualenv at `environment` had been activated: $VIRTUAL_ENV, and its programs first in $PATH. Empty:
// nothing.
void set_virtualenv(ProcessRequest& request, const fs::path& virtualenv);

// The program works in the user's session, which lingers: $XDG_RUNTIME_DIR and the session's bus. An agent of root becomes
// the user for it (setpriv(1)), with an environment of the user alone, and what the request sets. Call it last.
void set_session(ProcessRequest& request, const Owner& user);

}  // namespace gup

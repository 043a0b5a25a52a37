// The agent as a Debian package: the calls of dpkg. All of them need root.
#pragma once

#include <string>

#include "selfupdate/installation.hpp"
#include "util/result.hpp"

namespace gup {

// Unpacks place.file to place.unpacked (a new folder), without installing it. Fails with protocol when it is not the
// package gup-agent of that version for this architecture.
[[nodiscard]] Status unpack_agent_package(const Installation& place, const std::string& version);

// dpkg installs place.file; an edited configuration file stays. Fails with busy when another program uses dpkg (apt at
// the same hour), with failed and dpkg's message. dpkg replaces each file with one rename.
[[nodiscard]] Status install_agent_package(const Installation& place);

// Finishes a dpkg that a power cut interrupted. Returns true if there was something to do.
[[nodiscard]] Result<bool> configure_agent_package();

}  // namespace gup

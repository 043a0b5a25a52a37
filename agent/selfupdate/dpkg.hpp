// The agent as a Debian package: what dpkg is asked to do. None of it without root.
#pragma once

#include <string>

#include "selfupdate/installation.hpp"
#include "util/result.hpp"

namespace gup {

// place.file is unpacked to place.unpacked (made anew), without installing it. Fails with protocol when it is not the
// package gup-agent of that version for this architecture.
[[nodiscard]] Status unpack_agent_package(const Installation& place, const std::string& version);

// dpkg installs place.file; a configuration file that somebody edited stays. Fails with busy when somebody else uses
// dpkg (apt at the same hour), with failed for what dpkg says. dpkg replaces each file with one rename.
[[nodiscard]] Status install_agent_package(const Installation& place);

// Finishes what a power cut interrupted in dpkg. True when something was to be done.
[[nodiscard]] Result<bool> configure_agent_package();

}  // namespace gup

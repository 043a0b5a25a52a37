// SPDX-License-Identifier: Apache-2.0
// How and where this agent is installed, and where a new one is staged.
#pragma once

#include <string>
#include <string_view>

#include "util/sys/file.hpp"

#include "util/result.hpp"

namespace gup {

// The package's name; its program has the same name.
inline constexpr const char* package_name = "gup-agent";

// The package database; $DPKG_ROOT and $DPKG_ADMINDIR can move it, as for dpkg itself.
struct DpkgPaths {
    fs::path root = "/";
    fs::path admin = "/var/lib/dpkg";
};

enum class InstallKind : bool { portable, packaged };

struct Installation {
    InstallKind kind = InstallKind::portable;
    fs::path executable;  // the installed name
    fs::path staging;     // the folder of all below; portable: the executable's folder, so that a rename is enough
    fs::path part;        // the download
    fs::path file;        // whole and verified; portable: the new agent itself, packaged: the package
    fs::path unpacked;    // packaged: the package's content
    fs::path staged;      // the new agent
    fs::path previous;    // portable: the agent before this one
    std::string target;   // the name of its file in a manifest: "aarch64", "arm64.deb"
};

// Packaged when dpkg's list of the package's files names `executable` (its real path). `platform` as in build_info.
[[nodiscard]] Installation find_installation(const fs::path& executable, const fs::path& state,
                                             std::string_view platform, const DpkgPaths& dpkg);

// From the environment of this process.
[[nodiscard]] DpkgPaths dpkg_paths();

// Removes staged files.
void remove_staged(const Installation& place);

// The calls of dpkg. All of them need root.

// Unpacks place.file to place.unpacked (a new folder), without installing it. Fails with protocol when it is not the
// package gup-agent of that version for this architecture.
[[nodiscard]] Status unpack_agent_package(const Installation& place, const std::string& version);

// dpkg installs place.file; an edited configuration file stays. Fails with busy when another program uses dpkg (apt at
// the same hour), with failed and dpkg's message. dpkg replaces each file with one rename.
[[nodiscard]] Status install_agent_package(const Installation& place);

// Finishes a dpkg that a power cut interrupted. Returns true if there was something to do.
[[nodiscard]] Result<bool> configure_agent_package();

}  // namespace gup

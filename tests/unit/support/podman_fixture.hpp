// SPDX-License-Identifier: Apache-2.0
// A podman and a Quadlet with the answers of a test, which record their calls.
#pragma once

#include <string>

#include "fixture.hpp"
#include "host/podman/podman.hpp"

namespace gup::test {

class FakePodman {
public:
    FakePodman() {
        // A call is answered by the script of its first two words, else by that of its first.
        program("podman", R"(echo "$*" >>"$here/calls"
for script in "$here/$1-$2" "$here/$1"; do
    if [ -e "$script" ]; then shift; exec sh "$script" "$@"; fi
done)");
        program("quadlet", R"(echo "$* in $QUADLET_UNIT_DIRS" >>"$here/calls"
exec sh "$here/dryrun")");
        answers("--version", "echo 'podman version 5.4.2'");
    }

    [[nodiscard]] Podman podman() const {
        Podman podman;
        podman.program = (folder_ / "podman").native();
        podman.quadlet = (folder_ / "quadlet").native();
        return podman;
    }

    // "image-inspect", "pull", "dryrun"; $here is the folder of all scripts.
    void answers(const std::string& call, const std::string& script) const {
        put(folder_ / call.c_str(), "here=" + folder_.folder.path().native() + "\n" + script + "\n");
    }
    [[nodiscard]] std::string calls() const { return read_file(folder_ / "calls").value_or(""); }
    [[nodiscard]] std::string text(const char* file) const { return read_file(folder_ / file).value_or(""); }

private:
    void program(const char* name, const std::string& body) const {
        const fs::path path = folder_ / name;
        put(path, "#!/bin/sh\nhere=" + folder_.folder.path().native() + "\n" + body + "\n");
        fs::permissions(path, fs::perms::owner_all);
    }

    Folder folder_;
};

}  // namespace gup::test

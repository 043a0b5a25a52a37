// SPDX-License-Identifier: Apache-2.0
// A systemctl and a journalctl with the answers of a test, which record their calls.
#pragma once

#include <string>

#include "fixture.hpp"
#include "host/units/services.hpp"

namespace gup::test {

class FakeSystemd {
public:
    FakeSystemd() {
        // `show` prints <unit>.<how often it was asked>, else <unit>, of each unit.
        program("systemctl", R"(echo "$*" >>"$here/calls"
case "$*" in
*restart*) exec sh "$here/restart" ;;
*"stop --"* | *"start --"* | *daemon-reload*) exit 0 ;;
esac
count=$(grep -c ^show "$here/calls")
between=
while [ "$1" != -- ]; do shift; done
shift
for unit; do
    printf '%s' "$between"
    between='
'
    if [ -e "$here/$unit.$count" ]; then cat "$here/$unit.$count"; else cat "$here/$unit"; fi
done)");
        program("journalctl", R"(cat "$here/journal" 2>/dev/null)");
        put(folder_ / "restart", "exit 0\n");
    }

    [[nodiscard]] Systemd systemd() const {
        Systemd systemd;
        systemd.systemctl = (folder_ / "systemctl").native();
        systemd.journalctl = (folder_ / "journalctl").native();
        return systemd;
    }

    // The answer of `show` for it, from its `look` on (0: always): "ActiveState=failed\n" goes before the usual.
    void unit(const std::string& name, const std::string& properties = "", int look = 0) const {
        put(file(look == 0 ? name : name + "." + std::to_string(look)),
            "Names=" + name + "\nLoadState=loaded\nActiveState=active\nSubState=running\nResult=success\n" +
                "ExecMainStatus=0\nNRestarts=0\nInvocationID=1\n" + properties);
    }
    void restart_does(const std::string& script) const { put(folder_ / "restart", script); }
    void journal(const std::string& lines) const { put(folder_ / "journal", lines); }
    [[nodiscard]] std::string calls() const { return read_file(folder_ / "calls").value_or(""); }
    [[nodiscard]] fs::path file(const std::string& name) const { return folder_ / name.c_str(); }

private:
    void program(const char* name, const std::string& body) const {
        const fs::path path = folder_ / name;
        put(path, "#!/bin/sh\nexport here=" + folder_.folder.path().native() + "\n" + body + "\n");
        fs::permissions(path, fs::perms::owner_all);
    }

    Folder folder_;
};

}  // namespace gup::test

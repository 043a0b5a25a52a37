// SPDX-License-Identifier: Apache-2.0
#include "deploy/mirror/comparison.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <functional>

#include "core/generation.hpp"
#include "core/release.hpp"
#include "fixture.hpp"

using namespace gup;
using namespace gup::test;

namespace {

constexpr std::int64_t made = 2'000'000'000;

// A release, and the plain folder that mirrors it.
struct Mirrored {
    Folder folder;
    fs::path release = folder / "release";
    fs::path local = folder / "local";

    Mirrored() {
        for (const fs::path& place : {release, local}) {
            put(place / "main.py", "1\n");
            put(place / "lib/a.py", "22\n");
            fs::create_symlink("main.py", place / "link");
            for (const char* name : {"main.py", "lib/a.py"}) touch(place / name, made - 10);
        }
        put(release / generation_record_name, "{}");
        touch(release / generation_record_name, made);
        put(release / ".gitignore", "x");
        put(release / "gupfile", std::string(placeholder_gupfile));
        put(local / "foreign", "x");
    }

    static void touch(const fs::path& path, std::int64_t time) {
        const timespec times[] = {{time, 0}, {time, 0}};
        ::utimensat(AT_FDCWD, path.c_str(), times, 0);
    }
    [[nodiscard]] std::string damage(const AcceptedPaths& accepted = {}) const {
        return find_damage(local, release, accepted).text;
    }
};

}  // namespace

TEST_CASE("find_damage: what is missing or differs, and nothing for what is foreign") {
    struct Row {
        const char* what;
        std::function<void(const Mirrored&)> change;
        const char* damage;  // with %: the folder
    };
    const Row rows[] = {
        {"nothing", [](const Mirrored&) {}, ""},
        {"a foreign file", [](const Mirrored& m) { fs::remove(m.local / "foreign"); }, ""},
        {"the folder", [](const Mirrored& m) { fs::remove_all(m.local); }, "% is gone"},
        {"moved", [](const Mirrored& m) { fs::rename(m.local, m.folder / "elsewhere"); }, "% is gone"},
        {"a file in its place", [](const Mirrored& m) { fs::remove_all(m.local), put(m.local, "x"); },
         "% is not a folder any more"},
        {"a link in its place",
         [](const Mirrored& m) { fs::remove_all(m.local), fs::create_symlink("nowhere", m.local); },
         "% is not a folder any more"},
        {"empty", [](const Mirrored& m) { fs::remove_all(m.local), fs::create_directory(m.local); }, "% is empty"},
        {"a lost file", [](const Mirrored& m) { fs::remove(m.local / "main.py"); },
         "main.py in % was removed or changed"},
        {"a folder instead",
         [](const Mirrored& m) { fs::remove(m.local / "main.py"), fs::create_directory(m.local / "main.py"); },
         "main.py in % was removed or changed"},
        {"another size", [](const Mirrored& m) { put(m.local / "main.py", "12\n"); },
         "main.py in % was removed or changed"},
        {"another content of the same size",
         [](const Mirrored& m) { put(m.local / "main.py", "2\n"), Mirrored::touch(m.local / "main.py", made + 5); },
         "main.py in % was removed or changed"},
        {"touched", [](const Mirrored& m) { Mirrored::touch(m.local / "main.py", made + 5); }, ""},
        {"another mode", [](const Mirrored& m) { ::chmod((m.local / "main.py").c_str(), 0600); },
         "main.py in % was removed or changed"},
        {"another link",
         [](const Mirrored& m) { fs::remove(m.local / "link"), fs::create_symlink("lib/a.py", m.local / "link"); },
         "link in % was removed or changed"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        const Mirrored mirrored;
        row.change(mirrored);
        std::string wanted = row.damage;
        if (const auto mark = wanted.find('%'); mark != std::string::npos)
            wanted.replace(mark, 1, mirrored.local.string());
        CHECK(mirrored.damage() == wanted);
    }
}

TEST_CASE("find_damage: accepted paths are left as they are, but not a folder that is empty") {
    const Mirrored mirrored;
    put(mirrored.local / "main.py", "12\n");
    fs::remove(mirrored.local / "lib/a.py");
    const MirrorDamage damage = find_damage(mirrored.local, mirrored.release);
    CHECK(damage.changed == AcceptedPaths{"main.py"});
    CHECK(damage.missing == AcceptedPaths{"lib/a.py"});
    CHECK(holds(mirrored.damage({"main.py"}), "lib/a.py in"));
    CHECK(mirrored.damage({"main.py", "lib/a.py"}).empty());
    fs::remove_all(mirrored.local);
    fs::create_directory(mirrored.local);
    CHECK(holds(mirrored.damage({"main.py", "lib/a.py", "lib", "link"}), "is empty"));
}

TEST_CASE("find_damage: data of a program in the place of a link to a shared path stay") {
    const Mirrored mirrored;
    fs::create_symlink("../shared/data.db", mirrored.release / "data.db");
    CHECK(holds(mirrored.damage(), "data.db"));
    put(mirrored.local / "data.db", "data");
    CHECK(mirrored.damage().empty());
}

TEST_CASE("read_accepted: what was written for this release") {
    const Folder folder;
    const fs::path place = folder.folder.path();
    CHECK(read_accepted(place, "1").empty());
    write_accepted(place, "1", {"a b", "c/d", "odd\nname"});
    CHECK(read_accepted(place, "1") == AcceptedPaths{"a b", "c/d"});
    CHECK(read_accepted(place, "2").empty());
    write_accepted(place, "2", {});
    CHECK(read_accepted(place, "1").empty());
    CHECK_FALSE(is_there(place / ".local"));
}

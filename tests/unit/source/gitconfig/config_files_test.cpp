// SPDX-License-Identifier: Apache-2.0
#include "source/gitconfig/config_files.hpp"

#include <doctest/doctest.h>

#include <map>

#include "servers.hpp"
#include "util/sys/directory.hpp"

namespace gup::test {
namespace {

using Variables = std::map<std::string, std::string>;

// A home, a system file and a repository.
struct Files {
    TemporaryFolder folder = temporary_folder();
    fs::path home = folder.path() / "home";
    fs::path git_folder = folder.path() / "srv/Gateway/meter/.git";
    Variables variables;

    Files() {
        REQUIRE(make_folders(home).ok());
        REQUIRE(make_folders(git_folder).ok());
        write_text(git_folder / "HEAD", "ref: refs/heads/release/5\n");
        write_text(git_folder / "config", "[remote \"origin\"]\n\turl = https://git.example.org/team/meter.git\n");
    }

    void write(const std::string& name, const std::string& text) const {
        REQUIRE(make_folders((folder.path() / name).parent_path()).ok());
        write_text(folder.path() / name, text);
    }

    [[nodiscard]] Result<git::ConfigValues> read(bool with_repository = true) const {
        const auto variable = [this](const char* name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            return found == variables.end() ? std::nullopt : std::optional(found->second);
        };
        GUP_TRY(const auto places, git::find_config(home, folder.path() / "system", variable));
        if (!with_repository) return git::read_config(places, std::nullopt);
        return git::read_config(places, git::ConfigRepository{git_folder, git_folder, true});
    }

    // The values of test.k, in their order.
    [[nodiscard]] std::string k(bool with_repository = true) const {
        const auto values = read(with_repository);
        if (!values.ok()) return values.error().message;
        std::string out;
        for (const auto& one : *values) {
            if (one.name == "test.k") out += one.text();
        }
        return out;
    }
};

std::string of(const std::string& value) {
    return "[test]\n\tk = " + value + "\n";
}

}  // namespace

TEST_CASE("read_config: system, XDG, home, repository, command line, in that order") {
    Files files;
    files.write("system", of("s"));
    files.write("home/.config/git/config", of("x"));
    files.write("home/.gitconfig", of("h"));
    files.write("srv/Gateway/meter/.git/config", of("r"));
    files.variables = {{"GIT_CONFIG_COUNT", "1"},
                       {"GIT_CONFIG_KEY_0", "test.K"},
                       {"GIT_CONFIG_VALUE_0", "c"},
                       {"GIT_CONFIG_PARAMETERS", "'test.k'='p' 'test.k=o'"}};
    CHECK(files.k() == "sxhrcpo");
    CHECK(files.k(false) == "sxhcpo");
}

TEST_CASE("read_config: the variables that choose files") {
    Files files;
    files.write("system", of("s"));
    files.write("other", of("o"));
    files.write("home/.config/git/config", of("x"));
    files.write("home/.gitconfig", of("h"));
    files.write("xdg/git/config", of("y"));
    const std::string base = files.folder.path().string();
    const auto with = [&](const Variables& variables) {
        files.variables = variables;
        return files.k(false);
    };
    CHECK(with({{"GIT_CONFIG_GLOBAL", base + "/other"}}) == "so");
    CHECK(with({{"GIT_CONFIG_GLOBAL", ""}}) == "s");
    CHECK(with({{"GIT_CONFIG_GLOBAL", "/dev/null"}}) == "s");
    CHECK(with({{"GIT_CONFIG_SYSTEM", base + "/other"}}) == "oxh");
    CHECK(with({{"GIT_CONFIG_NOSYSTEM", "1"}}) == "xh");
    CHECK(with({{"GIT_CONFIG_NOSYSTEM", "0"}}) == "sxh");
    CHECK(with({{"XDG_CONFIG_HOME", base + "/xdg"}}) == "syh");
    CHECK(with({{"XDG_CONFIG_HOME", ""}}) == "sxh");
}

TEST_CASE("read_config: a malformed variable is named") {
    Files files;
    const auto said = [&](const Variables& variables) {
        files.variables = variables;
        return files.k(false);
    };
    CHECK(said({{"GIT_CONFIG_COUNT", "x"}}).find("GIT_CONFIG_COUNT") != std::string::npos);
    CHECK(said({{"GIT_CONFIG_COUNT", "1"}}).find("GIT_CONFIG_KEY_0: it is missing") != std::string::npos);
    CHECK(said({{"GIT_CONFIG_COUNT", "1"}, {"GIT_CONFIG_KEY_0", "a.b"}}).find("GIT_CONFIG_VALUE_0") !=
          std::string::npos);
    CHECK(said({{"GIT_CONFIG_PARAMETERS", "a=b"}}).find("GIT_CONFIG_PARAMETERS") != std::string::npos);
    CHECK(said({{"GIT_CONFIG_COUNT", ""}}) == "");
}

TEST_CASE("read_config: includes and their conditions, as git") {
    Files files;
    files.write("home/inc", of("i"));
    const auto with = [&](const std::string& section, bool with_repository = true) {
        files.write("home/.gitconfig", of("1") + section + "\n\tpath = inc\n" + of("2"));
        return files.k(with_repository) == "1i2";
    };
    CHECK(with("[include]"));
    const std::string base = files.folder.path().string();
    CHECK(with("[includeIf \"gitdir:" + base + "/srv/\"]"));
    CHECK(!with("[includeIf \"gitdir:" + base + "/srv/\"]", false));
    CHECK(with("[includeIf \"gitdir:Gateway/\"]"));
    CHECK(!with("[includeIf \"gitdir:gateway/\"]"));
    CHECK(with("[includeIf \"gitdir/i:gateway/\"]"));
    CHECK(with("[includeIf \"gitdir:" + base + "/srv/*/meter/.git\"]"));
    CHECK(!with("[includeIf \"gitdir:~/\"]"));
    CHECK(with("[includeIf \"onbranch:release/\"]"));
    CHECK(with("[includeIf \"onbranch:release/5\"]"));
    CHECK(!with("[includeIf \"onbranch:main\"]"));
    CHECK(with("[includeIf \"hasconfig:remote.*.url:https://git.example.org/**\"]"));
    CHECK(!with("[includeIf \"hasconfig:remote.*.url:https://git.example.org/*\"]"));
    CHECK(!with("[includeIf \"hasconfig:remote.*.url:https://git.example.org/**\"]", false));
    CHECK(!with("[includeIf \"weather:fine\"]"));
    files.write("home/.gitconfig", "[include]\n\tpath = ~/inc\n\tpath = missing\n");
    CHECK(files.k() == "i");
}

TEST_CASE("read_config: a mistake names the file, the line and what includes it") {
    Files files;
    const auto said = [&](const std::string& text) {
        files.write("home/.gitconfig", text);
        const auto values = files.read();
        CHECK(!values.ok());
        return values.ok() ? std::string() : values.error().message + "\n" + values.error().hint;
    };
    const auto names = [](const std::string& text, const std::string& part) {
        return text.find(part) != std::string::npos;
    };
    CHECK(names(said("[user\n"), "home/.gitconfig, line 1: the [section] has no ]"));
    CHECK(names(said("[include]\n\tpath = .gitconfig\n"), "home/.gitconfig, line 2: it is the 11th include in a row"));
    files.write("home/inc", "[a]\n\n\tk v\n");
    CHECK(names(said("[include]\n\tpath = inc\n"), "home/inc, line 3: the key has no ="));
    CHECK(names(said("[include]\n\tpath\n"), "line 2: include.path has no value"));
    REQUIRE(make_folders(files.home / "folder").ok());
    CHECK(names(said("[include]\n\tpath = folder\n"),
                "folder is not a regular file (" + (files.home / ".gitconfig").string() + ", line 2 includes it)"));
    files.write("home/urls", "[remote \"a\"]\n\turl = x\n");
    CHECK(names(said("[includeIf \"hasconfig:remote.*.url:**\"]\n\tpath = urls\n"),
                "urls, line 2: a file that includeIf.hasconfig"));
}

}  // namespace gup::test

// SPDX-License-Identifier: Apache-2.0
#include "host/elevated_fs.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "fixture.hpp"

using namespace gup;
using namespace gup::test;
using nlohmann::json;

namespace {

// By their numbers in a message.
struct Ask {
    enum : int { create, make, share, remove_folder, link, unlink, sweep, exchange, rename_from };
};

constexpr unsigned ann = 20001;
constexpr unsigned ben = 20002;

// A root folder of root's with connectors of two owners. The messages are of ann's worker, whose connector is `pi`.
struct SharedRoot {
    Folder folder;
    fs::path root = folder / "root";
    HelpRights rights;

    SharedRoot() {
        fs::create_directories(root / ".pyenv");
        ::chmod(folder.folder.path().c_str(), 0755);
        make_folder(root / "pi", ann);
        make_folder(root / "pi-hole", ben);
        make_folder(folder / "home", ann);
        rights.owner.uid = ann;
        rights.owner.gid = ann;
        rights.root = root;
        rights.connectors = {"pi"};
    }

    static void make_folder(const fs::path& path, unsigned owner) {
        fs::create_directory(path);
        REQUIRE(::chown(path.c_str(), owner, owner) == 0);
    }
    static void make_link(const fs::path& path, const char* target, unsigned owner) {
        fs::create_symlink(target, path);
        REQUIRE(::lchown(path.c_str(), owner, owner) == 0);
    }
    [[nodiscard]] Result<json> ask(int change, const std::string& path, const std::string& other = {}) const {
        return help_owner(rights, {{"change", change}, {"path", path}, {"other", other}});
    }
    [[nodiscard]] bool may(int change, const std::string& name, const std::string& other = {}) const {
        return ask(change, (root / name).string(), other).ok();
    }
    // The error, or success.
    [[nodiscard]] bool is_refused(int change, const std::string& name, const std::string& other = {}) const {
        const auto answer = ask(change, (root / name).string(), other);
        return !answer.ok() && answer.error().code == ErrorCode::permission;
    }
};

unsigned owner_of_entry(const fs::path& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0 ? status.st_uid : 0xFFFFFFFF;
}

}  // namespace

TEST_SUITE("help for owners" * doctest::skip(::geteuid() != 0)) {
    TEST_CASE("the agent makes what is the connector's, and gives it to its owner") {
        const SharedRoot site;
        CHECK(site.may(Ask::create, ".gup-add-pi.abc123"));
        CHECK(owner_of_entry(site.root / ".gup-add-pi.abc123") == ann);
        CHECK_FALSE(site.may(Ask::create, ".gup-add-pi.abc123"));
        CHECK(site.may(Ask::make, ".pyenv/pi"));
        CHECK(site.may(Ask::make, ".pyenv/pi"));
        CHECK(owner_of_entry(site.root / ".pyenv/pi") == ann);
        CHECK(site.may(Ask::remove_folder, ".pyenv/pi"));
        CHECK(site.may(Ask::link, ".pyenv/pi", "../pi/.venv"));
        CHECK(fs::read_symlink(site.root / ".pyenv/pi") == "../pi/.venv");
        CHECK(owner_of_entry(site.root / ".pyenv/pi") == ann);
        CHECK(site.may(Ask::link, ".pyenv/pi", "elsewhere"));
        CHECK(site.may(Ask::unlink, ".pyenv/pi"));
        CHECK(site.may(Ask::rename_from, "pi", ".gup-add-pi.abc123") == false);  // something is there
        CHECK(site.may(Ask::remove_folder, "pi"));
        CHECK(site.may(Ask::rename_from, "pi", ".gup-add-pi.abc123"));
    }

    TEST_CASE("the shared folders are root's, and only empty ones go") {
        const SharedRoot site;
        CHECK(site.may(Ask::share, ".gup"));
        CHECK(site.may(Ask::make, ".gup"));
        CHECK(owner_of_entry(site.root / ".gup") == 0);
        CHECK(site.may(Ask::make, ".gup/pi"));
        CHECK(owner_of_entry(site.root / ".gup/pi") == ann);
        CHECK_FALSE(site.may(Ask::remove_folder, ".gup"));
        CHECK(site.may(Ask::remove_folder, ".gup/pi"));
        CHECK(site.may(Ask::remove_folder, ".gup"));
        CHECK(site.is_refused(Ask::share, "pi"));
        CHECK(site.is_refused(Ask::share, ".ssh"));
    }

    TEST_CASE("another name is refused, whatever the change") {
        const SharedRoot site;
        const std::string zero(1, '\0');
        for (const std::string& name : {std::string("pi-hole"),
                                        std::string("ip"),
                                        std::string("p"),
                                        std::string("pi2"),
                                        std::string("."),
                                        std::string(".."),
                                        std::string(),
                                        std::string(".pyenv/pi-hole"),
                                        std::string(".gup-add-pi-hole.abc"),
                                        std::string(".gup-add-pi"),
                                        std::string(".gup-add-pi."),
                                        std::string(".gup-add-pi.a.b"),
                                        std::string(".gup-link-pi-hole"),
                                        std::string(".gup-link-x-pi"),
                                        std::string(".gup-tmp-pi"),
                                        std::string("pi/x"),
                                        std::string("pi/../pi-hole"),
                                        std::string("./pi"),
                                        std::string("pi/"),
                                        std::string("../root/pi"),
                                        std::string(".ssh/pi"),
                                        "pi-hole" + zero + "/pi",
                                        "pi" + zero + "x",
                                        ".gup-add-pi-hole" + zero + "-pi"}) {
            CAPTURE(name);
            for (int change = Ask::create; change <= Ask::rename_from; ++change) {
                CAPTURE(change);
                CHECK(site.is_refused(change, name, (site.folder / "home/x").string()));
            }
        }
        for (const std::string& path : {std::string("pi"), std::string("/etc/pi"), std::string("/"), std::string(),
                                        (site.folder / "home/pi").string()}) {
            CAPTURE(path);
            CHECK_FALSE(site.ask(Ask::create, path).ok());
        }
        for (const std::int64_t change : {INT64_MIN, std::int64_t{-1}, std::int64_t{9}, INT64_MAX}) {
            const auto answer = help_owner(site.rights, {{"change", change}, {"path", (site.root / "pi").string()}});
            CHECK(code_of(answer) == ErrorCode::unsupported);
        }
        CHECK_FALSE(help_owner(site.rights, json::array()).ok());
    }

    TEST_CASE("a connector without a name allows nothing") {
        SharedRoot site;
        site.rights.connectors = {""};
        CHECK(site.is_refused(Ask::create, ".gup-add-.abc"));
        site.rights.connectors = {};
        CHECK(site.is_refused(Ask::create, "pi"));
    }

    TEST_CASE("entries of another owner stay, also under the connector's name") {
        const SharedRoot site;
        fs::remove(site.root / "pi");
        site.make_folder(site.root / "pi", ben);
        CHECK(site.is_refused(Ask::remove_folder, "pi"));
        CHECK(site.is_refused(Ask::unlink, "pi"));
        CHECK(site.is_refused(Ask::link, "pi", "x"));
        CHECK(site.is_refused(Ask::exchange, "pi", (site.folder / "home/x").string()));
        site.make_link(site.root / ".pyenv/pi", "x", ben);
        CHECK(site.is_refused(Ask::unlink, ".pyenv/pi"));
        CHECK(site.is_refused(Ask::link, ".pyenv/pi", "y"));
        site.make_folder(site.root / ".gup-add-pi.abc", ben);
        fs::remove(site.root / "pi");
        CHECK(site.is_refused(Ask::rename_from, "pi", ".gup-add-pi.abc"));
        CHECK(site.is_refused(Ask::rename_from, "pi", "pi-hole"));
        CHECK(owner_of_entry(site.root / "pi-hole") == ben);
    }

    TEST_CASE("entries change places with the owner's own, and with nobody else's") {
        const SharedRoot site;
        site.make_link(site.folder / "home/next", "target", ann);
        CHECK(site.may(Ask::exchange, "pi", (site.folder / "home/next").string()));
        CHECK(fs::is_symlink(site.root / "pi"));
        CHECK(fs::is_directory(site.folder / "home/next"));
        SharedRoot::make_folder(site.folder / "bens", ben);
        site.make_link(site.folder / "bens/next", "target", ann);
        CHECK(site.is_refused(Ask::exchange, "pi", (site.folder / "bens/next").string()));
        site.make_folder(site.folder / "home/bens", ben);
        CHECK(site.is_refused(Ask::exchange, "pi", (site.folder / "home/bens").string()));
        CHECK(site.is_refused(Ask::exchange, "pi", "/etc/passwd"));
    }

    TEST_CASE("links that the owner planted lead nowhere") {
        const SharedRoot site;
        SharedRoot::make_folder(site.folder / "victim", 0);
        fs::remove(site.root / ".pyenv");
        site.make_link(site.root / ".pyenv", (site.folder / "victim").c_str(), ann);
        CHECK_FALSE(site.may(Ask::create, ".pyenv/pi"));
        CHECK_FALSE(site.may(Ask::make, ".pyenv/pi"));
        CHECK_FALSE(site.may(Ask::link, ".pyenv/pi", "x"));
        CHECK(fs::is_empty(site.folder / "victim"));
        site.make_link(site.folder / "home/out", (site.folder / "victim").c_str(), ann);
        CHECK_FALSE(site.may(Ask::exchange, "pi", (site.folder / "home/out/x").string()));
        fs::remove(site.root / "pi");
        site.make_link(site.root / "pi", (site.folder / "victim").c_str(), ann);
        CHECK_FALSE(site.may(Ask::make, "pi"));
        CHECK_FALSE(site.may(Ask::remove_folder, "pi"));
        CHECK(owner_of_entry(site.folder / "victim") == 0);
    }

    TEST_CASE("the agent helps in its own folders only: in others, entries could be changed under its hands") {
        const SharedRoot site;
        REQUIRE(::chown((site.root / ".pyenv").c_str(), ann, ann) == 0);
        CHECK(site.is_refused(Ask::create, ".pyenv/pi"));
        REQUIRE(::chown((site.root / ".pyenv").c_str(), ben, ben) == 0);
        CHECK(site.is_refused(Ask::create, ".pyenv/pi"));
    }
}

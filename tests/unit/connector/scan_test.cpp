// SPDX-License-Identifier: Apache-2.0
#include "connector/scan.hpp"

#include <doctest/doctest.h>

#include "util/sys/directory.hpp"

using namespace gup;

namespace {

struct Root {
    TemporaryFolder folder = std::move(TemporaryFolder::make()).value();
    fs::path path = folder.path() / "root";

    Root() { REQUIRE(make_folders(path).ok()); }

    void connector(const fs::path& name) const {
        REQUIRE(make_folders(path / name).ok());
        REQUIRE(write_file_atomically(path / name / "gupfile", "").ok());
    }

    [[nodiscard]] std::vector<std::string> names(const fs::path& agent_folder = {}) const {
        std::vector<std::string> result;
        const auto scan = scan_root({path, agent_folder, {}});
        REQUIRE(scan.ok());
        for (const Connector& connector : scan->connectors) result.push_back(connector.name);
        return result;
    }
};

}  // namespace

TEST_CASE("scan_root: folders with a gupfile, sorted bytewise; hidden ones and the agent's own are ignored") {
    const Root root;
    for (const char* name : {"zeta", "Alpha", "beta", ".pyenv", "gup-agent", "with space"}) root.connector(name);
    REQUIRE(make_folders(root.path / "no-gupfile").ok());
    REQUIRE(write_file_atomically(root.path / "gupfile", "").ok());
    CHECK(root.names(root.path / "gup-agent") == std::vector<std::string>{"Alpha", "beta", "with space", "zeta"});
    CHECK(scan_root({root.path, root.path / "gup-agent", {}})->warnings.empty());
}

TEST_CASE("scan_root: links that stay in root are followed, those that leave it are refused with a warning") {
    const Root root;
    root.connector("real");
    REQUIRE(make_folders(root.folder.path() / "outside").ok());
    REQUIRE(write_file_atomically(root.folder.path() / "outside/gupfile", "").ok());
    root.connector(".hidden");
    fs::create_directory_symlink(root.path / ".hidden", root.path / "inside");
    fs::create_directory_symlink(root.folder.path() / "outside", root.path / "leaves");
    fs::create_directory_symlink("nowhere", root.path / "dangling");
    CHECK(root.names() == std::vector<std::string>{"inside", "real"});
    const auto warnings = scan_root({root.path, {}, {}})->warnings;
    REQUIRE(warnings.size() == 1);
    CHECK(warnings.front().find("leaves ignored") == 0);
}

TEST_CASE("scan_root: two names of one folder give one connector and a warning") {
    const Root root;
    root.connector("real");
    fs::create_directory_symlink("real", root.path / "same");
    CHECK(root.names() == std::vector<std::string>{"real"});
    CHECK(scan_root({root.path, {}, {}})->warnings.size() == 1);
}

TEST_CASE("scan_root: a gupfile that is a link or a folder is ignored with a warning") {
    const Root root;
    REQUIRE(make_folders(root.path / "folder/gupfile").ok());
    REQUIRE(make_folders(root.path / "link").ok());
    fs::create_symlink("/etc/hostname", root.path / "link/gupfile");
    CHECK(root.names().empty());
    CHECK(scan_root({root.path, {}, {}})->warnings.size() == 2);
}

TEST_CASE("scan_root: a missing root is an error with a hint") {
    const auto scan = scan_root({"/nonexistent/root", {}, {}});
    REQUIRE_FALSE(scan.ok());
    CHECK(scan.error().hint.find("--root") != std::string::npos);
}

TEST_CASE("select_connectors: a name that matches nothing is refused with the nearest one") {
    Scan scan;
    scan.connectors = {{"heat-pump", "/r/heat-pump"}, {"smart-meter", "/r/smart-meter"}};
    CHECK(select_connectors(scan, {})->size() == 2);
    CHECK(select_connectors(scan, {"smart-meter", "smart-meter"})->size() == 1);
    const auto wrong = select_connectors(scan, {"heat-pump", "smart-metre"});
    REQUIRE_FALSE(wrong.ok());
    CHECK(wrong.error().code == ErrorCode::invalid_input);
    CHECK(wrong.error().hint == "did you mean smart-meter?");
}

TEST_CASE("scan_root: a declared connector is a connector without a folder, too, and the same one as its folder") {
    const Root root;
    root.connector("meter");
    std::vector<DeclaredConnector> declared(3);
    declared[0].name = "zeta";
    declared[1].name = "meter";
    declared[2].name = "app";
    const auto scan = scan_root({root.path, {}, declared});
    REQUIRE(scan.ok());
    REQUIRE(scan->connectors.size() == 3);
    CHECK(scan->connectors[0].name == "app");
    CHECK(scan->connectors[0].path == root.path / "app");
    CHECK(scan->connectors[1].declared->name == "meter");
    CHECK(scan->connectors[2].declared->name == "zeta");
}

#include "python/virtualenv_copy.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "python/installed_record.hpp"
#include "python/virtualenv.hpp"
#include "python/virtualenv_prefix.hpp"
#include "python/virtualenv_verify.hpp"
#include "util/sys/directory.hpp"

namespace gup {
namespace {

// A virtualenv with one distribution, as an installer leaves it.
struct SyntheticVirtualenv {
    TemporaryFolder folder = TemporaryFolder::make().value();
    fs::path root = folder.path() / "venv";
    fs::path copy = folder.path() / "copy";
    fs::path site = root / "lib/python3.11/site-packages";

    SyntheticVirtualenv() {
        fs::create_directories(root / "bin");
        fs::create_directories(site / "one-1.0.dist-info");
        fs::create_symlink("/usr/bin/python3", root / "bin/python");
        fs::create_symlink("lib", root / "lib64");
        fs::create_symlink(root / "lib", root / "inside");
        write("pyvenv.cfg", "home = /usr/bin\nversion = 3.11.2\ncommand = python3 -m venv " + root.string() + "\n");
        write("bin/activate", "VIRTUAL_ENV=\"" + root.string() + "\"\n");
        write("bin/one", script());
        write("lib/python3.11/site-packages/one.py", "version = 1\n");
        write("lib/python3.11/site-packages/src.pth", root.string() + "/src/one\n");
        write("lib/python3.11/site-packages/one-1.0.dist-info/METADATA", "Name: one\nVersion: 1.0\n");
        write("lib/python3.11/site-packages/one-1.0.dist-info/INSTALLER", "pip\n");
        write("lib/python3.11/site-packages/one-1.0.dist-info/RECORD",
              format_record({{"../../../bin/one", record_hash(script()), std::to_string(script().size())},
                             {"one.py", record_hash("version = 1\n"), "12"},
                             {"one-1.0.dist-info/INSTALLER", record_hash("pip\n"), "4"},
                             {"one-1.0.dist-info/RECORD", "", ""}}));
    }

    [[nodiscard]] std::string script() const { return "#!" + root.string() + "/bin/python\nprint(1)\n"; }
    void write(const std::string& name, const std::string& text) const {
        REQUIRE(write_file_atomically(root / name, text).ok());
    }
    [[nodiscard]] std::string read(const std::string& name) const { return read_file(copy / name).value(); }
    [[nodiscard]] CopyReport make_copy() const {
        auto report = copy_virtualenv({root, copy, {}});
        REQUIRE_MESSAGE(report.ok(), (report.ok() ? "" : report.error().message));
        return *report;
    }
    [[nodiscard]] bool is_shared(const std::string& name) const {
        return file_info(root / name).value()->inode == file_info(copy / name).value()->inode;
    }
    [[nodiscard]] ObservedVirtualenv observed(const fs::path& path) const {
        return inspect_virtualenv({true, path}).value();
    }
};

constexpr const char* record_name = "lib/python3.11/site-packages/one-1.0.dist-info/RECORD";

}  // namespace

TEST_CASE("copy_environment: what installers replace is shared, what names the virtualenv is its own") {
    const SyntheticVirtualenv virtualenv;
    const CopyReport report = virtualenv.make_copy();
    CHECK(virtualenv.is_shared("lib/python3.11/site-packages/one.py"));
    for (const char* own : {"pyvenv.cfg", "bin/activate", "bin/one", record_name}) {
        CHECK_FALSE_MESSAGE(virtualenv.is_shared(own), own);
    }
    CHECK(report.linked == 3);
    CHECK(report.skipped.empty());
}

TEST_CASE("copy_environment: scripts, activate, pyvenv.cfg, .pth and links inside name the copy") {
    const SyntheticVirtualenv virtualenv;
    (void)virtualenv.make_copy();
    const std::string copy = virtualenv.copy.string();
    CHECK(virtualenv.read("bin/one") == "#!" + copy + "/bin/python\nprint(1)\n");
    CHECK(virtualenv.read("bin/activate") == "VIRTUAL_ENV=\"" + copy + "\"\n");
    CHECK(virtualenv.read("pyvenv.cfg").ends_with("-m venv " + copy + "\n"));
    CHECK(virtualenv.read("lib/python3.11/site-packages/src.pth") == copy + "/src/one\n");
    CHECK(fs::read_symlink(virtualenv.copy / "inside") == virtualenv.copy / "lib");
    CHECK(fs::read_symlink(virtualenv.copy / "lib64") == "lib");
    CHECK(fs::read_symlink(virtualenv.copy / "bin/python") == "/usr/bin/python3");
}

TEST_CASE("copy_environment: RECORD has the new hash and size of a script that was rewritten") {
    const SyntheticVirtualenv virtualenv;
    (void)virtualenv.make_copy();
    const auto rows = parse_record(virtualenv.read(record_name));
    const std::string script = virtualenv.read("bin/one");
    REQUIRE(rows.size() == 4);
    CHECK(rows[0] == RecordRow{"../../../bin/one", record_hash(script), std::to_string(script.size())});
    CHECK(rows[1].hash == record_hash("version = 1\n"));
    CHECK(verify_installed(virtualenv.observed(virtualenv.copy), {}).empty());
}

TEST_CASE("copy_environment: what an interrupted pip left, and what is no file, is not copied") {
    const SyntheticVirtualenv virtualenv;
    virtualenv.write("lib/python3.11/site-packages/~ne.py", "old\n");
    REQUIRE(::mkfifo((virtualenv.root / "pipe").c_str(), 0600) == 0);
    const CopyReport report = virtualenv.make_copy();
    CHECK_FALSE(is_file(virtualenv.copy / "lib/python3.11/site-packages/~ne.py"));
    CHECK(report.skipped == std::vector{(virtualenv.root / "pipe").string()});
}

TEST_CASE("copy_environment: links that leave the tree are copied and not followed") {
    const SyntheticVirtualenv virtualenv;
    fs::create_directories(virtualenv.folder.path() / "outside/deep");
    fs::create_symlink(virtualenv.folder.path() / "outside", virtualenv.root / "out");
    (void)virtualenv.make_copy();
    CHECK(fs::is_symlink(virtualenv.copy / "out"));
}

TEST_CASE("copy_environment: modes stay, and the original is as it was") {
    const SyntheticVirtualenv virtualenv;
    fs::permissions(virtualenv.root / "bin/one", fs::perms(0750));
    fs::permissions(virtualenv.site, fs::perms(0700));
    (void)virtualenv.make_copy();
    CHECK(file_info(virtualenv.copy / "bin/one").value()->mode == 0750);
    CHECK(file_info(virtualenv.copy / "lib/python3.11/site-packages").value()->mode == 0700);
    CHECK(read_file(virtualenv.root / "bin/one").value() == virtualenv.script());
    CHECK_FALSE(is_file(virtualenv.site / "zzz_gup_generation.pth"));
    CHECK(is_file(virtualenv.copy / "lib/python3.11/site-packages/zzz_gup_generation.pth"));
}

TEST_CASE("copy_environment: fails when something is there") {
    const SyntheticVirtualenv virtualenv;
    fs::create_directories(virtualenv.copy);
    CHECK_FALSE(copy_virtualenv({virtualenv.root, virtualenv.copy, {}}).ok());
}

TEST_CASE("measure_environment_copy: counts what is really copied, and all of it on another file system") {
    const SyntheticVirtualenv virtualenv;
    virtualenv.write("lib/python3.11/site-packages/big.bin", std::string(1'000'000, 'x'));
    const auto near = measure_virtualenv_copy(virtualenv.root, virtualenv.folder.path());
    const auto far = measure_virtualenv_copy(virtualenv.root, "/proc");
    REQUIRE((near.ok() && far.ok()));
    CHECK(near->bytes < 200'000);
    CHECK(far->bytes > 1'000'000);
    CHECK(far->files > near->files);
}

TEST_CASE("script_with_prefix: the short form, the long form, and from one to the other") {
    const PrefixChange near{{"/old/venv"}, "/new"};
    CHECK(script_with_prefix("#!/old/venv/bin/python3 -E\nx\n", near) == "#!/new/bin/python3 -E\nx\n");
    CHECK(script_with_prefix("#!/bin/sh\n'''exec' /old/venv/bin/python \"$0\" \"$@\"\n' '''\nx\n", near) ==
          "#!/new/bin/python\nx\n");
    const PrefixChange far{{"/old/venv"}, "/" + std::string(150, 'a')};
    CHECK(script_with_prefix("#!/old/venv/bin/python\nx\n", far) ==
          "#!/bin/sh\n'''exec' " + far.to + "/bin/python \"$0\" \"$@\"\n' '''\nx\n");
    const PrefixChange blank{{"/old/my venv"}, "/new venv"};
    CHECK(script_with_prefix("#!/bin/sh\n'''exec' \"/old/my venv/bin/python\" \"$0\" \"$@\"\n' '''\nx\n", blank) ==
          "#!/bin/sh\n'''exec' \"/new venv/bin/python\" \"$0\" \"$@\"\n' '''\nx\n");
    CHECK_FALSE(script_with_prefix("#!/usr/bin/python3\nx\n", near));
    CHECK_FALSE(script_with_prefix("#!/old/venv2/bin/python3\nx\n", near));
    CHECK_FALSE(
        script_with_prefix("\x7f"
                           "ELF",
                           near));
}

TEST_CASE("with_prefix: whole paths only, by every name, the longest first") {
    const PrefixChange change{{"/srv/m", "/mnt/srv/m"}, "/new"};
    CHECK(with_prefix("/srv/m:/srv/m/x:\"/mnt/srv/m\"", change) == "/new:/new/x:\"/new\"");
    CHECK(with_prefix("/srv/m2 /srv/m.old /data/srv/m", change) == "/srv/m2 /srv/m.old /data/srv/m");
    CHECK(with_prefix("file:///srv/m/x", change) == "file:///new/x");
}

TEST_CASE("parse_record: quoted fields, CRLF, and what is missing at the end") {
    const auto rows = parse_record("\"a,b.py\",sha256=x,1\r\n\"q\"\"q\",,\n\nlast");
    REQUIRE(rows.size() == 3);
    CHECK(rows[0] == RecordRow{"a,b.py", "sha256=x", "1"});
    CHECK(rows[1] == RecordRow{"q\"q", "", ""});
    CHECK(rows[2] == RecordRow{"last", "", ""});
    CHECK(format_record(rows) == "\"a,b.py\",sha256=x,1\n\"q\"\"q\",,\nlast,,\n");
    CHECK(record_hash("") == "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
}

TEST_CASE("verify_installed: a file that is missing or cut off is named, what was there before is not looked at") {
    const SyntheticVirtualenv virtualenv;
    const auto before = record_stamps(virtualenv.observed(virtualenv.root));
    virtualenv.write("lib/python3.11/site-packages/one.py", "");
    CHECK(verify_installed(virtualenv.observed(virtualenv.root), before).empty());
    auto findings = verify_installed(virtualenv.observed(virtualenv.root), {});
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].find("one.py has 0 bytes, and 12 are recorded") != std::string::npos);
    fs::remove(virtualenv.site / "one.py");
    findings = verify_installed(virtualenv.observed(virtualenv.root), {});
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].find("one.py is missing") != std::string::npos);
}

TEST_CASE("verify_installed: an install without its last row is not whole") {
    const SyntheticVirtualenv virtualenv;
    virtualenv.write(record_name, "one.py,,12\n");
    const auto findings = verify_installed(virtualenv.observed(virtualenv.root), {});
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].find("INSTALLER") != std::string::npos);
}

TEST_CASE("find_losses: what an installer took away is named, what was missing before is not") {
    const SyntheticVirtualenv virtualenv;
    const SyntheticVirtualenv live;
    const auto before = virtualenv.observed(virtualenv.root);
    CHECK(find_missing_files(before, before, live.root).empty());
    fs::remove(virtualenv.site / "one.py");
    auto losses = find_missing_files(before, before, live.root);
    REQUIRE(losses.size() == 1);
    CHECK(losses[0].find("one.py is missing") != std::string::npos);
    fs::remove(live.site / "one.py");
    CHECK(find_missing_files(before, before, live.root).empty());
    ObservedVirtualenv after = before;
    after.distributions.clear();
    losses = find_missing_files(before, after, live.root);
    REQUIRE(losses.size() == before.distributions.size());
    CHECK(losses[0].find("took one 1.0 away") != std::string::npos);
}

}  // namespace gup

#include "python/virtualenv_copy.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "python/virtualenv_verify.hpp"
#include "virtualenv_fixture.hpp"

namespace gup {

TEST_CASE("copy_virtualenv: what installers replace is shared, what names the virtualenv is its own") {
    const SyntheticVirtualenv virtualenv;
    const CopyReport report = virtualenv.make_copy();
    CHECK(virtualenv.is_shared("lib/python3.11/site-packages/one.py"));
    for (const char* own : {"pyvenv.cfg", "bin/activate", "bin/one", record_name}) {
        CHECK_FALSE_MESSAGE(virtualenv.is_shared(own), own);
    }
    CHECK(report.linked == 3);
    CHECK(report.skipped.empty());
}

TEST_CASE("copy_virtualenv: scripts, activate, pyvenv.cfg, .pth and links inside name the copy") {
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

TEST_CASE("copy_virtualenv: RECORD has the new hash and size of a script that was rewritten") {
    const SyntheticVirtualenv virtualenv;
    (void)virtualenv.make_copy();
    const auto rows = parse_record(virtualenv.read(record_name));
    const std::string script = virtualenv.read("bin/one");
    REQUIRE(rows.size() == 4);
    CHECK(rows[0] == RecordRow{"../../../bin/one", record_hash(script), std::to_string(script.size())});
    CHECK(rows[1].hash == record_hash("version = 1\n"));
    CHECK(verify_installed(virtualenv.observed(virtualenv.copy), {}).empty());
}

TEST_CASE("copy_virtualenv: what an interrupted pip left, and what is no file, is not copied") {
    const SyntheticVirtualenv virtualenv;
    virtualenv.write("lib/python3.11/site-packages/~ne.py", "old\n");
    REQUIRE(::mkfifo((virtualenv.root / "pipe").c_str(), 0600) == 0);
    const CopyReport report = virtualenv.make_copy();
    CHECK_FALSE(is_file(virtualenv.copy / "lib/python3.11/site-packages/~ne.py"));
    CHECK(report.skipped == std::vector{(virtualenv.root / "pipe").string()});
}

TEST_CASE("copy_virtualenv: links that leave the tree are copied and not followed") {
    const SyntheticVirtualenv virtualenv;
    fs::create_directories(virtualenv.folder.path() / "outside/deep");
    fs::create_symlink(virtualenv.folder.path() / "outside", virtualenv.root / "out");
    (void)virtualenv.make_copy();
    CHECK(fs::is_symlink(virtualenv.copy / "out"));
}

TEST_CASE("copy_virtualenv: modes stay, and the original is as it was") {
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

TEST_CASE("copy_virtualenv: fails when something is there") {
    const SyntheticVirtualenv virtualenv;
    fs::create_directories(virtualenv.copy);
    CHECK_FALSE(copy_virtualenv({virtualenv.root, virtualenv.copy, {}}).ok());
}

TEST_CASE("measure_virtualenv_copy: counts what is really copied, and all of it on another file system") {
    const SyntheticVirtualenv virtualenv;
    virtualenv.write("lib/python3.11/site-packages/big.bin", std::string(1'000'000, 'x'));
    const auto near = measure_virtualenv_copy(virtualenv.root, virtualenv.folder.path());
    const auto far = measure_virtualenv_copy(virtualenv.root, "/proc");
    REQUIRE((near.ok() && far.ok()));
    CHECK(near->bytes < 200'000);
    CHECK(far->bytes > 1'000'000);
    CHECK(far->files > near->files);
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
// pip itself in virtualenvs made by python3 -m venv, on a folder of small wheels.
#include "python/installer/installer.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "core/packaging/version.hpp"
#include "python/installer/create_virtualenv.hpp"
#include "python/virtualenv.hpp"
#include "util/process/process.hpp"
#include "util/sys/directory.hpp"

namespace gup {
namespace {

constexpr const char* kPython = "/usr/bin/python3";

// Writes NAME-VERSION as a wheel, or as an sdist whose build fails. Arguments: folder wheel|sdist name version
// [requirement…]
constexpr const char* kMakeDistribution = R"(
import io, sys, tarfile, zipfile
folder, form, name, version, *requires = sys.argv[1:]
module = name.replace('-', '_')
if form == 'sdist':
    with tarfile.open(f'{folder}/{module}-{version}.tar.gz', 'w:gz') as archive:
        for file, text in (('PKG-INFO', f'Metadata-Version: 1.0\nName: {name}\nVersion: {version}\n'),
                           ('setup.py', 'raise SystemExit("no compiler here")\n')):
            entry = tarfile.TarInfo(f'{module}-{version}/{file}')
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
else:
    info = f'{module}-{version}.dist-info'
    files = {f'{module}.py': f'VERSION = "{version}"\n',
             f'{info}/METADATA': f'Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n'
                                 + ''.join(f'Requires-Dist: {one}\n' for one in requires),
             f'{info}/WHEEL': 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n'}
    files[f'{info}/RECORD'] = ''.join(f'{file},,\n' for file in files) + f'{info}/RECORD,,\n'
    with zipfile.ZipFile(f'{folder}/{module}-{version}-py3-none-any.whl', 'w') as wheel:
        for file, text in files.items():
            wheel.writestr(file, text)
)";

void must_run(std::vector<std::string> argv) {
    ProcessRequest request;
    request.argv = std::move(argv);
    request.set_env = {{"GIT_CONFIG_GLOBAL", "/dev/null"}};
    const auto ended = run_process(request);
    REQUIRE(ended.ok());
    REQUIRE_MESSAGE(ended->success(), ended->err);
}

fs::path make_folder(const TemporaryFolder& parent, const std::string& name) {
    fs::create_directories(parent.path() / name);
    return parent.path() / name;
}

// The index (a folder of wheels), a home without any configuration, and one virtualenv that every test copies.
class Workshop {
public:
    static const Workshop& get() {
        static const Workshop workshop;
        return workshop;
    }
    [[nodiscard]] const fs::path& home() const { return home_; }
    [[nodiscard]] fs::path pristine() const { return folder_.path() / "venv"; }
    [[nodiscard]] fs::path git() const { return folder_.path() / "lib"; }

private:
    Workshop()
        : folder_(std::move(TemporaryFolder::make()).value()),
          wheels_(make_folder(folder_, "wheels")),
          home_(make_folder(folder_, "home")) {
        for (const char* name : {"PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_CERT", "PIP_DEFAULT_TIMEOUT"})
            ::unsetenv(name);
        ::setenv("PIP_CONFIG_FILE", "/dev/null", 1);
        ::setenv("PIP_NO_INDEX", "1", 1);
        ::setenv("PIP_FIND_LINKS", wheels_.c_str(), 1);
        add("wheel", {"alpha", "1.0"});
        add("wheel", {"alpha", "2.0"});
        add("wheel", {"beta", "1.0", "alpha==1.0"});
        add("wheel", {"delta", "1.0", "epsilon"});
        add("wheel", {"epsilon", "1.0"});
        add("sdist", {"broken", "1.0"});
        InstallerSettings settings;
        settings.home = home_;
        const Status made = create_virtualenv(pristine(), kPython, settings);
        REQUIRE_MESSAGE(made.ok(), (made.ok() ? "" : made.error().message));
    }

    void add(const std::string& form, const std::vector<std::string>& arguments) {
        std::vector<std::string> argv{kPython, "-c", kMakeDistribution, wheels_.string(), form};
        argv.insert(argv.end(), arguments.begin(), arguments.end());
        must_run(argv);
    }

    TemporaryFolder folder_;
    fs::path wheels_;
    fs::path home_;
};

class Environment {
public:
    Environment() : folder_(std::move(TemporaryFolder::make()).value()), path(folder_.path() / "venv") {
        // With its times: otherwise pip compiles itself again at each start, because its .pyc files name them.
        must_run({"cp", "-a", Workshop::get().pristine(), path});
        settings.home = Workshop::get().home();
        settings.temporary_folder = folder_.path();
    }

    [[nodiscard]] ObservedVirtualenv inspect() const {
        auto virtualenv = inspect_virtualenv({true, path});
        REQUIRE(virtualenv.ok());
        REQUIRE(virtualenv->defect.empty());
        return *virtualenv;
    }
    // "alpha 1.0, beta 1.0 (defect)": without pip and setuptools.
    [[nodiscard]] std::string installed() const {
        std::string text;
        for (const auto& one : inspect().distributions) {
            if (one.name == "pip" || one.name == "setuptools") continue;
            text += (text.empty() ? "" : ", ") + one.name + " " + one.version +
                    (one.defect.empty() ? "" : " (" + one.defect + ")");
        }
        return text;
    }
    InstallReport install(const std::vector<InstallRequest>& requests) {
        auto report = install_pins(inspect(), {requests}, settings,
                                   [this](std::string_view line) { lines += std::string(line) + "\n"; });
        REQUIRE_MESSAGE(report.ok(), (report.ok() ? "" : report.error().message));
        // None of the call's own files is left.
        CHECK(list_folder(folder_.path())->size() == 1);
        return *report;
    }
    [[nodiscard]] fs::path site() const { return path / "lib" / python_folder() / "site-packages"; }

private:
    [[nodiscard]] std::string python_folder() const { return list_folder(path / "lib")->front(); }
    TemporaryFolder folder_;

public:
    fs::path path;
    InstallerSettings settings;
    std::string lines;
};

InstallRequest pin(const std::string& name, const std::string& version) {
    return {{name, version, "", 1}, "", false};
}

const PinFailure* failure_of(const InstallReport& report, const std::string& name) {
    for (const auto& failure : report.failures) {
        if (failure.requirement.name == name) return &failure;
    }
    return nullptr;
}

}  // namespace

TEST_CASE("create_environment: creates a valid virtualenv with pip, and refuses a folder that is in use" *
          doctest::test_suite("slow")) {
    const Environment virtualenv;
    CHECK(virtualenv.installed().empty());
    InstallerSettings settings;
    const Status again = create_virtualenv(virtualenv.path, kPython, settings);
    REQUIRE_FALSE(again.ok());
    CHECK(again.error().code == ErrorCode::conflict);
    CHECK(virtualenv.inspect().present);
}

TEST_CASE("create_environment: a failure says Python's last line, hints at the package, and leaves nothing behind") {
    const auto folder = TemporaryFolder::make();
    REQUIRE(folder.ok());
    const fs::path python = folder->path() / "python3";
    const fs::path venv = folder->path() / "deep/.pyenv/meter";
    const auto make = [&](const std::string& says) {
        std::ofstream(python) << "#!/bin/sh\nmkdir -p \"$3/bin\"\n" + says + "\nexit 1\n";
        ::chmod(python.c_str(), 0755);
        const Status made = create_virtualenv(venv, python.string(), {});
        REQUIRE_FALSE(made.ok());
        CHECK_FALSE(fs::exists(venv));
        return made.error();
    };
    CHECK(make("echo one; echo 'the last one' >&2").message.find("the last one") != std::string::npos);
    const Error error = make(
        "printf 'because ensurepip is not\\navailable.\\n\\n    apt install python3.11-venv\\n\\nFailing command: "
        "x\\n'");
    CHECK(error.hint == "apt install python3.11-venv");
    CHECK(create_virtualenv(venv, (folder->path() / "none").string(), {}).error().code == ErrorCode::not_found);
}

TEST_CASE("install_pins: all pins with their dependencies in one call" * doctest::test_suite("slow")) {
    Environment virtualenv;
    const auto report = virtualenv.install({pin("alpha", "1.0"), pin("delta", "1.0")});
    CHECK(report.calls == 1);
    CHECK(report.failures.empty());
    CHECK(virtualenv.installed() == "alpha 1.0, delta 1.0, epsilon 1.0");
    CHECK(virtualenv.lines.find("Successfully installed") != std::string::npos);
}

TEST_CASE("install_pins: unavailable pins are named, the others are installed" * doctest::test_suite("slow")) {
    Environment virtualenv;
    const auto report =
        virtualenv.install({pin("alpha", "9.0"), pin("delta", "1.0"), pin("nosuch", "1.0"), pin("broken", "1.0")});
    CHECK(virtualenv.installed() == "delta 1.0, epsilon 1.0");
    REQUIRE(report.failures.size() == 3);
    CHECK(failure_of(report, "alpha")->kind == PinFailureKind::not_available);
    CHECK(failure_of(report, "nosuch")->kind == PinFailureKind::not_available);
    CHECK(failure_of(report, "broken")->kind == PinFailureKind::build);
    CHECK(report.last_output.find("no compiler here") != std::string::npos);
    CHECK(report.calls == 5);  // all, then each alone
}

TEST_CASE("install_pins: a conflict is blamed on both pins and does not stop others" * doctest::test_suite("slow")) {
    Environment virtualenv;
    const auto report = virtualenv.install({pin("alpha", "2.0"), pin("beta", "1.0"), pin("epsilon", "1.0")});
    CHECK(virtualenv.installed() == "epsilon 1.0");
    REQUIRE(report.failures.size() == 2);
    CHECK(failure_of(report, "alpha")->kind == PinFailureKind::conflict);
    CHECK(failure_of(report, "beta")->kind == PinFailureKind::conflict);
}

TEST_CASE("install_pins: an index that refuses connections is not asked a second time" * doctest::test_suite("slow")) {
    Environment virtualenv;
    ::unsetenv("PIP_NO_INDEX");
    // Port 1 of loopback: no process listens there.
    ::setenv("PIP_INDEX_URL", "http://user:s3cret@127.0.0.1:1/simple", 1);
    const auto report = virtualenv.install({pin("zeta", "9.0"), pin("eta", "9.0")});
    ::setenv("PIP_NO_INDEX", "1", 1);
    ::unsetenv("PIP_INDEX_URL");
    CHECK(report.calls == 1);
    REQUIRE(report.failures.size() == 2);
    CHECK(report.failures[0].kind == PinFailureKind::network);
    CHECK(report.failures[1].kind == PinFailureKind::network);
    CHECK((report.last_output + virtualenv.lines).find("s3cret") == std::string::npos);
}

TEST_CASE("install_pins: an interrupted install is repaired, dependencies stay as they are" *
          doctest::test_suite("slow")) {
    Environment virtualenv;
    virtualenv.install({pin("delta", "1.0")});
    std::ofstream(virtualenv.site() / "delta-1.0.dist-info/RECORD") << "delta.py,,\ndelta-1.0.dist-info/RECORD,,\n";
    fs::create_directories(virtualenv.site() / "~elta");
    CHECK(virtualenv.installed().find("interrupted") != std::string::npos);
    auto request = pin("delta", "1.0");
    request.reinstall = true;
    const auto report = virtualenv.install({request, pin("alpha", "1.0")});
    CHECK(report.calls == 2);
    CHECK(report.failures.empty());
    CHECK(virtualenv.installed() == "alpha 1.0, delta 1.0, epsilon 1.0");
    CHECK(virtualenv.inspect().leftovers.empty());
}

TEST_CASE("install_pins: records that pip cannot handle are replaced" * doctest::test_suite("slow")) {
    Environment virtualenv;
    virtualenv.install({pin("alpha", "1.0"), pin("epsilon", "1.0")});
    fs::remove(virtualenv.site() / "alpha-1.0.dist-info/METADATA");
    fs::remove(virtualenv.site() / "epsilon-1.0.dist-info/RECORD");
    // A second record of the same name, as an unzipped backup leaves it.
    fs::copy(virtualenv.site() / "epsilon-1.0.dist-info", virtualenv.site() / "epsilon-0.9.dist-info");
    auto epsilon = pin("epsilon", "1.0");
    epsilon.reinstall = true;
    const auto report = virtualenv.install({pin("alpha", "2.0"), epsilon});
    CHECK(report.failures.empty());
    CHECK(virtualenv.installed() == "alpha 2.0, epsilon 1.0");
}

TEST_CASE("install_pins: a distribution whose METADATA is not UTF-8 is named when pip fails on it" *
          doctest::test_suite("slow")) {
    Environment virtualenv;
    virtualenv.install({pin("epsilon", "1.0")});
    std::ofstream(virtualenv.site() / "epsilon-1.0.dist-info/METADATA", std::ios::binary)
        << "Name: epsilon\nVersion: 1.0\nAuthor: \xFC\n";
    const auto report = virtualenv.install({pin("alpha", "1.0")});
    REQUIRE(report.failures.size() == 1);
    CHECK(report.failures[0].reason.find("epsilon-1.0.dist-info/METADATA is not UTF-8") != std::string::npos);
    // As a separate pin it is repaired.
    auto epsilon = pin("epsilon", "1.0");
    epsilon.reinstall = true;
    CHECK(virtualenv.install({epsilon, pin("alpha", "1.0")}).failures.empty());
    CHECK(virtualenv.installed() == "alpha 1.0, epsilon 1.0");
}

TEST_CASE("install_pins: a git source at a tag, and one with a missing tag" * doctest::test_suite("slow")) {
    const fs::path git = Workshop::get().git();
    fs::create_directories(git);
    std::ofstream(git / "gitlib.py") << "x = 1\n";
    std::ofstream(git / "setup.py")
        << "from setuptools import setup\nsetup(name='gitlib', version='1.0', py_modules=['gitlib'])\n";
    const std::vector<std::string> base{"git", "-C", git.string(), "-c", "user.name=t", "-c", "user.email=t@t"};
    for (const auto& arguments : std::vector<std::vector<std::string>>{
             {"init", "-q", "-b", "main"}, {"add", "."}, {"commit", "-q", "-m", "x"}, {"tag", "v1.0"}}) {
        auto argv = base;
        argv.insert(argv.end(), arguments.begin(), arguments.end());
        must_run(argv);
    }
    Environment virtualenv;
    const std::string source = "git+file://" + git.string();
    const auto missing = virtualenv.install({{{"gitlib", "9.0", source, 1}, "v9.0", false}, pin("alpha", "1.0")});
    REQUIRE(missing.failures.size() == 1);
    CHECK(missing.failures[0].kind == PinFailureKind::not_available);
    CHECK(virtualenv.installed() == "alpha 1.0");
    const auto report = virtualenv.install({{{"gitlib", "1.0", source, 1}, "v1.0", false}});
    CHECK_MESSAGE(report.failures.empty(), report.last_output);
    CHECK(virtualenv.installed() == "alpha 1.0, gitlib 1.0");
}

TEST_CASE("install_pins: an error that names no pin means that each pin is tried alone") {
    Environment virtualenv;
    auto observed = virtualenv.inspect();
    const fs::path python = virtualenv.path / "stand-in";
    // Fails without a word when it is asked for more than one pin, or for beta.
    std::ofstream(python)
        << "#!/bin/sh\nfor file; do :; done\ngrep -q beta \"$file\" && exit 9\n[ $(wc -l < \"$file\") = 1 ]\n";
    ::chmod(python.c_str(), 0755);
    observed.python = python.string();
    const auto report = install_pins(observed, {{pin("alpha", "1.0"), pin("beta", "1.0"), pin("delta", "1.0")}},
                                     virtualenv.settings, {});
    REQUIRE(report.ok());
    CHECK(report->calls == 4);
    REQUIRE(report->failures.size() == 1);
    CHECK(report->failures[0].requirement.name == "beta");
    CHECK(report->failures[0].kind == PinFailureKind::unknown);
    CHECK(report->failures[0].reason == "pip ended with exit code 9: it printed nothing");
}

TEST_CASE("install_pins: an installer that hangs is ended, a missing one is an error") {
    Environment virtualenv;
    auto observed = virtualenv.inspect();
    const fs::path python = virtualenv.path / "stand-in";
    std::ofstream(python) << "#!/bin/sh\nexec sleep 600\n";
    ::chmod(python.c_str(), 0755);
    observed.python = python.string();
    virtualenv.settings.timeout = Milliseconds{300};
    const auto late = install_pins(observed, {{pin("alpha", "1.0")}}, virtualenv.settings, {});
    REQUIRE_FALSE(late.ok());
    CHECK(late.error().code == ErrorCode::timeout);
    observed.distributions.clear();
    CHECK(install_pins(observed, {{pin("alpha", "1.0")}}, virtualenv.settings, {}).error().hint.find("ensurepip") !=
          std::string::npos);
    observed.defect = "the interpreter is gone";
    CHECK(install_pins(observed, {{pin("alpha", "1.0")}}, virtualenv.settings, {}).error().code == ErrorCode::corrupt);
    observed.present = false;
    CHECK(install_pins(observed, {{pin("alpha", "1.0")}}, virtualenv.settings, {}).error().code ==
          ErrorCode::not_found);
}

TEST_CASE("install_pins: uv is called once, with the indexes of pip's configuration and what to install again") {
    Environment virtualenv;
    const fs::path uv = virtualenv.path / "uv";
    std::ofstream(uv)
        << "#!/bin/sh\necho \"args $*\"; echo \"links $UV_FIND_LINKS no-index $UV_NO_INDEX home $HOME\"; "
           "while [ $# -gt 0 ]; do [ \"$1\" = -r ] && { cat \"$2\"; stat -c mode=%a \"$2\"; }; shift; done\n";
    ::chmod(uv.c_str(), 0755);
    virtualenv.settings.uv_path = uv;
    auto beta = pin("beta", "1.0");
    beta.reinstall = true;
    const auto report = virtualenv.install({pin("alpha", "1.0"), beta});
    CHECK(report.calls == 1);
    const std::string& said = virtualenv.lines;
    CHECK(said.find("--python " + (virtualenv.path / "bin/python").string()) != std::string::npos);
    CHECK(said.find("--reinstall-package beta") != std::string::npos);
    CHECK(said.find("wheels no-index 1 home " + virtualenv.settings.home.string()) != std::string::npos);
    CHECK(said.find("alpha==1.0\nbeta==1.0\nmode=600") != std::string::npos);
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "python/virtualenv.hpp"

#include <doctest/doctest.h>

namespace gup {

TEST_CASE("parse_pyvenv_config: the files of venv, virtualenv and uv") {
    const auto venv = parse_pyvenv_config("home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.11.2\n");
    CHECK(venv.home == "/usr/bin");
    CHECK(venv.version == "3.11");
    CHECK_FALSE(venv.system_site_packages);
    const auto uv =
        parse_pyvenv_config("home=/opt/py/bin\r\nversion_info=3.9.18.final.0\r\nInclude-System-Site-Packages=TRUE");
    CHECK(uv.home == "/opt/py/bin");
    CHECK(uv.version == "3.9");
    CHECK(uv.system_site_packages);
    CHECK(parse_pyvenv_config("nonsense\n\n=\n").home.empty());
}

TEST_CASE("parse_pyvenv_config: version and implementation, whatever made the virtualenv") {
    struct Row {
        const char* text;
        const char* version;
        const char* full_version;
        const char* implementation;
    };
    for (const Row& row : {
             Row{"home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.8.20\n", "3.8", "3.8.20", ""},
             Row{"version = 3.11.2\nexecutable = /usr/bin/python3.11\n", "3.11", "3.11.2", ""},
             Row{"version = 3.13.0\nprompt = '1.2'\n", "3.13", "3.13.0", ""},
             Row{"implementation = CPython\nversion_info = 3.9.18.final.0\nvirtualenv = 20.17.1\n", "3.9", "3.9.18",
                 "cpython"},
             Row{"implementation = CPython\nversion_info = 3.14.0.candidate.2\n", "3.14", "3.14.0rc2", "cpython"},
             Row{"implementation = PyPy\nversion_info = 3.9.16.final.0\n", "3.9", "3.9.16", "pypy"},
             Row{"implementation = CPython\nuv = 0.5.9\nversion_info = 3.12.7\n", "3.12", "3.12.7", "cpython"},
             Row{"implementation = PyPy\nuv = 0.5.9\nversion_info = 3.10.14\n", "3.10", "3.10.14", "pypy"},
             Row{"version = 3.10\n", "3.10", "3.10", ""},
             Row{"version = unknown\n", "", "", ""},
         }) {
        const auto config = parse_pyvenv_config(row.text);
        CHECK_MESSAGE(config.version == row.version, row.text);
        CHECK_MESSAGE(config.full_version == row.full_version, row.text);
        CHECK_MESSAGE(config.implementation == row.implementation, row.text);
    }
    CHECK(parse_pyvenv_config("base-executable = /opt/pypy/bin/pypy3.9").executable == "/opt/pypy/bin/pypy3.9");
}

TEST_CASE("full_version: final and pre-releases, as pip writes them") {
    CHECK(full_version("3.11.2") == "3.11.2");
    CHECK(full_version("3.11.2.final.0") == "3.11.2");
    CHECK(full_version("3.13.0.alpha.1") == "3.13.0a1");
    CHECK(full_version("3.13.0.beta.2") == "3.13.0b2");
    CHECK(full_version("3.13.0rc1") == "3.13.0rc1");
    CHECK(full_version("3.13.0b4+") == "3.13.0b4");
    CHECK(full_version("3.13.0+") == "3.13.0");
    CHECK(full_version("3.13.0rc") == "3.13.0");
    CHECK(full_version("3.13.") == "3.13");
    CHECK(full_version("3").empty());
    CHECK(full_version("").empty());
}

TEST_CASE("minor_version: of interpreters and of version numbers") {
    CHECK(minor_version("/usr/bin/python3.11") == "3.11");
    CHECK(minor_version("3.13.0rc1") == "3.13");
    CHECK(minor_version("/opt/python3.9/bin/python3").empty());
    CHECK(minor_version("python").empty());
    CHECK(minor_version("3.").empty());
}

TEST_CASE("system_site_folders: Debian's folders are first, /bin means /usr/bin") {
    const auto folders = system_site_folders({"/bin", "3.11", true});
    REQUIRE(folders.size() == 4);
    CHECK(folders[0] == "/usr/local/lib/python3.11/dist-packages");
    CHECK(folders[1] == "/usr/lib/python3/dist-packages");
    CHECK(folders[3] == "/usr/lib/python3.11/site-packages");
    CHECK(system_site_folders({"/usr/bin", "", true}).empty());
}

}  // namespace gup

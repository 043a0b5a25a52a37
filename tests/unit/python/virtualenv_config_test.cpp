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

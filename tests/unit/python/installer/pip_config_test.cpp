// SPDX-License-Identifier: Apache-2.0
#include "python/installer/pip_config.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>

#include "fixture.hpp"
#include "python/installer/foreign_settings.hpp"
#include "util/sys/directory.hpp"

namespace gup {
namespace {

using test::put;

// Removes the machine's own PIP_* and UV_* variables as long as it exists.
class CleanVariables {
public:
    CleanVariables() {
        for (const char* name : {"PIP_CONFIG_FILE", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS",
                                 "PIP_TRUSTED_HOST", "PIP_CERT", "PIP_NO_INDEX", "PIP_REQUIRE_HASHES",
                                 "UV_REQUIRE_HASHES", "UV_CONFIG_FILE", "UV_INDEX", "UV_INDEX_URL", "SSL_CERT_FILE",
                                 "UV_DEFAULT_INDEX", "UV_FIND_LINKS", "UV_NO_INDEX", "UV_INSECURE_HOST"}) {
            if (const char* value = std::getenv(name)) saved_[name] = value;
            ::unsetenv(name);
        }
    }
    ~CleanVariables() {
        for (const char* name : {"PIP_CONFIG_FILE", "PIP_INDEX_URL", "UV_DEFAULT_INDEX"}) ::unsetenv(name);
        for (const auto& [name, value] : saved_) ::setenv(name.c_str(), value.c_str(), 1);
    }
    CleanVariables(const CleanVariables&) = delete;
    CleanVariables& operator=(const CleanVariables&) = delete;

private:
    std::map<std::string, std::string> saved_;
};

std::string value_of(const std::vector<std::pair<std::string, std::string>>& variables, const std::string& name) {
    const auto found =
        std::find_if(variables.begin(), variables.end(), [&](const auto& one) { return one.first == name; });
    return found == variables.end() ? "" : found->second;
}

}  // namespace

TEST_CASE("merge_pip_config: values over several lines, comments, and [install] over [global]") {
    PipIndexes indexes;
    merge_pip_config(
        "# Raspberry Pi OS\n[global]\nextra-index-url =\n    https://a/simple\n    # not this one\n    "
        "https://b/simple?x=1\n"
        "index_url = https://global/simple\nno-index = false\n\n[install]\nindex-url=https://install/simple\r\n"
        "trusted-host = a b\n[list]\nindex-url = https://no\n",
        indexes);
    CHECK(indexes.extra_index_urls == std::vector<std::string>{"https://a/simple", "https://b/simple?x=1"});
    CHECK(indexes.index_url == "https://install/simple");
    CHECK(indexes.trusted_hosts == std::vector<std::string>{"a", "b"});
    CHECK_FALSE(indexes.no_index);
}

TEST_CASE("merge_pip_config: a file that cannot be parsed changes nothing") {
    PipIndexes indexes;
    indexes.index_url = "https://before";
    merge_pip_config("[global\nindex-url = https://after\nnonsense\n", indexes);
    CHECK(indexes.index_url == "https://before");
    merge_pip_config("", indexes);
    CHECK(indexes.index_url == "https://before");
}

TEST_CASE("read_pip_config: system, user, virtualenv, PIP_CONFIG_FILE, variables: the last one wins") {
    const CleanVariables clean;
    const auto folder = TemporaryFolder::make();
    REQUIRE(folder.ok());
    PipConfigPlaces places;
    places.system = folder->path() / "etc";
    places.home = folder->path() / "home";
    places.virtualenv = folder->path() / "venv";
    const auto index = [&] { return read_pip_config(places).index_url; };
    CHECK(index().empty());
    put(places.system / "pip.conf", "[global]\nindex-url = https://system\nfind-links = /kept\n");
    CHECK(index() == "https://system");
    put(places.home / ".pip/pip.conf", "[global]\nindex-url = https://legacy\n");
    CHECK(index() == "https://legacy");
    put(places.home / ".config/pip/pip.conf", "[global]\nindex-url = https://user\n");
    CHECK(index() == "https://user");
    put(places.virtualenv / "pip.conf", "[global]\nindex-url = https://venv\n");
    CHECK(index() == "https://venv");
    put(folder->path() / "chosen.conf", "[global]\nindex-url = https://chosen\n");
    ::setenv("PIP_CONFIG_FILE", (folder->path() / "chosen.conf").c_str(), 1);
    CHECK(index() == "https://chosen");
    ::setenv("PIP_INDEX_URL", "https://variable", 1);
    CHECK(index() == "https://variable");
    CHECK(read_pip_config(places).find_links == std::vector<std::string>{"/kept"});
    ::setenv("PIP_CONFIG_FILE", "/dev/null", 1);
    CHECK(read_pip_config(places).find_links.empty());
}

TEST_CASE("uv_environment: indexes become UV_* variables unless the environment says otherwise") {
    const CleanVariables clean;
    PipIndexes indexes;
    indexes.index_url = "https://main";
    indexes.extra_index_urls = {"https://a", "https://b"};
    indexes.find_links = {"/x", "/y"};
    indexes.no_index = true;
    const auto variables = uv_environment(indexes);
    CHECK(value_of(variables, "UV_DEFAULT_INDEX") == "https://main");
    CHECK(value_of(variables, "UV_INDEX") == "https://a https://b");
    CHECK(value_of(variables, "UV_FIND_LINKS") == "/x,/y");
    CHECK(value_of(variables, "UV_NO_INDEX") == "1");
    CHECK(value_of(variables, "UV_INSECURE_HOST").empty());
    ::setenv("UV_DEFAULT_INDEX", "https://theirs", 1);
    CHECK(value_of(uv_environment(indexes), "UV_DEFAULT_INDEX").empty());
}

TEST_CASE("merge_pip_config: every spelling of yes, and what is not one") {
    const auto no_index = [](const std::string& value) {
        PipIndexes indexes;
        merge_pip_config("[global]\nno-index = " + value + "\n", indexes);
        return indexes.no_index;
    };
    for (const char* yes : {"1", "true", "True", "yes", "on", "y", "t"}) CHECK_MESSAGE(no_index(yes), yes);
    for (const char* no : {"0", "false", "no", "off", "n", "f", "x"}) CHECK_FALSE_MESSAGE(no_index(no), no);
}

TEST_CASE("merge_pip_config: keys in capitals, with underscores or dashes in front, and every key that matters") {
    PipIndexes indexes;
    merge_pip_config(
        "[install]\nINDEX_URL = https://a\n--find-links = /x /y\nCert = /ca.pem\n; no\n\textra-index-url = z\n",
        indexes);
    CHECK(indexes.index_url == "https://a");
    CHECK(indexes.find_links == std::vector<std::string>{"/x", "/y"});
    CHECK(indexes.cert == "/ca.pem extra-index-url = z");
}

TEST_CASE("read_pip_config: the user's folder of configurations, and every variable") {
    const CleanVariables clean;
    const test::Folder folder;
    PipConfigPlaces places;
    places.system = folder / "etc";
    places.home = folder / "home";
    places.virtualenv = folder / "venv";
    places.config_home = (folder / "config").string();
    put(folder / "config/pip/pip.conf", "[global]\nindex-url = https://config\n");
    put(folder / "home/.config/pip/pip.conf", "[global]\nindex-url = https://home\n");
    CHECK(read_pip_config(places).index_url == "https://config");
    put(folder / "etc/xdg/pip/pip.conf", "[global]\ncert = /xdg.pem\n");
    CHECK(read_pip_config(places).cert == "/xdg.pem");
    places.home.clear();
    CHECK(read_pip_config(places).index_url.empty());
}

TEST_CASE("uv_environment: without indexes only the strategy, and the older variables of uv win") {
    const CleanVariables clean;
    CHECK(uv_environment({}) ==
          std::vector<std::pair<std::string, std::string>>{{"UV_INDEX_STRATEGY", "unsafe-best-match"}});
    PipIndexes indexes;
    indexes.trusted_hosts = {"a", "b"};
    indexes.cert = "/ca.pem";
    CHECK(value_of(uv_environment(indexes), "UV_INSECURE_HOST") == "a b");
    CHECK(value_of(uv_environment(indexes), "SSL_CERT_FILE") == "/ca.pem");
}

TEST_CASE("PipSettings: [install] over [global] in all files, later files over earlier ones, no empty values") {
    PipSettings settings;
    settings.merge("[install]\ntarget = /system\n[list]\nuser = yes\n", "/etc/pip.conf");
    settings.merge("[global]\ntarget: /user\nprefix = /p\n[install]\nroot =\n", "/home/pip.conf");
    REQUIRE(settings.find("target") != nullptr);
    CHECK(settings.find("target")->value == "/system");
    CHECK(settings.find("target")->file == "/etc/pip.conf");
    CHECK(settings.find("prefix")->section == "global");
    CHECK(settings.find("root") == nullptr);
    CHECK(settings.find("user") == nullptr);
    settings.merge("[install]\ntarget =\n", "/venv/pip.conf");
    CHECK(settings.find("target")->value == "/user");
}

TEST_CASE("read_pip_settings: the user's files are not read when PIP_CONFIG_FILE exists") {
    const CleanVariables clean;
    const test::Folder folder;
    PipConfigPlaces places;
    places.system = folder / "etc";
    places.home = folder / "home";
    places.virtualenv = folder / "venv";
    places.config_dirs = (folder / "one").string() + ":" + (folder / "two").string();
    put(folder / "home/.config/pip/pip.conf", "[global]\nuser = yes\n");
    put(folder / "two/pip/pip.conf", "[global]\ntarget = /x\n");
    CHECK(read_pip_settings(places).find("user") != nullptr);
    CHECK(read_pip_settings(places).find("target")->file == folder / "two/pip/pip.conf");
    ::setenv("PIP_CONFIG_FILE", (folder / "chosen.conf").c_str(), 1);
    CHECK(read_pip_settings(places).find("user") != nullptr);
    put(folder / "chosen.conf", "[global]\nprefix = /x\n");
    CHECK(read_pip_settings(places).find("user") == nullptr);
    CHECK(read_pip_settings(places).find("prefix")->file == folder / "chosen.conf");
}

TEST_CASE("check_installer_settings: what leads a package elsewhere is named with its file, for pip and for uv") {
    const CleanVariables clean;
    const test::Folder folder;
    PipConfigPlaces places;
    places.system = folder / "etc";
    places.home = folder / "home";
    places.virtualenv = folder / "venv";
    CHECK(check_installer_settings(InstallerKind::pip, places).ok());
    CHECK(check_installer_settings(InstallerKind::uv, places).ok());
    for (const char* key : {"target", "prefix", "root", "requirement", "editable", "require-hashes"}) {
        put(folder / "etc/pip.conf", "[install]\n" + std::string(key) + " = 1\n");
        const Status refused = check_installer_settings(InstallerKind::pip, places);
        REQUIRE_MESSAGE(!refused.ok(), key);
        CHECK(refused.error().message.starts_with((folder / "etc/pip.conf").string() + " sets " + key));
        CHECK(refused.error().hint.starts_with("remove that line"));
        CHECK(check_installer_settings(InstallerKind::uv, places).ok());
    }
    put(folder / "etc/pip.conf", "[install]\nuser = 1\nrequire-hashes = no\n");
    CHECK(check_installer_settings(InstallerKind::pip, places).ok());
    for (const char* text : {"[pip]\ntarget = \"/x\"\n", "pip.prefix = '/x' # why\n", "[pip]\nrequire-hashes=true\n"}) {
        put(folder / "home/.config/uv/uv.toml", text);
        CHECK_MESSAGE(!check_installer_settings(InstallerKind::uv, places).ok(), text);
        CHECK(check_installer_settings(InstallerKind::pip, places).ok());
    }
    for (const char* text :
         {"[pip]\ntarget = \"\"\nrequire-hashes = false\n", "target = '/x'\n", "[pip]\n# target = '/x'\n"}) {
        put(folder / "home/.config/uv/uv.toml", text);
        CHECK_MESSAGE(check_installer_settings(InstallerKind::uv, places).ok(), text);
    }
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "core/repo_deploy.hpp"

#include <doctest/doctest.h>

#include "app/config/config.hpp"
#include "fixture.hpp"
#include "util/sys/directory.hpp"

using namespace gup;
using test::holds;

namespace {

std::string said_of(const RepoDeployFile& file, std::string_view key) {
    for (const RepoDeploySetting& setting : file.settings) {
        if (setting.key == key) return setting.value;
    }
    return "none";
}

// The error of a file that must be refused.
std::string refused_file(std::string_view text) {
    const auto file = read_repo_deploy(text, "/etc/x.cfg");
    REQUIRE_FALSE(file.ok());
    CHECK(file.error().code == ErrorCode::invalid_input);
    return file.error().message + "|" + file.error().hint;
}

std::string refused_wish(const std::vector<RepoDeploySetting>& settings) {
    const auto wanted = make_repo_deploy(settings, "/home/of");
    REQUIRE_FALSE(wanted.ok());
    CHECK(wanted.error().code == ErrorCode::invalid_input);
    return wanted.error().message + "|" + wanted.error().hint;
}

// The configuration of gup-agent.toml with that text.
Result<Config> load_text(const fs::path& folder, const std::string& text) {
    ConfigSources sources;
    sources.file = folder / "gup-agent.toml";
    sources.executable = "/usr/bin/gup-agent";
    sources.environment = [](const std::string&) { return std::nullopt; };
    REQUIRE(write_file_atomically(sources.file, text).ok());
    return load_config(sources);
}

}  // namespace

TEST_CASE("read_repo_deploy: lines are key=value; comments, blanks, CR and empty lines are ignored") {
    const auto file = read_repo_deploy(
        "# of repo-deploy\r\n\n remote = user@host:org/app.git/path#branch \r\nschedule=*/5 * * * *\n"
        "  # more\nlocal=/var/deploy/current\naws-access-key=AK\naws-secret-key=a=b==",
        "/etc/x.cfg");
    REQUIRE(file.ok());
    CHECK(file->warnings.empty());
    CHECK(said_of(*file, "remote") == "user@host:org/app.git/path#branch");
    CHECK(said_of(*file, "schedule") == "*/5 * * * *");
    CHECK(said_of(*file, "local") == "/var/deploy/current");
    CHECK(said_of(*file, "aws-secret-key") == "a=b==");
    CHECK(file->settings.front().origin == "/etc/x.cfg:3");
}

TEST_CASE("read_repo_deploy: the older names keep their meaning") {
    const auto file = read_repo_deploy("directory=/var/repo-deploy\nrepository=https://host/app.zip\n", "x");
    REQUIRE(file.ok());
    CHECK(said_of(*file, "local") == "/var/repo-deploy/current");
    CHECK(said_of(*file, "remote") == "https://host/app.zip");
    CHECK(holds(refused_file("remote=https://host/app.zip\nidentity=web\n"), "/etc/x.cfg:2: identity"));
}

TEST_CASE("read_repo_deploy: an unknown key is ignored as by repo-deploy and reported, but its value is not") {
    const auto file = read_repo_deploy("remot=https://host/app.zip\nhttps://me:word@host/=1\n", "/etc/x.cfg");
    REQUIRE(file.ok());
    CHECK(file->settings.empty());
    REQUIRE(file->warnings.size() == 2);
    CHECK(file->warnings.front() ==
          "/etc/x.cfg:1: remot is not a key of repo-deploy and is ignored; did you mean remote?");
    CHECK_FALSE(holds(file->warnings.back(), "word"));
    const std::string said = refused_file("\naws-secret-key hidden\n");
    CHECK(holds(said, "/etc/x.cfg:2: "));
    CHECK_FALSE(holds(said, "hidden"));
}

TEST_CASE("make_repo_deploy: defaults are those of repo-deploy") {
    const auto wanted = make_repo_deploy({{"remote", "https://host/app.zip", "--remote"}}, "/home/of");
    REQUIRE(wanted.ok());
    CHECK(wanted->local == "/var/deploy/current");
    CHECK(wanted->schedule == "* * * * *");
    CHECK(wanted->cache == "/var/cache/repo-deploy");
    CHECK(wanted->pre_hooks == "/etc/repo-deploy/pre-update.d");
    CHECK(wanted->post_hooks == "/etc/repo-deploy/post-update.d");
}

TEST_CASE("make_repo_deploy: the last setting wins, an empty one is ignored, and paths become absolute") {
    const auto wanted = make_repo_deploy({{"remote", "no source at all", "$REMOTE_REPOSITORY"},
                                          {"schedule", "@hourly", "x:1"},
                                          {"remote", "https://host/app.zip", "x:2"},
                                          {"remote", "", "--remote"},
                                          {"local", "app/", "--local"},
                                          {"aws-secret-key", "word", "x:3"},
                                          {"cache", "/srv/cache//", "--cache"}},
                                         "/home/of");
    REQUIRE(wanted.ok());
    CHECK(wanted->remote == "https://host/app.zip");
    CHECK_MESSAGE(wanted->secret_key.empty(), "keys of S3 say nothing of another remote");
    CHECK(wanted->schedule == "@hourly");
    CHECK(wanted->local == "/home/of/app");
    CHECK(wanted->cache == "/srv/cache");
}

TEST_CASE("make_repo_deploy: a mistake is reported with its place and masked secrets") {
    CHECK(holds(refused_wish({}), "there is no remote to deploy"));
    CHECK(holds(refused_wish({{"remote", "", "x:1"}}), "there is no remote to deploy"));
    const std::string said = refused_wish({{"remote", "https://me:word@host/app.zip#", "x:1"}});
    CHECK(said.starts_with("x:1: "));
    CHECK(holds(said, "@host/app.zip# is not a source"));
    CHECK(holds(refused_wish({{"schedule", "every day", "x:2"}}), "x:2: "));
    const std::string half =
        refused_wish({{"remote", "s3://bucket/app.zip", "x:1"}, {"aws-secret-key", "word", "x:2"}});
    CHECK(holds(half, "belong together"));
    CHECK_FALSE(holds(half + said, "word"));
}

TEST_CASE("read_repo_deploy: a byte order mark is no part of the first key, and UTF-16 is named") {
    const auto file = read_repo_deploy("\xEF\xBB\xBFremote=https://host/app.zip\r\n", "/etc/x.cfg");
    REQUIRE(file.ok());
    CHECK(file->warnings.empty());
    CHECK(said_of(*file, "remote") == "https://host/app.zip");
    for (const std::string_view wide : {std::string_view("\xFF\xFEr\0", 4), std::string_view("\xFE\xFF\0r", 4),
                                        std::string_view("r\0e\0", 4), std::string_view("\0r\0e", 4)}) {
        CHECK(refused_file(wide) == "/etc/x.cfg: the file is UTF-16|save it as UTF-8");
    }
}

TEST_CASE("make_repo_deploy: the identity of versions before 1.0 names a folder or an archive of the remote") {
    struct Row {
        const char* remote;
        const char* identity;
        const char* wanted;  // nullptr: refused
    };
    const Row rows[] = {
        {"http://apps.example.org/config", "karaf.news.feed", "http://apps.example.org/config/karaf.news.feed.zip"},
        {"http://apps.example.org/config/", "web", "http://apps.example.org/config/web.zip"},
        {"https://apps.example.org", "web", "https://apps.example.org/web.zip"},
        {"s3://bucket", "web", "s3://bucket/web.zip"},
        {"s3://bucket/prefix/", "com.example.web", "s3://bucket/prefix/com.example.web.zip"},
        {"git@host:org/apps.git", "php.www.prod", "git@host:org/apps.git/php.www.prod"},
        {"git@host:org/apps.git/deploy#stable", "web", "git@host:org/apps.git/deploy/web#stable"},
        {"git+https://host/apps.git", "web", "git+https://host/apps.git/web"},
        {"git@host:org/apps.git", "../etc", nullptr},
        {"git@host:org/apps.git", "..", nullptr},
        {"git@host:org/apps.git", "a/b", nullptr},
        {"https://host/apps", "a#b", nullptr},
        {"https://host/apps", "a b", nullptr},
    };
    for (const Row& row : rows) {
        CAPTURE(row.remote);
        CAPTURE(row.identity);
        const auto wanted =
            make_repo_deploy({{"remote", row.remote, "x:1"}, {"identity", row.identity, "--id"}}, "/home/of");
        CHECK(wanted.ok() == (row.wanted != nullptr));
        if (wanted.ok() && row.wanted != nullptr) CHECK(wanted->remote == row.wanted);
    }
}

TEST_CASE("read_repo_deploy: identity belongs to repository") {
    const auto file = read_repo_deploy("repository=https://host/config\nidentity=web\n", "x");
    REQUIRE(file.ok());
    const auto wanted = make_repo_deploy(file->settings, "/home/of");
    REQUIRE(wanted.ok());
    CHECK(wanted->remote == "https://host/config/web.zip");
}

TEST_CASE("with_its_newer_name: the deployed folder was a subfolder") {
    CHECK(with_its_newer_name({"directory", "/var/repo-deploy", "-d"}).value == "/var/repo-deploy/current");
    CHECK(with_its_newer_name({"directory", "", "-d"}).value.empty());
    CHECK(with_its_newer_name({"repository", "x", "-r"}).key == "remote");
    CHECK(with_its_newer_name({"local", "/x", "-l"}).value == "/x");
}

TEST_CASE("repo_deploy_toml: load_config reads it as settings that do what repo-deploy does") {
    const auto folder = std::move(TemporaryFolder::make()).value();
    RepoDeploy wanted;
    wanted.remote = "user@host:org/app.git/path#branch";
    wanted.local = "/var/de\"ploy/cur\\rent";
    wanted.schedule = "*/5 * * * mon-fri";
    wanted.cache = folder.path().string();
    const auto config = load_text(folder.path(), repo_deploy_toml(wanted, "/etc/x.cfg"));
    REQUIRE_MESSAGE(config.ok(), config.error().message);
    CHECK(config->update.root == folder.path());
    CHECK(config->update.state == folder.path() / "state");
    CHECK(config->log.file == "/var/log/ext/repo-deploy.log");
    CHECK(config->delay.longest == Milliseconds{0});
    CHECK(config->reboot.wish == RebootWish::never);
    REQUIRE(config->schedule.times.size() == 1);
    CHECK(config->schedule.times.front().text() == "*/5 * * * mon-fri");
    CHECK(config->update.hooks.pre_update == "/etc/repo-deploy/pre-update.d");
    CHECK(config->update.hooks.post_update == "/etc/repo-deploy/post-update.d");
    CHECK(config->update.retry_rolled_back);
    CHECK(config->update.quiet_noop);
    REQUIRE(config->update.declared.size() == 1);
    const DeclaredConnector& declared = config->update.declared.front();
    CHECK(declared.name == "current");
    CHECK(declared.source == parse_source(wanted.remote).value());
    CHECK(declared.local == wanted.local);
    wanted.remote = "s3://bucket/app.zip";
    wanted.access_key = "AKIA";
    wanted.secret_key = Secret("w0rd/+\"=");
    const auto bucket = load_text(folder.path(), repo_deploy_toml(wanted, "/etc/x.cfg"));
    REQUIRE_MESSAGE(bucket.ok(), bucket.error().message);
    CHECK(bucket->update.declared.front().s3.access_key == "AKIA");
    CHECK(bucket->update.declared.front().s3.secret_key == wanted.secret_key);
}

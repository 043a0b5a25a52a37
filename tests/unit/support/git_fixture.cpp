// SPDX-License-Identifier: Apache-2.0
#include "git_fixture.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <time.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

#include "source/git/initialize.hpp"
#include "util/sys/directory.hpp"

namespace gup::test {
namespace {

TemporaryFolder folder_below(const fs::path& parent) {
    auto folder = TemporaryFolder::make(parent);
    if (!folder) throw std::runtime_error(folder.error().message);
    return std::move(*folder);
}

struct Output {
    int status = 0;
    std::string text;
};

Output execute(const std::string& command) {
    FILE* pipe = ::popen(("{ " + command + "\n} 2>&1").c_str(), "re");
    if (pipe == nullptr) throw std::runtime_error("popen");
    Output output;
    char buffer[4096];
    for (std::size_t n = 0; (n = ::fread(buffer, 1, sizeof buffer, pipe)) > 0;) output.text.append(buffer, n);
    output.status = ::pclose(pipe);
    while (!output.text.empty() && output.text.back() == '\n') output.text.pop_back();
    return output;
}

}  // namespace

GitSandbox::GitSandbox(const fs::path& parent) : folder_(folder_below(parent)) {
    GitSettings settings;
    settings.retry = {1, Milliseconds{1}, Milliseconds{1}};
    REQUIRE(git_initialize(settings).ok());
    fs::create_directories(path("home"));
}

std::string GitSandbox::run(const std::string& command) const {
    const std::string virtualenv = fmt::format(
        "export HOME={0}/home GIT_CONFIG_SYSTEM={0}/gitconfig GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b "
        "GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b GIT_TERMINAL_PROMPT=0 GIT_ALLOW_PROTOCOL=file LC_ALL=C\n",
        folder_.path().string());
    const Output output = execute(virtualenv + command);
    if (output.status != 0) throw std::runtime_error(command + ": " + output.text);
    return output.text;
}

std::string GitSandbox::git(const fs::path& folder, const std::string& arguments) const {
    return run(fmt::format("git -c init.defaultBranch=main -C '{}' {}", folder.string(), arguments));
}

bool GitSandbox::git_succeeds(const fs::path& folder, const std::string& arguments) const {
    try {
        (void)git(folder, arguments);
        return true;
    } catch (const std::runtime_error&) {
        return false;
    }
}

void GitSandbox::make_remote(const std::map<std::string, std::string>& files) {
    git("/", fmt::format("init -q --bare '{}'", remote().string()));
    git("/", fmt::format("init -q '{}'", publisher().string()));
    git(publisher(), fmt::format("remote add origin '{}'", remote().string()));
    for (const auto& [name, text] : files) write(publisher() / name, text);
    git(publisher(), "add -A");
    git(publisher(), "commit -q -m first");
    git(publisher(), "push -q -u origin main");
    clone_gateway();
}

void GitSandbox::clone_gateway(const std::string& options) {
    fs::remove_all(gateway());
    git("/", fmt::format("clone -q {} 'file://{}' '{}'", options, remote().string(), gateway().string()));
}

std::string GitSandbox::publish(const std::string& message) const {
    git(publisher(), "add -A");
    git(publisher(), "commit -q -m '" + message + "'");
    git(publisher(), "push -q origin HEAD");
    return git(publisher(), "rev-parse HEAD");
}

std::string GitSandbox::publish_file(const std::string& name, const std::string& text) const {
    write(publisher() / name, text);
    return publish(name);
}

GitRepository GitSandbox::open() const {
    auto repository = GitRepository::open(gateway(), user());
    if (!repository) throw std::runtime_error(repository.error().message);
    return std::move(*repository);
}

GitSandbox::Fetched GitSandbox::fetch(GitRepository& repository) const {
    const auto code = repository.observe("");
    REQUIRE(code.ok());
    REQUIRE(code->condition == CodeCondition::ready);
    const auto commit = repository.ask_remote(*code);
    REQUIRE_MESSAGE(commit.ok(), (commit.ok() ? "" : commit.error().message));
    const auto status = repository.fetch(*code, *commit, {});
    REQUIRE_MESSAGE(status.ok(), (status.ok() ? "" : status.error().message));
    return {*code, *commit};
}

std::string GitSandbox::update(GitRepository& repository) const {
    const Fetched fetched = fetch(repository);
    const auto target = repository.classify(fetched.code, fetched.commit);
    REQUIRE(target.ok());
    CHECK(target->relation == Relation::behind);
    CHECK(target->conflicts.empty());
    const auto status = repository.move_work_tree(fetched.code.branch, fetched.code.commit, fetched.commit, {});
    REQUIRE_MESSAGE(status.ok(), (status.ok() ? "" : status.error().message));
    return fetched.commit;
}

double now_ms() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

void write(const fs::path& path, const std::string& text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

std::string read(const fs::path& path) {
    std::ifstream stream(path, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

std::map<std::string, std::string> snapshot(const fs::path& folder) {
    std::map<std::string, std::string> found;
    for (auto entry = fs::recursive_directory_iterator(folder); entry != fs::recursive_directory_iterator(); ++entry) {
        if (entry->path().filename() == ".git") {
            entry.disable_recursion_pending();
            continue;
        }
        const std::string name = entry->path().lexically_relative(folder).string();
        struct stat info {};
        REQUIRE(::lstat(entry->path().c_str(), &info) == 0);
        if (S_ISLNK(info.st_mode)) {
            found[name] = "link " + fs::read_symlink(entry->path()).string();
        } else if (S_ISDIR(info.st_mode)) {
            found[name] = fmt::format("folder {:o}", info.st_mode & 07777U);
        } else {
            found[name] = fmt::format("file {:o} ", info.st_mode & 07777U) + read(entry->path());
        }
    }
    return found;
}

}  // namespace gup::test

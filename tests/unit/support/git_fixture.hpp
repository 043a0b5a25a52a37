// SPDX-License-Identifier: Apache-2.0
// Real repositories for tests, made by the real git: a bare remote, a publisher's clone and a gateway's clone.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "source/git/repository.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/file.hpp"

namespace gup::test {

class GitSandbox {
public:
    // Below $TMPDIR by default.
    explicit GitSandbox(const fs::path& parent = {});

    [[nodiscard]] fs::path path(const std::string& name) const { return folder_.path() / name; }
    [[nodiscard]] fs::path remote() const { return path("remote.git"); }
    [[nodiscard]] fs::path publisher() const { return path("publisher"); }
    [[nodiscard]] fs::path gateway() const { return path("smart-meter"); }
    [[nodiscard]] GitUser user() const { return {path("home"), path("gitconfig")}; }

    // `git -C folder <arguments>` through a shell; its output without the last newline. Throws when it fails.
    std::string git(const fs::path& folder, const std::string& arguments) const;
    // Any shell command with the same environment.
    std::string run(const std::string& command) const;
    // True if `git -C folder <arguments>` succeeds.
    [[nodiscard]] bool git_succeeds(const fs::path& folder, const std::string& arguments) const;

    // The remote with a first commit, the publisher's clone and the gateway's.
    void make_remote(const std::map<std::string, std::string>& files = {{"main.py", "print(1)\n"}, {"gupfile", ""}});
    void clone_gateway(const std::string& options = "");
    // Commits the publisher's work tree as it is, and pushes it. Returns the commit.
    std::string publish(const std::string& message = "change") const;
    std::string publish_file(const std::string& name, const std::string& text) const;

    [[nodiscard]] GitRepository open() const;
    // observe, ask and fetch of the gateway, all of which must succeed.
    struct Fetched {
        ObservedCode code;
        std::string commit;
    };
    [[nodiscard]] Fetched fetch(GitRepository& repository) const;
    // fetch, classify as behind without conflicts, and move.
    std::string update(GitRepository& repository) const;

private:
    TemporaryFolder folder_;
};

// Milliseconds of the monotonic clock.
[[nodiscard]] double now_ms();

void write(const fs::path& path, const std::string& text);
[[nodiscard]] std::string read(const fs::path& path);

// Every path of a work tree except .git, with its kind, its mode and its bytes.
[[nodiscard]] std::map<std::string, std::string> snapshot(const fs::path& folder);

}  // namespace gup::test

// SPDX-License-Identifier: Apache-2.0
#include "app/demo/demo.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/demo/demo_package.hpp"
#include "app/output/print_text.hpp"
#include "host/ownership.hpp"
#include "host/way.hpp"
#include "source/git/clone.hpp"
#include "source/git/initialize.hpp"
#include "source/libgit2/commit_files.hpp"
#include "util/clock.hpp"
#include "util/printable.hpp"
#include "util/process/process.hpp"
#include "util/sys/directory.hpp"
#include "util/text.hpp"
#include "util/units.hpp"

namespace gup {
namespace {

constexpr const char* start_program = "gup-agent";
constexpr std::uint32_t executable_mode = 0755;

// Paths are relative to the file, so the folder has no settings of the machine. Hooks of a real gateway are not run.
constexpr std::string_view configuration =
    "# A gateway to try things out: gup-agent demo has made it.\n"
    "root  = \"connectors\"\n"
    "state = \"state\"\n"
    "log   = \"gup.log\"\n"
    "\n"
    "[run]\n"
    "delay  = \"0s\"\n"
    "reboot = false\n"
    "\n"
    "[python]\n"
    "installer           = \"pip\"\n"
    "allow-index-options = true   # heat-meter's packages are in the folder packages/\n"
    "\n"
    "[hooks]\n"
    "pre-update  = \"hooks/pre-update.d\"\n"
    "post-update = \"hooks/post-update.d\"\n";

constexpr std::string_view health_check =
    "[health]\n"
    "command = [\"grep\", \"-q\", \"ready\", \"self-test.txt\"]\n"
    "within  = \"1s\"\n"
    "every   = \"1s\"\n";

std::string program_text(std::string_view name, int version) {
    return fmt::format("print(\"{} {}\")\n", name, version);
}

std::string file_url(const fs::path& path) {
    return "file://" + percent_encoded(path.string(), "-._~/");
}

// As a person would write it for a shell.
std::string as_word(const std::string& word) {
    const bool is_plain =
        word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._/:=%@") ==
        std::string_view::npos;
    return is_plain ? word : shell_quoted(word);
}

// The folder, or its parent while it does not exist: everything in it is executed as this user.
Status check_is_safe(const fs::path& folder) {
    GUP_TRY(const Way way, Way::open(folder.parent_path()));
    Belongings belongings;
    belongings.uid = ::geteuid();
    belongings.add_on_the_way(way);
    auto status = check_ownership(belongings);
    if (status.ok()) return {};
    return Error{ErrorCode::permission, fmt::format("the demo is not made there: {}", status.error().message),
                 "choose a folder below your home: gup-agent demo ~/demo"};
}

class Demo {
public:
    Demo(const DemoRequest& request, fs::path folder)
        : shown_(request.folder), folder_(std::move(folder)), executable_(request.executable) {}

    Status run() {
        const Milliseconds start = system_clock().monotonic();
        GUP_CHECK(make());
        say("A gateway in {0}: the connectors smart-meter and solar, and their git repositories in {0}/remotes.",
            shown());
        if (!python_.empty()) {
            say("\nheat-meter is new. It needs a Python package.");
            GUP_CHECK(show({"add", url("heat-meter")}, 0));
        }
        say("\nsmart-meter{} a new version.", python_.empty() ? " publishes" : " and heat-meter publish");
        GUP_CHECK(publish());
        GUP_CHECK(show({"check"}, static_cast<int>(something_to_do)));
        GUP_CHECK(show({"now"}, 0));
        say("\nsolar publishes a version whose health check fails.");
        GUP_CHECK(commit("solar", {{"gupfile", std::string(health_check)},
                                   {"main.py", program_text("solar", 2)},
                                   {"self-test.txt", "no answer\n"}}));
        GUP_CHECK(show({"now"}, connector_failed));
        GUP_CHECK(show({"status"}, 0));
        farewell(system_clock().monotonic() - start);
        return {};
    }

private:
    static constexpr int connector_failed = 1;
    static constexpr int something_to_do = 10;

    [[nodiscard]] std::string shown() const { return printable(shown_.string()); }
    [[nodiscard]] fs::path remote(std::string_view name) const {
        return folder_ / "remotes" / fmt::format("{}.git", name);
    }

    [[nodiscard]] std::string url(std::string_view name) const { return file_url(remote(name)); }

    template <typename... Arguments>
    static void say(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
        print_text("{}\n", fmt::vformat(format, fmt::make_format_args(arguments...)));
        (void)std::fflush(stdout);
    }

    Status commit(const std::string& name, const git::CommitFiles& files) {
        auto made = git::commit_files(remote(name), files, "A new version");
        return made.ok() ? Status{} : Status(made.error());
    }

    Status make() {
        for (const char* name : {"connectors", "state", "remotes", "packages"}) {
            GUP_CHECK(make_folders(folder_ / name));
        }
        GUP_CHECK(write_file_atomically(folder_ / "gup-agent.toml", configuration));
        GUP_CHECK(write_file_atomically(folder_ / start_program, start_script(), executable_mode));
        python_ = find_python_for_virtualenvs();
        GUP_CHECK(git_initialize({}));
        GUP_CHECK(commit("smart-meter", {{"gupfile", "# no packages\n"}, {"main.py", program_text("smart-meter", 1)}}));
        GUP_CHECK(commit("solar", {{"gupfile", std::string(health_check)},
                                   {"main.py", program_text("solar", 1)},
                                   {"self-test.txt", "ready\n"}}));
        GUP_CHECK(clone("smart-meter"));
        GUP_CHECK(clone("solar"));
        if (python_.empty()) return {};
        for (const char* version : {"1.0", "1.1"}) {
            GUP_CHECK(write_demo_package(python_, folder_ / "packages", version));
        }
        return commit("heat-meter", heat_meter(1));
    }

    Status clone(const std::string& name) {
        const fs::path path = folder_ / "connectors" / name;
        GUP_CHECK(make_folders(path));
        GUP_TRY(const RemoteBranch branch, find_remote_branch(url(name), "main", {}));
        const CloneRequest request{url(name), path, branch};
        GUP_TRY(const std::string commit, clone_repository(request, {}, {}));
        return check_out_clone(request, commit, {}, {});
    }

    // Version 1 needs the package meter-reader 1.0, version 2 needs 1.1.
    [[nodiscard]] git::CommitFiles heat_meter(int version) const {
        return {{"gupfile", "[connector]\nrequirements = \"requirements.txt\"\n"},
                {"main.py", program_text("heat-meter", version)},
                {"requirements.txt", fmt::format("--no-index\n--find-links {}\nmeter-reader==1.{}\n",
                                                 file_url(folder_ / "packages"), version - 1)}};
    }

    // Settings of the environment would count more than the file.
    [[nodiscard]] std::string start_script() const {
        return fmt::format(
            "#!/bin/sh\n"
            "# gup-agent with the configuration of this folder.\n"
            "for name in $(env | sed -n 's/^\\(GUP_[A-Z_]*\\)=.*/\\1/p'); do unset \"$name\"; done\n"
            "exec {} --config {} \"$@\"\n",
            shell_quoted(executable_.string()), shell_quoted((folder_ / "gup-agent.toml").string()));
    }

    Status publish() {
        GUP_CHECK(commit("smart-meter", {{"gupfile", "# no packages\n"}, {"main.py", program_text("smart-meter", 2)}}));
        return python_.empty() ? Status{} : commit("heat-meter", heat_meter(2));
    }

    Status show(std::vector<std::string> arguments, int expected) {
        ProcessRequest request;
        request.argv = {(folder_ / start_program).string()};
        std::string line = as_word((shown_ / start_program).string());
        for (std::string& argument : arguments) {
            line += ' ' + as_word(argument);
            request.argv.push_back(std::move(argument));
        }
        request.output = ChildOutput::shown;
        say("\n$ {}", printable(line));
        GUP_TRY(const ProcessResult ended, run_process(request));
        if (ended.exit_code == expected) return {};
        return Error{ErrorCode::failed,
                     fmt::format("{} ended with exit code {} in place of {}", line, ended.exit_code, expected),
                     fmt::format("{} has the reason", (shown_ / "gup.log").string())};
    }

    void farewell(Milliseconds duration) const {
        const std::string agent = printable(as_word((shown_ / start_program).string()));
        const std::string clone = "git clone " + printable(as_word((shown_ / "remotes/smart-meter.git").string()));
        const std::vector<std::pair<std::string, const char*>> hints{
            {agent + " status solar", "what runs, and what was rolled back"},
            {agent + " rollback smart-meter", "the version before, without a network"},
            {agent + " doctor", "problems of the next night"},
            {clone, "commit and push a version, then try now"},
            {"rm -r " + printable(as_word(shown_.string())), "removes all of it"},
        };
        std::size_t width = 0;
        for (const auto& [command, effect] : hints) width = std::max(width, command.size());
        say("\nThat took {}. The gateway stays. Try:", format_duration(duration));
        for (const auto& [command, effect] : hints) say("  {:<{}}   {}", command, width, effect);
    }

    fs::path shown_;  // as the caller wrote it
    fs::path folder_;
    fs::path executable_;
    fs::path python_;  // empty: no packages
};

}  // namespace

Status run_demo(const DemoRequest& request) {
    DemoRequest chosen = request;
    if (chosen.folder.empty()) chosen.folder = "gup-agent-demo";
    while (!chosen.folder.has_filename() && chosen.folder.has_parent_path() && chosen.folder != "/") {
        chosen.folder = chosen.folder.parent_path();
    }
    std::error_code error;
    const fs::path folder = fs::absolute(chosen.folder, error).lexically_normal();
    if (error) return Error{ErrorCode::failed, fmt::format("no working folder: {}", error.message()), {}};
    GUP_TRY(const auto there, file_info(folder, Follow::no));
    if (there) {
        return Error{ErrorCode::conflict, fmt::format("{} already exists", chosen.folder.string()),
                     "name another folder: gup-agent demo FOLDER"};
    }
    GUP_CHECK(check_is_safe(folder));
    return Demo(chosen, folder).run();
}

}  // namespace gup

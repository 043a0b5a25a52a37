// SPDX-License-Identifier: Apache-2.0
#include "util/process/launch.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#ifndef BOOST_PROCESS_USE_STD_FS
#define BOOST_PROCESS_USE_STD_FS 1  // Boost.Filesystem would have to be linked
#endif
// Process v2 of Boost 1.81 forgets the first three when it uses std::filesystem.
#include <boost/optional.hpp>
#include <boost/type_traits/decay.hpp>
#include <boost/type_traits/is_convertible.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/process/v2/posix/default_launcher.hpp>
#include <boost/process/v2/process.hpp>
#include <boost/process/v2/start_dir.hpp>
#include <boost/process/v2/stdio.hpp>

#include "util/sys/signals.hpp"
#include "util/worker/sandbox.hpp"

namespace gup::detail {
namespace {

namespace bp = boost::process::v2;
using Launcher = bp::posix::default_launcher;

// Closes the descriptors from `first` to `last`. Runs between fork and exec, where few calls are allowed.
void close_between(unsigned first, unsigned last) {
    if (first > last) return;
#ifdef SYS_close_range
    if (::syscall(SYS_close_range, first, last, 0U) == 0) return;
#endif
    DIR* folder = ::opendir("/proc/self/fd");  // kernels before 5.9
    if (folder == nullptr) return;
    while (const dirent* entry = ::readdir(folder)) {  // NOLINT(concurrency-mt-unsafe): its own DIR
        const unsigned long fd = std::strtoul(entry->d_name, nullptr, 10);
        if (fd >= first && fd <= last && static_cast<int>(fd) != ::dirfd(folder)) ::close(static_cast<int>(fd));
    }
    ::closedir(folder);
}

// The child's actions before it executes the program. Boost calls it after its own stdio and start_dir.
class ChildSetup {
public:
    boost::system::error_code on_exec_setup(Launcher& launcher, const fs::path&, const char* const*) const {
        if (::setpgid(0, 0) != 0) return last_error();
        reset_signals();
        // Boost's own closing misses the descriptors between 2 and its error pipe, the last of the list.
        const auto error_pipe = static_cast<unsigned>(launcher.fd_whitelist.back());
        close_between(STDERR_FILENO + 1, error_pipe - 1);
        close_between(error_pipe + 1, INT_MAX);
        lift_own_limits();
        if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return last_error();
        if (::getppid() != parent_) ::_exit(EXIT_FAILURE);  // it died before the request
        return {};
    }

    // Boost asks for one signature and calls another; it would then run the parent's exit handlers in the child.
    template <class... Arguments>
    void on_exec_error(Arguments&&...) const {
        ::_exit(EXIT_FAILURE);
    }

private:
    static boost::system::error_code last_error() { return {errno, boost::system::system_category()}; }

    static void reset_signals() {
        struct sigaction action {};
        action.sa_handler = SIG_DFL;
        for (int number = 1; number < NSIG; ++number) ::sigaction(number, &action, nullptr);
        sigset_t none;
        ::sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
    }

    pid_t parent_ = ::getpid();
};

// The variables of root's environment that programs of a connector may see: paths, network and build settings. The rest
// (the agent's own settings, tokens, root's agents and sessions, its settings of git) stays private.
bool is_for_owners(std::string_view name) {
    constexpr std::array<std::string_view, 27> names{
        "PATH",         "LANG",           "LANGUAGE",           "TZ",
        "TERM",         "TMPDIR",         "NO_COLOR",           "SSL_CERT_FILE",
        "SSL_CERT_DIR", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "http_proxy",
        "https_proxy",  "all_proxy",      "no_proxy",           "HTTP_PROXY",
        "HTTPS_PROXY",  "ALL_PROXY",      "NO_PROXY",           "CC",
        "CXX",          "CFLAGS",         "CXXFLAGS",           "CPPFLAGS",
        "LDFLAGS",      "MAKEFLAGS",      "LD_LIBRARY_PATH"};
    constexpr std::array<std::string_view, 6> beginnings{"LC_", "PIP_", "UV_", "PYTHON", "CMAKE_", "CARGO_"};
    return std::find(names.begin(), names.end(), name) != names.end() ||
           std::any_of(beginnings.begin(), beginnings.end(), [&](auto start) { return name.starts_with(start); });
}

// What `git rev-parse --local-env-vars` lists, and the quarantine of a receiving repository: a git that starts the agent
// in a hook sets them for its own repository, and any other git would work on that one.
bool is_of_a_repository(std::string_view name) {
    constexpr std::array<std::string_view, 18> names{"GIT_ALTERNATE_OBJECT_DIRECTORIES",
                                                     "GIT_CONFIG",
                                                     "GIT_CONFIG_PARAMETERS",
                                                     "GIT_CONFIG_COUNT",
                                                     "GIT_OBJECT_DIRECTORY",
                                                     "GIT_DIR",
                                                     "GIT_WORK_TREE",
                                                     "GIT_IMPLICIT_WORK_TREE",
                                                     "GIT_GRAFT_FILE",
                                                     "GIT_INDEX_FILE",
                                                     "GIT_NO_REPLACE_OBJECTS",
                                                     "GIT_REPLACE_REF_BASE",
                                                     "GIT_PREFIX",
                                                     "GIT_INTERNAL_SUPER_PREFIX",
                                                     "GIT_SHALLOW_FILE",
                                                     "GIT_COMMON_DIR",
                                                     "GIT_QUARANTINE_PATH",
                                                     "GIT_NAMESPACE"};
    return std::find(names.begin(), names.end(), name) != names.end();
}

// This process's environment with the request's changes.
std::vector<std::string> make_environment(const ProcessRequest& request) {
    std::vector<std::string> result;
    const auto is_changed = [&](std::string_view name) {
        const auto is_it = [&](const auto& changed) { return changed.first == name; };
        return std::find(request.unset_env.begin(), request.unset_env.end(), name) != request.unset_env.end() ||
               std::any_of(request.set_env.begin(), request.set_env.end(), is_it);
    };
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const std::string_view name = text.substr(0, text.find('='));
        if (is_changed(name) || is_of_a_repository(name)) continue;
        if (!works_as_another() || is_for_owners(name)) result.emplace_back(text);
    }
    for (const auto& [name, value] : request.set_env) result.push_back(fmt::format("{}={}", name, value));
    return result;
}

// Moves it away from 0, 1 and 2, which become the child's descriptors.
UniqueFd above_standard(int fd) {
    UniqueFd given(fd);
    if (fd < 0 || fd > STDERR_FILENO) return given;
    return UniqueFd(::fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
}

struct Pipe {
    UniqueFd read_end;
    UniqueFd write_end;

    [[nodiscard]] bool open() {
        std::array<int, 2> ends{-1, -1};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
        read_end = above_standard(ends[0]);
        write_end = above_standard(ends[1]);
        return read_end.valid() && write_end.valid();
    }
};

bool make_non_blocking(const UniqueFd& fd) {
    return ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK) == 0;
}

struct ChildStreams {
    UniqueFd in;
    UniqueFd out;
    UniqueFd err;
};

// A copy that is not one of the three standard descriptors.
UniqueFd copy_of(int fd) {
    return UniqueFd(::fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
}

// Creates the pipes. Our ends go to `ours`, the child's ends are returned.
Result<ChildStreams> make_streams(ChildInput input, ChildOutput output, LaunchedProcess& ours) {
    Pipe in;
    Pipe out;
    Pipe err;
    if (input == ChildInput::nothing) {
        in.read_end = above_standard(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    } else if (in.open()) {
        if (!make_non_blocking(in.write_end)) return errno_error(errno, "cannot create a pipe");
    }
    if (output == ChildOutput::shown) {
        ours.in = std::move(in.write_end);
        ChildStreams streams{std::move(in.read_end), copy_of(STDOUT_FILENO), copy_of(STDERR_FILENO)};
        if (streams.in.valid() && streams.out.valid() && streams.err.valid()) return streams;
        return errno_error(errno, "cannot share the output");
    }
    if (!in.read_end.valid() || !out.open() || !err.open() || !make_non_blocking(out.read_end) ||
        !make_non_blocking(err.read_end)) {
        return errno_error(errno, "cannot create a pipe");
    }
    ours.in = std::move(in.write_end);
    ours.out = std::move(out.read_end);
    ours.err = std::move(err.read_end);
    return ChildStreams{std::move(in.read_end), std::move(out.write_end), std::move(err.write_end)};
}

// Returns 0 and sets `pid`, or returns an errno.
int start(const fs::path& program, const ProcessRequest& request, const ChildStreams& streams, pid_t& pid) {
    const std::vector<std::string> arguments(request.argv.begin() + 1, request.argv.end());
    std::vector<std::string> environment = make_environment(request);
    const std::vector<char*> entries = c_strings(environment);

    Launcher launcher;
    launcher.env = entries.data();
    boost::system::error_code error;
    try {
        boost::asio::io_context context;
        const SignalsHeld held;  // in the child our handlers would write to the shared pipe
        auto process =
            launcher(context.get_executor(), error, program, arguments,
                     bp::process_stdio{streams.in.get(), streams.out.get(), streams.err.get()},
                     bp::process_start_dir(request.folder.empty() ? fs::path(".") : request.folder), ChildSetup{});
        (void)process.detach();  // its destructor would kill; process/child waits and ends
    } catch (const boost::system::system_error& thrown) {
        // Where there is no pidfd_open (Linux before 5.3), Boost throws after the child has been started.
        if (launcher.pid <= 0) error = thrown.code();
    }
    if (error) {
        if (launcher.pid > 0) ::waitpid(launcher.pid, nullptr, 0);
        return error.value() != 0 ? error.value() : EIO;
    }
    pid = launcher.pid;
    return 0;
}

// Another thread's fork may have a new program open for writing until its exec.
int start_patiently(const fs::path& program, const ProcessRequest& request, const ChildStreams& streams, pid_t& pid) {
    int number = ETXTBSY;
    for (int attempt = 0; attempt < 20 && number == ETXTBSY; ++attempt) {
        if (attempt > 0) ::usleep(10'000);
        number = start(program, request, streams, pid);
    }
    return number;
}

}  // namespace

Result<LaunchedProcess> launch_process(const ProcessRequest& request, ChildInput input) {
    if (request.argv.empty()) return Error{ErrorCode::failed, "cannot run a program without a name", {}};
    const std::string& name = request.argv.front();
    const std::string act = "cannot run " + name;
    // The child resolves a path: it may be relative to its working folder.
    const fs::path program = name.find('/') != std::string::npos ? fs::path(name) : find_program(name);
    if (program.empty()) return Error{ErrorCode::not_found, act + ": no such program in $PATH", {}};
    if (!request.folder.empty() && !is_folder(request.folder)) {
        return Error{ErrorCode::failed, act + ": no folder " + request.folder.native(), {}};
    }

    LaunchedProcess launched;
    auto streams = make_streams(input, request.output, launched);
    if (!streams.ok()) return streams.error().with_context(act);
    const int number = start_patiently(program, request, streams.value(), launched.pid);
    if (number == 0) return launched;
    Error error = errno_error(number, act);
    const bool out_of_something = number == EMFILE || number == ENFILE || number == EAGAIN || number == ENOMEM;
    if (error.code != ErrorCode::not_found && !out_of_something) error.code = ErrorCode::failed;
    return error;
}

}  // namespace gup::detail

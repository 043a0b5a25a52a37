// SPDX-License-Identifier: Apache-2.0
#include "host/hooks.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <system_error>

#include "host/child_environment.hpp"
#include "host/ownership.hpp"
#include "host/program_questions.hpp"
#include "host/script_hint.hpp"
#include "util/log/log.hpp"
#include "util/process/process.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/symlink.hpp"
#include "util/units.hpp"
#include "util/worker/worker.hpp"

namespace gup {
namespace {

constexpr std::size_t logged_lines = 200;
constexpr std::size_t logged_bytes = 500;  // of one line

bool is_hook_name(std::string_view name) {
    constexpr std::array<std::string_view, 4> endings{"~", ".bak", ".orig", ".rej"};
    const auto has = [&](std::string_view part) { return name.find(part) != std::string_view::npos; };
    return !name.starts_with('.') && !has(".dpkg-") && !has(".ucf-") &&
           std::none_of(endings.begin(), endings.end(), [&](auto ending) { return name.ends_with(ending); });
}

// Checks that only root and the user who executes the hook can change it, and the links and folders on the way to it. A
// group may write to what the agent executes only if it is a private one, which has the user's number.
Status check_not_exposed(const std::string& what, const fs::path& hook, HookUser user) {
    GUP_TRY(const Way way, Way::open(hook));
    if (!way.is_there()) return Error{ErrorCode::not_found, fmt::format("{} is gone", what), {}};
    for (const Waypoint& point : way.points()) {
        auto intruder = intruder_at(point, ::geteuid());
        if (!intruder && user == HookUser::agent && is_open_to_group(point) && point.group != point.owner) {
            intruder = Intruder{Intruder::Kind::group, point.group};
        }
        if (!intruder) continue;
        const std::string owner = chown_name(::geteuid());
        return Error{ErrorCode::permission,
                     fmt::format("{} is not run: {} can change {}", what, display(*intruder),
                                 point.is_end ? "it" : point.path.native()),
                     point.kind == FileKind::link
                         ? fmt::format("chown -h {} {}", owner, point.path.native())
                         : fmt::format("chown {0} {1}; chmod go-w {1}", owner, point.path.native())};
    }
    return {};
}

// Files with the name of a hook, executable or not.
Result<std::vector<fs::path>> hook_files(const fs::path& folder) {
    std::vector<fs::path> files;
    if (folder.empty()) return files;
    const auto names = list_folder(folder);
    if (!names.ok() && names.error().code == ErrorCode::not_found) return files;
    if (!names.ok()) return names.error();
    for (const std::string& name : *names) {
        if (is_hook_name(name) && !is_folder(folder / name)) files.push_back(folder / name);
    }
    return files;
}

Result<std::vector<Hook>> operators_hooks(HookPhase phase, const fs::path& folder) {
    std::vector<Hook> hooks;
    if (folder.empty()) return hooks;
    if (in_worker()) {
        auto asked = ask_operators_hooks(phase);
        return asked.ok() ? asked : asked.error().with_context(fmt::format("cannot look at {}", folder.native()));
    }
    const auto files = hook_files(folder);
    if (!files.ok()) return files.error().with_context(fmt::format("the {} hooks", to_string(phase)));
    for (const fs::path& file : *files) {
        if (!is_executable(file)) {
            log::info({}, fmt::format("the {} hook {} is ignored: it is not an executable file", to_string(phase),
                                      file.native()));
            continue;
        }
        GUP_CHECK(check_not_exposed(fmt::format("the hook {}", file.native()), file, HookUser::agent));
        hooks.push_back({file, HookUser::agent});
    }
    return hooks;
}

// The gupfile of the code that runs names the pre-update hook, so that no commit can mend it.
std::string missing_hook_hint(HookPhase phase, const fs::path& folder) {
    if (phase != HookPhase::pre_update) return "add the file to the repository, or remove its name from the gupfile";
    const std::string pull = is_there(folder / ".git") ? fmt::format(", or: git -C {} pull", folder.string()) : "";
    return fmt::format("each update needs this file: put it there{}", pull);
}

Result<Hook> connectors_hook(HookPhase phase, const std::string& own, const fs::path& folder) {
    const std::string what = fmt::format("the gupfile's {} hook {}", to_string(phase), own);
    GUP_TRY(const fs::path base, real_path(folder));
    auto real = real_path(base / own);
    if (!real.ok()) return real.error().with_context(what).with_hint(missing_hook_hint(phase, base));
    if (!is_below(*real, base)) {
        return Error{ErrorCode::invalid_input, fmt::format("{} is outside of the connector's folder", what),
                     "put the file itself into the repository"};
    }
    if (!is_file(*real)) {
        return Error{ErrorCode::invalid_input, fmt::format("{} is not a file", what), "name a program"};
    }
    if (!is_executable(*real)) {
        return Error{ErrorCode::permission, fmt::format("{} is not executable", what),
                     fmt::format("git update-index --chmod=+x {}, and commit that", own)};
    }
    GUP_CHECK(check_not_exposed(what, *real, HookUser::owner));
    return Hook{*std::move(real), HookUser::owner};
}

// Its output on the way to the log.
class HookOutput {
public:
    HookOutput(HookPhase phase, const Hook& hook)
        : prefix_(fmt::format("{} {}", to_string(phase), hook.file.filename().native())) {}

    void add(std::string_view line) {
        const std::string_view shown = line.substr(0, logged_bytes);
        if (shown.find_first_not_of(" \t") != std::string_view::npos) last_line_ = shown;
        if (++lines_ <= logged_lines) log::info({}, fmt::format("{}: {}", prefix_, shown));
    }

    void end() const {
        if (lines_ > logged_lines) log::info({}, fmt::format("{}: … {} more lines", prefix_, lines_ - logged_lines));
    }

    [[nodiscard]] const std::string& last_line() const { return last_line_; }

private:
    std::string prefix_;
    std::string last_line_;
    std::size_t lines_ = 0;
};

ProcessRequest hook_request(const Hook& hook, const HookContext& context, Milliseconds timeout) {
    const bool is_owners = hook.user == HookUser::owner;
    const bool tells_local = !is_owners && !context.local.empty();
    ProcessRequest request;
    request.argv = {hook.file.native()};
    request.set_env = {{"CURRENT_CONFIG", (tells_local ? context.local : context.current).native()},
                       {"PREVIOUS_CONFIG", (tells_local ? context.local_before : context.previous).native()},
                       {"GUP_CONNECTOR", context.connector},
                       {"GUP_FROM", context.from},
                       {"GUP_TO", context.to},
                       {"GUP_GENERATION", context.generation}};
    if (!context.of_run.empty()) request.set_env = context.of_run;
    set_user(request, is_owners ? context.owner : owner_with(::geteuid()));
    if (is_owners) set_virtualenv(request, context.virtualenv);
    request.folder = is_owners ? context.current : context.operators_folder;
    request.timeout = timeout;
    request.survivors = Survivors::killed;
    request.on_stop = context.on_stop;
    request.output_limit = 4U << 10U;
    return request;
}

std::string status_text(int exit_code) {
    constexpr int signalled = 128;
    constexpr int signals = 64;
    const bool by_signal = exit_code > signalled && exit_code <= signalled + signals;
    return by_signal ? fmt::format("ended with exit code {} (signal {})", exit_code, exit_code - signalled)
                     : fmt::format("ended with exit code {}", exit_code);
}

Error hook_error(ErrorCode code, const std::string& what, const std::string& last_line) {
    return {code, last_line.empty() ? what : fmt::format("{}: {}", what, last_line), "its output is in gup.log"};
}

// What sudo says in a process that may not gain privileges.
bool is_refused_sudo(const std::string& line) {
    return line.find("no new privileges") != std::string::npos;
}

Result<HookResult> run_hook(HookPhase phase, const Hook& hook, const HookContext& context, Milliseconds timeout) {
    const std::string what = fmt::format("the {} hook {}", to_string(phase), hook.file.native());
    if (in_worker()) {
        auto asked = ask_run_hook(phase, hook, context, timeout);
        const bool is_started = asked.ok() || asked.error().message.find(hook.file.native()) != std::string::npos;
        return is_started ? asked : asked.error().with_context(what + " could not be run");
    }
    HookOutput output(phase, hook);
    ProcessRequest request = hook_request(hook, context, timeout);
    request.on_line = [&output](std::string_view line) { output.add(line); };
    const auto result = run_process(request);
    output.end();
    if (result.ok() && result->success()) {
        log::info({}, fmt::format("{} done in {}", what, format_duration(result->duration)));
        return HookResult{hook.file.native(), result->duration, output.last_line()};
    }
    if (result.ok()) {
        Error error = hook_error(ErrorCode::failed, fmt::format("{} {}", what, status_text(result->exit_code)),
                                 output.last_line());
        if (auto hint = script_hint_after(result->exit_code, hook.file); !hint.empty()) error.hint = std::move(hint);
        if (is_refused_sudo(output.last_line())) error.hint = "[hooks] allow-privileges = true in gup-agent.toml";
        return error;
    }
    switch (result.error().code) {
        case ErrorCode::timeout:
            return hook_error(ErrorCode::timeout,
                              fmt::format("{} did not end within {}", what, format_duration(timeout)),
                              output.last_line());
        case ErrorCode::cancelled:
            return hook_error(ErrorCode::cancelled, fmt::format("{} was ended by a signal to the agent", what), {});
        case ErrorCode::io:  // no descriptors or no memory: not the hook's fault
            return Error{ErrorCode::io, fmt::format("{} could not be run: {}", what, result.error().message), {}};
        default:
            return Error{ErrorCode::failed, fmt::format("{} could not be run: {}", what, result.error().message),
                         script_hint(hook.file)};
    }
}

}  // namespace

std::vector<fs::path> hooks_passed_over(const fs::path& folder) {
    auto files = hook_files(folder).value_or({});
    std::erase_if(files, [](const fs::path& file) { return is_executable(file); });
    return files;
}

Result<std::vector<Hook>> find_hooks(HookPhase phase, const HookSettings& settings, const std::string& own,
                                     const fs::path& folder) {
    std::vector<Hook> hooks;
    if (phase != HookPhase::ready) {
        GUP_TRY(hooks, operators_hooks(phase, phase == HookPhase::pre_update ? settings.pre_update
                                              : phase == HookPhase::post_run ? settings.post_run
                                                                             : settings.post_update));
    }
    if (own.empty()) return hooks;
    GUP_TRY(Hook hook, connectors_hook(phase, own, folder));
    hooks.push_back(std::move(hook));
    return hooks;
}

Result<std::vector<HookResult>> run_hooks(HookPhase phase, const std::vector<Hook>& hooks, const HookContext& context,
                                          Milliseconds timeout) {
    const log::ConnectorScope scope(context.connector);
    std::vector<HookResult> results;
    for (const Hook& hook : hooks) {
        GUP_TRY(HookResult result, run_hook(phase, hook, context, timeout));
        results.push_back(std::move(result));
    }
    return results;
}

std::string_view to_string(HookPhase phase) noexcept {
    if (phase == HookPhase::ready) return "ready";
    if (phase == HookPhase::post_run) return "post-run";
    return phase == HookPhase::pre_update ? "pre-update" : "post-update";
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "host/program_questions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "util/worker/channel.hpp"
#include "util/worker/worker.hpp"

namespace gup {
namespace {

using nlohmann::json;

// A time limit that a question names is never longer than this.
constexpr std::int64_t longest_command_ms = 3'600'000;

std::vector<std::pair<const char*, fs::path HookContext::*>> paths_of_context() {
    return {{"current", &HookContext::current},
            {"previous", &HookContext::previous},
            {"local", &HookContext::local},
            {"local_before", &HookContext::local_before},
            {"virtualenv", &HookContext::virtualenv}};
}

std::vector<std::pair<const char*, std::string HookContext::*>> texts_of_context() {
    return {{"connector", &HookContext::connector},
            {"from", &HookContext::from},
            {"to", &HookContext::to},
            {"generation", &HookContext::generation}};
}

json context_json(const HookContext& context) {
    json value{{"go_on", context.on_stop == OnStop::go_on}};
    for (const auto& [name, member] : paths_of_context()) value[name] = (context.*member).string();
    for (const auto& [name, member] : texts_of_context()) value[name] = context.*member;
    return value;
}

HookContext context_from(const json& value, const Owner& owner) {
    HookContext context;
    context.owner = owner;
    context.on_stop = flag_member(value, "go_on") ? OnStop::go_on : OnStop::end;
    for (const auto& [name, member] : paths_of_context()) context.*member = text_member(value, name);
    for (const auto& [name, member] : texts_of_context()) context.*member = text_member(value, name);
    return context;
}

Result<HookPhase> phase_in(const json& question) {
    const std::string name = text_member(question, "phase");
    for (const HookPhase phase : {HookPhase::pre_update, HookPhase::post_update, HookPhase::ready}) {
        if (to_string(phase) == name) return phase;
    }
    return Error{ErrorCode::unsupported, "the agent does not know hooks of the phase " + name, {}};
}

Result<json> files_of(HookPhase phase, const HookSettings& settings) {
    GUP_TRY(const auto hooks, find_hooks(phase, settings, {}, {}));
    json files = json::array();
    for (const Hook& hook : hooks) files.push_back(hook.file.string());
    return files;
}

Status check_operators(HookPhase phase, const fs::path& file, const HookSettings& settings) {
    GUP_TRY(const auto hooks, find_hooks(phase, settings, {}, {}));
    const auto is_it = [&](const Hook& hook) { return hook.file == file; };
    if (std::any_of(hooks.begin(), hooks.end(), is_it)) return {};
    return Error{ErrorCode::permission, fmt::format("{} is not a hook of the operator's", file.string()), {}};
}

// The operator's hooks run as the agent and trust what they are told.
Status check_told(const HookContext& context, const ProgramRights& rights) {
    const auto& known = rights.connectors;
    const bool is_its_own = std::find(known.begin(), known.end(), context.connector) != known.end();
    const auto is_known_place = [&](const fs::path& path) {
        const auto is_around = [&](const fs::path& folder) { return path == folder || is_below(path, folder); };
        return path.empty() || (path == path.lexically_normal() &&
                                std::any_of(rights.folders.begin(), rights.folders.end(), is_around));
    };
    for (const auto& [name, member] : paths_of_context()) {
        const bool is_told = member != &HookContext::virtualenv;  // only a connector's own hooks have it
        if (is_told && !is_known_place(context.*member)) {
            return Error{
                ErrorCode::permission, fmt::format("{} is not the connector's place", (context.*member).string()), {}};
        }
    }
    const auto is_plain = [](const std::string& text) {
        return std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < ' '; });
    };
    const bool are_plain = is_plain(context.from) && is_plain(context.to) && is_plain(context.generation);
    if (is_its_own && are_plain) return {};
    return Error{ErrorCode::permission, "a hook of the operator's for another connector", {}};
}

Result<json> result_json(const Result<std::vector<HookResult>>& results) {
    if (!results.ok()) return results.error();
    const HookResult& one = results->front();
    return json{{"name", one.name}, {"ms", one.duration.count()}, {"last_line", one.last_line}};
}

}  // namespace

Result<std::vector<Hook>> ask_operators_hooks(HookPhase phase) {
    GUP_TRY(const json answer, ask_agent("hooks", {{"act", "find"}, {"phase", to_string(phase)}}));
    std::vector<Hook> hooks;
    for (const json& file : answer) hooks.push_back({file.get<std::string>(), HookUser::agent});
    return hooks;
}

Result<HookResult> ask_run_hook(HookPhase phase, const Hook& hook, const HookContext& context, Milliseconds timeout) {
    GUP_TRY(const json answer, ask_agent("hooks", {{"act", "run"},
                                                   {"phase", to_string(phase)},
                                                   {"file", hook.file.string()},
                                                   {"as_owner", hook.user == HookUser::owner},
                                                   {"timeout", timeout.count()},
                                                   {"context", context_json(context)}}));
    return HookResult{text_member(answer, "name"), Milliseconds{number_member(answer, "ms")},
                      text_member(answer, "last_line")};
}

Result<ProcessResult> ask_run_command(const ProcessRequest& request) {
    json variables = json::object();
    for (const auto& [name, value] : request.set_env) variables[name] = value;
    GUP_TRY(const json answer, ask_agent("command", {{"argv", request.argv},
                                                     {"set_env", std::move(variables)},
                                                     {"unset_env", request.unset_env},
                                                     {"folder", request.folder.string()},
                                                     {"timeout", request.timeout.count()},
                                                     {"output_limit", request.output_limit}}));
    return ProcessResult{static_cast<int>(number_member(answer, "exit_code")), text_member(answer, "out"),
                         text_member(answer, "err"), Milliseconds{number_member(answer, "ms")}};
}

Result<WorkerTask> answer_hook_question(const ProgramRights& rights, const json& question) {
    GUP_TRY(const HookPhase phase, phase_in(question));
    if (text_member(question, "act") == "find") {
        return aside_task([phase, settings = rights.hooks] { return files_of(phase, settings); });
    }
    const std::int64_t longest = std::max<std::int64_t>(rights.hooks.timeout.count(), 1);
    const Milliseconds timeout{std::clamp<std::int64_t>(number_member(question, "timeout"), 1, longest)};
    const Hook hook{text_member(question, "file"),
                    flag_member(question, "as_owner") ? HookUser::owner : HookUser::agent};
    HookContext details = context_from(member_of(question, "context"), rights.owner);
    details.operators_folder = rights.hooks.folder;
    if (hook.user == HookUser::agent) GUP_CHECK(check_told(details, rights));
    auto run = [=, settings = rights.hooks]() -> Result<json> {
        if (hook.user == HookUser::agent) GUP_CHECK(check_operators(phase, hook.file, settings));
        return result_json(run_hooks(phase, {hook}, details, timeout));
    };
    if (hook.user == HookUser::agent) return aside_task(std::move(run));
    return aside_task(std::move(run), rights.sandbox);
}

Result<WorkerTask> answer_command_question(const ProgramRights& rights, const json& question) {
    ProcessRequest request;
    request.argv = text_members(question, "argv");
    if (request.argv.empty()) return Error{ErrorCode::invalid_input, "a command without a program", {}};
    for (const auto& [name, value] : member_of(question, "set_env").items()) {
        if (value.is_string()) request.set_env.emplace_back(name, value.get<std::string>());
    }
    request.unset_env = text_members(question, "unset_env");
    request.folder = text_member(question, "folder");
    request.timeout = Milliseconds{std::clamp<std::int64_t>(number_member(question, "timeout"), 1, longest_command_ms)};
    request.survivors = Survivors::killed;
    constexpr std::int64_t most_output = 256 << 10;
    request.output_limit =
        static_cast<std::size_t>(std::clamp<std::int64_t>(number_member(question, "output_limit"), 0, most_output));
    auto run = [request]() -> Result<json> {
        GUP_TRY(const ProcessResult result, run_process(request));
        return json{
            {"exit_code", result.exit_code}, {"out", result.out}, {"err", result.err}, {"ms", result.duration.count()}};
    };
    return aside_task(std::move(run), rights.sandbox);
}

}  // namespace gup

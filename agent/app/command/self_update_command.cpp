// SPDX-License-Identifier: Apache-2.0
#include "app/command/self_update_command.hpp"

#include <fmt/format.h>

#include <build_info.hpp>
#include <nlohmann/json.hpp>

#include "app/command/agent_update.hpp"
#include "app/command/commands.hpp"
#include "app/command/run_lock.hpp"
#include "app/config/network.hpp"
#include "app/output/output.hpp"
#include "app/output/print_text.hpp"
#include "selfupdate/trial.hpp"
#include "update/supervise/check.hpp"
#include "update/supervise/run.hpp"
#include "util/printable.hpp"

namespace gup {
namespace {

struct NewsResult {
    const char* name;  // in --json
    ExitCode code;
};

NewsResult result_of(AgentNews::Kind kind) {
    switch (kind) {
        case AgentNews::Kind::available:
            return {"available", ExitCode::something_to_do};
        case AgentNews::Kind::refused:
            return {"refused", ExitCode::connector_failed};
        case AgentNews::Kind::unreachable:
            return {"unreachable", ExitCode::nothing_reachable};
        case AgentNews::Kind::off:
        case AgentNews::Kind::up_to_date:
            break;
    }
    return {"up_to_date", ExitCode::success};
}

ExitCode print_news(const CommandLine& line, const AgentNews& news) {
    const NewsResult result = result_of(news.kind);
    if (line.form == OutputForm::json) {
        print_json({{"schema", json_schema},
                    {"version", build_info::version},
                    {"result", result.name},
                    {"offered", news.version},
                    {"message", news.message},
                    {"hint", news.hint},
                    {"exit_code", static_cast<int>(result.code)}});
        return result.code;
    }
    if (news.kind == AgentNews::Kind::available) {
        print_text("gup-agent {}: version {} is available\n", build_info::version, news.version);
    } else if (news.message.empty()) {
        print_text("gup-agent {}: up to date\n", build_info::version);
    } else {
        print_text("gup-agent {}: {}\n", build_info::version, printable(news.message));
        if (!news.hint.empty()) print_text("hint: {}\n", printable(news.hint));
    }
    return result.code;
}

// For a person, a new agent checks every connector, which changes nothing, and is then installed.
ExitCode prove_itself(const CommandLine& line, const UpdateSettings& settings, AgentUpdate& agent) {
    const auto looked = run_check(settings, {}, {});
    if (!looked.ok()) return report_error(line, looked.error());
    if (auto finished = agent.finish_trial(); !finished.ok()) {
        return print_news(line, {AgentNews::Kind::refused, std::string(build_info::version), finished.error().message,
                                 finished.error().hint});
    }
    return print_news(line, {});
}

}  // namespace

ExitCode self_update_command(const CommandLine& line, const Config& config) {
    const bool only_check = line.update_mode == UpdateMode::check;
    if (config.self_update.url.empty()) {
        return report_error(line, {ErrorCode::invalid_input, "self-update.url is not set",
                                   "set url and public-keys in [self-update] of gup-agent.toml"});
    }
    if (only_check) {
        return print_news(line, AgentUpdate(line, config).look(*agent_http(config)));
    }
    auto lock = take_turn_lock(config.update);
    if (!lock.ok()) return report_error(line, lock.error());
    AgentUpdate agent(line, config);
    if (agent.on_trial()) return prove_itself(line, worker_settings(config, {DataBudget::Keep::yes, true}), agent);
    return print_news(line, agent.update(*agent_http(config, agent.while_waiting()), *lock));
}

}  // namespace gup

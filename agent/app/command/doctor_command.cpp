// SPDX-License-Identifier: Apache-2.0
#include "app/command/doctor_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/command/commands.hpp"
#include "app/config/network.hpp"
#include "app/output/display.hpp"
#include "app/output/output.hpp"
#include "app/output/print_text.hpp"
#include "build_info.hpp"
#include "doctor/connector_survey.hpp"
#include "doctor/findings.hpp"
#include "doctor/gateway_checks.hpp"
#include "util/log/log.hpp"
#include "util/printable.hpp"

namespace gup {
namespace {

using nlohmann::json;

// A person waits for the answer: a remote that does not answer soon will not answer at night.
void be_impatient(Config& config) {
    config.http.connect_timeout = std::min(config.http.connect_timeout, Milliseconds{10'000});
    config.http.low_speed_time = std::min(config.http.low_speed_time, Milliseconds{15'000});
    config.http.total_timeout = std::min(config.http.total_timeout, Milliseconds{60'000});
    config.update.patience = std::min(config.update.patience, Milliseconds{10'000});
    config.retry.retries = 0;
}

void diagnose_config(const LenientConfig& loaded, Diagnosis& diagnosis) {
    diagnosis.look();
    for (const Error& problem : loaded.problems) {
        const fs::path& file = loaded.config.file;
        diagnosis.find({"configuration", file.empty() ? "configuration" : file.string(), problem.message,
                        "the agent does not start: every run ends with exit code 2",
                        problem.hint.empty() ? "gup-agent.toml(5) and the README list the settings" : problem.hint});
    }
    for (const Error& warning : loaded.config.warnings) {
        diagnosis.find(
            {"configuration", "environment", warning.message, "the setting has its other value", warning.hint});
    }
}

GatewayQuestions questions_of(const Config& config, const ConfigSources& sources) {
    GatewayQuestions questions;
    questions.built = build_info::commit_time;
    questions.build = std::string(build_info::platform);
    questions.executable = sources.executable;
    questions.config_file = config.file;
    questions.ca_file = config.http.ca_file;
    questions.log_size = config.log.max_size;
    questions.wants_self_update = !config.self_update.url.empty();
    questions.wants_reboot = config.reboot.wish != RebootWish::never;
    questions.reboot_program = config.reboot.command.front();
    questions.schedules = schedules_of(config);
    questions.longest_delay = std::chrono::ceil<std::chrono::seconds>(config.delay.longest).count();
    return questions;
}

// The connectors, then the gateway. Fails for an unknown name.
Status examine(const Config& config, const GatewayQuestions& questions, const std::vector<std::string>& names,
               Diagnosis& diagnosis) {
    const UpdateSettings settings = worker_settings(config, {});
    ConnectorSurvey survey;
    if (is_folder(settings.root)) {
        GUP_TRY(survey, check_connectors(settings, names, diagnosis));
    }
    check_gateway(settings, questions, std::move(survey), *agent_http(config), diagnosis);
    return {};
}

void print_diagnosis(const Diagnosis& diagnosis) {
    for (const Finding& finding : diagnosis.findings) {
        print_text("{}: {}\n  tonight: {}\n  hint: {}\n", printable(finding.subject), printable(finding.what),
                   printable(finding.why), printable(finding.hint));
    }
    for (const std::string& note : diagnosis.notes) print_text("note: {}\n", printable(note));
    const std::size_t count = diagnosis.findings.size();
    if (count == 0) {
        print_text("{} checks: no problem found\n", diagnosis.checks);
    } else {
        print_text("{} checks: {} finding{}\n", diagnosis.checks, count, count == 1 ? "" : "s");
    }
}

void print_document(const Diagnosis& diagnosis, ExitCode code) {
    json findings = json::array();
    for (const Finding& finding : diagnosis.findings) {
        findings.push_back({{"check", finding.check},
                            {"subject", finding.subject},
                            {"what", finding.what},
                            {"why", finding.why},
                            {"hint", finding.hint}});
    }
    print_json({{"schema", json_schema},
                {"checks", diagnosis.checks},
                {"findings", std::move(findings)},
                {"notes", diagnosis.notes},
                {"exit_code", static_cast<int>(code)}});
}

}  // namespace

ExitCode doctor_command(const CommandLine& line, const ConfigSources& sources) {
    LenientConfig loaded = load_config_leniently(sources);
    be_impatient(loaded.config);
    open_log(line, loaded.config);
    Diagnosis diagnosis;
    diagnose_config(loaded, diagnosis);
    const GatewayQuestions questions = questions_of(loaded.config, sources);
    if (auto status = examine(loaded.config, questions, line.names, diagnosis); !status.ok()) {
        return report_error(line, status.error());
    }
    const ExitCode code = diagnosis.findings.empty() ? ExitCode::success : ExitCode::connector_failed;
    if (line.form == OutputForm::json) {
        print_document(diagnosis, code);
    } else {
        print_diagnosis(diagnosis);
    }
    return code;
}

}  // namespace gup

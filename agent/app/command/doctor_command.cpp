// SPDX-License-Identifier: Apache-2.0
#include "app/command/doctor_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>

#include "app/command/commands.hpp"
#include "app/config/network.hpp"
#include "app/output/asking_line.hpp"
#include "app/output/display.hpp"
#include "app/output/output.hpp"
#include "app/output/print_text.hpp"
#include "app/output/table.hpp"
#include "build_info.hpp"
#include "doctor/connector_survey.hpp"
#include "doctor/findings.hpp"
#include "doctor/gateway_checks.hpp"
#include "util/log/log.hpp"
#include "util/printable.hpp"
#include "util/sys/signals.hpp"

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
                        problem.hint.empty() ? "gup-agent.toml(5) lists the settings" : problem.hint});
    }
    for (const Error& warning : loaded.config.warnings) {
        diagnosis.find({"configuration", "environment", warning.message,
                        "that variable changes nothing; file and defaults apply", warning.hint});
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

// The connectors, then the gateway. Fails for an unknown name. Ends early after a stop request.
Status examine(const Config& config, const GatewayQuestions& questions, const CommandLine& line, Diagnosis& diagnosis) {
    const UpdateSettings settings = worker_settings(config, {});
    ConnectorSurvey survey;
    if (is_folder(settings.root)) {
        AskingLine asking(line);
        GUP_TRY(survey, check_connectors(settings, line.names, asking.events(), diagnosis));
    }
    if (stop_requested()) return {};
    check_gateway(settings, questions, std::move(survey), *agent_http(config), diagnosis);
    return {};
}

void print_finding(const Finding& finding, std::size_t columns, bool colour) {
    constexpr std::size_t indent = 4;
    const auto print = [&](const std::string& text) { print_text("{}\n", wrapped(text, columns, indent)); };
    print(fmt::format("{}: {}", painted(printable(finding.subject), Tone::strong, colour),
                      painted(printable(finding.what), Tone::caution, colour)));
    print(fmt::format("  tonight: {}", printable(finding.why)));
    print(fmt::format("  {} {}", painted("hint:", Tone::hint, colour), printable(finding.hint)));
}

void print_diagnosis(const CommandLine& line, const Diagnosis& diagnosis) {
    constexpr std::size_t note_indent = 6;
    const std::size_t columns = columns_of(STDOUT_FILENO);
    const bool colour = wants_colour(line, STDOUT_FILENO);
    for (const Finding& finding : diagnosis.findings) print_finding(finding, columns, colour);
    for (const std::string& note : diagnosis.notes) {
        print_text("{}\n", wrapped("note: " + printable(note), columns, note_indent));
    }
    const std::size_t count = diagnosis.findings.size();
    const std::string found = fmt::format("{} finding{}", count, count == 1 ? "" : "s");
    if (stop_requested()) {
        print_text("{}\n",
                   wrapped(painted(fmt::format("interrupted after {} checks: {} so far", diagnosis.checks, found),
                                   Tone::caution, colour),
                           columns, 2));
    } else if (count == 0) {
        print_text("{} checks: {}\n", diagnosis.checks, painted("no problem found", Tone::good, colour));
    } else {
        print_text("{} checks: {}\n", diagnosis.checks, painted(found, Tone::caution, colour));
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
                {"interrupted", stop_requested()},
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
    if (auto status = examine(loaded.config, questions, line, diagnosis); !status.ok()) {
        return report_error(line, status.error());
    }
    ExitCode code = diagnosis.findings.empty() ? ExitCode::success : ExitCode::connector_failed;
    if (stop_requested()) code = interrupted_by(stop_signal());
    if (line.form == OutputForm::json) {
        print_document(diagnosis, code);
    } else {
        print_diagnosis(line, diagnosis);
    }
    return code;
}

}  // namespace gup

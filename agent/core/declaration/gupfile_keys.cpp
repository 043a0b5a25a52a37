// SPDX-License-Identifier: Apache-2.0
#include "core/declaration/gupfile_keys.hpp"

#include <fmt/format.h>

#include "core/declaration/gupfile_pin.hpp"
#include "core/declaration/gupfile_values.hpp"
#include "core/declaration/unit_name.hpp"
#include "core/selection/code_selection.hpp"

namespace gup {
namespace {

using detail::leads_out;
using detail::quoted;
using Value = const GupfileValue&;

constexpr std::chrono::seconds a_day{24 * 60 * 60};
constexpr std::string_view inner_path = R"(^(?!\s*/)(?!(.*/)?\s*\.\.\s*(/|$)).*\S)";
constexpr std::string_view command_example = R"("bin/healthcheck")";

Error refusal(std::string message, std::string hint) {
    return {ErrorCode::invalid_input, std::move(message), std::move(hint)};
}

// A path that stays in the connector's folder.
Status check_path(const std::string& path, std::string_view example) {
    if (!leads_out(path)) return {};
    return refusal(fmt::format("{} is outside of the connector's folder", quoted(path)),
                   fmt::format("write relative paths: {}", example));
}

Status set_path(std::string& target, const std::string& path, std::string_view example) {
    Status status = check_path(path, example);
    if (status.ok()) target = path;
    return status;
}

Status set_branch(Gupfile& gupfile, Value value) {
    if (!detail::is_branch_name(value.text)) {
        return refusal(fmt::format("{} is not the name of a branch", quoted(value.text)),
                       "write it as `git branch` shows it: branch = \"main\"");
    }
    gupfile.branch = value.text;
    return {};
}

Status set_layout(Gupfile& gupfile, Value value) {
    gupfile.layout = value.text == "releases" ? Layout::releases : Layout::in_place;
    return {};
}

Status set_service(Gupfile& gupfile, Value value) {
    const auto unit = unit_name(value.text);
    if (!unit) {
        return refusal(fmt::format("{} is not the name of a service", quoted(value.text)), unit_name_hint(value.text));
    }
    gupfile.service = *unit;
    return {};
}

Status set_persist(Gupfile& gupfile, Value value) {
    Status status = check_path(value.text, R"(persist = ["data", "settings.json"])");
    if (status.ok()) gupfile.persist.push_back(value.text);
    return status;
}

Status set_exclude(Gupfile& gupfile, Value value) {
    const auto pattern = ExcludePattern::parse(value.text);
    if (!pattern.ok()) return pattern.error();
    gupfile.exclude.push_back(value.text);
    return {};
}

Status set_requirements(Gupfile& gupfile, Value value) {
    constexpr std::string_view example = R"(requirements = "requirements.txt")";
    const std::string_view path = value.text;
    if (path.ends_with('/')) {
        return refusal(fmt::format("{} is a folder, and must be a file", quoted(path)),
                       fmt::format("write {}", example));
    }
    if (path == gupfile_name || path == "./gupfile") {
        return refusal("'requirements' names the gupfile itself",
                       fmt::format("leave it out, or name another file: {}", example));
    }
    return set_path(gupfile.requirements, value.text, example);
}

Status set_command(Gupfile& gupfile, Value value) {
    const std::string& program = value.words.front();
    if (!program.starts_with('/') && leads_out(program)) {
        return refusal(
            fmt::format("{} is outside of the connector's folder", quoted(program)),
            fmt::format("write a path in that folder, an absolute one, or the name of a program: command = {}",
                        command_example));
    }
    gupfile.health.command = value.words;
    return {};
}

Status set_probe(Gupfile& gupfile, Value value) {
    if (!detail::is_probe_url(value.text)) {
        return refusal(fmt::format("{} is not the URL of a probe", quoted(value.text)),
                       R"(write http = "http://127.0.0.1:8080/health")");
    }
    gupfile.health.http = value.text;
    return {};
}

// Absolute paths are allowed: /run is empty after a crash.
Status set_busy(Gupfile& gupfile, Value value) {
    if (!value.text.starts_with('/') && leads_out(value.text)) {
        return refusal(fmt::format("{} is outside of the connector's folder", quoted(value.text)),
                       R"(write a path in that folder, or an absolute one: busy = "/run/meter/busy")");
    }
    gupfile.update.busy = value.text;
    return {};
}

GupfileTable connector_table() {
    using enum GupfileType;
    return {"connector",
            "The connector's code, its service and its layout.",
            {
                {{"branch", text, R"("main")", "The branch to follow. Default: the branch that is checked out.",
                  R"(^\s*[^\s~^:?*\[\\-][^\s~^:?*\[\\]*\s*$)"},
                 set_branch},
                {{"layout",
                  text,
                  R"("in-place")",
                  "The layout on disk. gup-agent adopt switches to \"releases\". Default: \"in-place\".",
                  {},
                  {"in-place", "releases"}},
                 set_layout},
                {{"service", text, R"("smart-meter.service")",
                  "The systemd service in which the connector runs. It is restarted after an update.",
                  R"(^\s*[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]*\s*$)"},
                 set_service},
                {{"persist", texts, R"(["data", "settings.json"])",
                  "Paths that the connector writes. In the releases layout all releases share them.", inner_path},
                 set_persist},
                {{"requirements", text, R"("requirements.txt")",
                  "The file of the repository that declares the packages: requirements.txt, pylock.toml, uv.lock or "
                  "poetry.lock.",
                  inner_path},
                 set_requirements},
                {{"exclude", texts, R"(["Makefile", "docs/"])", "Patterns of files that a release does not get.",
                  R"(^(?!\s*!)(?!(.*/)?\s*\.\.\s*(/|$)).*\S)"},
                 set_exclude},
            }};
}

GupfileTable hooks_table() {
    using enum GupfileType;
    return {
        "hooks",
        "Programs of the repository that run before and after an update.",
        {
            {{"pre-update", text, R"("scripts/pre.sh")",
              "Runs before the new code is activated. If it fails, the update is blocked.", inner_path},
             [](Gupfile& g, Value v) { return set_path(g.pre_update, v.text, "pre-update = \"scripts/pre.sh\""); }},
            {{"post-update", text, R"("scripts/post.sh")",
              "Runs after the new code is activated. If it fails, the update is rolled back.", inner_path},
             [](Gupfile& g, Value v) { return set_path(g.post_update, v.text, "post-update = \"scripts/post.sh\""); }},
        }};
}

Status keep_time(std::chrono::milliseconds& target, Value value) {
    target = value.time;
    return {};
}

GupfileTable health_table() {
    using enum GupfileType;
    return {
        "health",
        "Checks after an update that the connector runs. If one does not succeed in time, the update is rolled back.",
        {
            {{"command", words, command_example,
              "A program and its arguments. Its exit code 0 means that the connector is healthy."},
             set_command},
            {{"http", text, R"("http://127.0.0.1:8080/health")",
              "A URL that answers with a status of 200 to 299 if the connector is healthy.",
              R"(^\s*[Hh][Tt][Tt][Pp][Ss]?://[^\s/]\S*\s*$)"},
             set_probe},
            {{"within",
              time,
              R"("60s")",
              "The time in which all checks must succeed. Default: \"60s\".",
              {},
              {},
              a_day},
             [](Gupfile& g, Value v) { return keep_time(g.health.within, v); }},
            {{"every", time, R"("5s")", "The pause between two tries. Default: \"5s\".", {}, {}, a_day},
             [](Gupfile& g, Value v) { return keep_time(g.health.every, v); }},
            {{"timeout", time, R"("20s")", "The longest time for one try. Default: \"20s\".", {}, {}, a_day},
             [](Gupfile& g, Value v) { return keep_time(g.health.timeout, v); }},
        }};
}

GupfileTable update_table() {
    using enum GupfileType;
    return {"update",
            "The times at which a scheduled run may update the connector.",
            {
                {{"window", text, R"("02:00-05:00")", "Local times, several with commas."},
                 [](Gupfile& g, Value v) { return set_hours(g.update.window, v.text); }},
                {{"days", text, R"("mon-fri")", "Days of the week on which a window begins, as in crontab(5)."},
                 [](Gupfile& g, Value v) { return set_days(g.update.window, v.text); }},
                {{"busy", text, R"("/run/meter/busy")",
                  "A path, absolute or in the connector's folder. An update waits while the file exists."},
                 set_busy},
                {{"ready", text, R"("bin/may-update")",
                  "A program in the connector's folder. Its exit code 0 allows an update.", inner_path},
                 [](Gupfile& g, Value v) { return set_path(g.update.ready, v.text, "ready = \"bin/may-update\""); }},
                {{"at-most",
                  time,
                  R"("7d")",
                  "After this time, busy and ready are ignored. Default: \"7d\".",
                  {},
                  {},
                  365 * a_day},
                 [](Gupfile& g, Value v) { return keep_time(g.update.at_most, v); }},
            }};
}

Status set_services_folder(Gupfile& gupfile, Value value) {
    return set_path(gupfile.services.folder, value.text, R"(folder = "services")");
}

GupfileTable services_table() {
    using enum GupfileType;
    return {"services",
            "The stacks of the repository: folders with a compose file, whose containers run as units of systemd.",
            {
                {{"folder", text, R"("services")", "The folder whose folders are the stacks. Default: \"services\".",
                  inner_path},
                 set_services_folder},
                {{"profiles", texts, R"(["gateway"])", "The profiles of compose that are enabled."},
                 [](Gupfile& g, Value v) {
                     g.services.profiles.push_back(v.text);
                     return Status{};
                 }},
                {{"names",
                  text,
                  R"("prefixed")",
                  "\"prefixed\": units and containers are named STACK-SERVICE. \"bare\": SERVICE. Default: "
                  "\"prefixed\".",
                  {},
                  {"prefixed", "bare"}},
                 [](Gupfile& g, Value v) {
                     g.services.has_bare_names = v.text == "bare";
                     return Status{};
                 }},
                {{"unset",
                  text,
                  R"("error")",
                  "A variable without a value: \"error\", or \"empty\" as for docker compose. Default: \"error\".",
                  {},
                  {"error", "empty"}},
                 [](Gupfile& g, Value v) {
                     g.services.unset_is_empty = v.text == "empty";
                     return Status{};
                 }},
                {{"images",
                  text,
                  R"("pinned")",
                  "\"pinned\": the digest of a tag is looked up when the revision changes. \"nightly\": in each run. "
                  "Default: \"pinned\".",
                  {},
                  {"pinned", "nightly"}},
                 [](Gupfile& g, Value v) {
                     g.services.is_nightly = v.text == "nightly";
                     return Status{};
                 }},
            }};
}

}  // namespace

const std::vector<GupfileTable>& gupfile_tables() {
    static const std::vector<GupfileTable> tables{
        connector_table(),
        {"dependencies", "The packages of the connector's virtualenv: one exact version for each.", {}},
        hooks_table(),
        health_table(),
        update_table(),
        services_table(),
    };
    return tables;
}

const std::vector<GupfileKey>& gupfile_pin_keys() {
    using enum GupfileType;
    static const std::vector<GupfileKey> keys{
        {"version", text, R"("1.3.1")", "One exact version.", gupfile_version_pattern},
        {"source", text, R"("git+https://…")",
         "The git repository whose tag is the version. Default: the package index.",
         R"(^\s*git\+(https?|ssh|git|file)://\S+\s*$)"},
        {"extras", texts, R"(["socks"])", "Extras of the distribution.",
         R"(^\s*[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?\s*$)"},
        {"hashes", texts, R"(["sha256:…"])",
         "Hashes of the archives that may be installed. If one pin has hashes, every pin of the package index needs "
         "them.",
         R"(^\s*(sha256:[0-9A-Fa-f]{64}|sha384:[0-9A-Fa-f]{96}|sha512:[0-9A-Fa-f]{128})\s*$)"},
    };
    return keys;
}

}  // namespace gup

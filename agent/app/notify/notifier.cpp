// SPDX-License-Identifier: Apache-2.0
#include "app/notify/notifier.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "app/notify/notification.hpp"
#include "host/hooks.hpp"
#include "update/status_store.hpp"
#include "util/json.hpp"
#include "util/log/log.hpp"
#include "util/printable.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/environment.hpp"

namespace gup {
namespace {

using nlohmann::json;

constexpr std::size_t most_kept = 20;
constexpr std::size_t longest_kept = std::size_t{1} << 20U;
constexpr std::uint32_t private_folder = 0700;
constexpr std::uint32_t private_file = 0600;

fs::path kept_folder(const Config& config) {
    return config.update.state / "notify";
}

// The names of the kept messages, the oldest first.
std::vector<std::string> kept_messages(const Config& config) {
    auto names = list_folder(kept_folder(config)).value_or({});
    std::erase_if(names, [](const std::string& name) { return !name.ends_with(".json") || name.starts_with('.'); });
    std::sort(names.begin(), names.end());
    return names;
}

void warn(const Status& status, std::string_view act) {
    if (!status.ok())
        log::warning({}, log::with_hint(fmt::format("{}: {}", act, status.error().message), status.error().hint));
}

}  // namespace

fs::path motd_file(const fs::path& state) {
    return state / "motd";
}

Notifier::Notifier(const Config& config, RunFacts facts, Connect connect)
    : config_(config), connect_(std::move(connect)), facts_(std::move(facts)) {
    facts_.gateway = host_name();
    facts_.started = system_clock().now();
}

void Notifier::start() {
    if (config_.notify.url.empty() || !only_the_newest(config_.notify)) return;
    warn(send(start_request(config_.notify)), "the start of the run could not be told");
}

void Notifier::end(const RunReport& report, ExitCode code) {
    facts_.ended = system_clock().now();
    facts_.exit_code = code;
    const auto hooks = find_hooks(HookPhase::post_run, config_.update.hooks, {}, {});
    warn(hooks.ok() ? Status{} : Status(hooks.error()), "the post-run hooks were not run");
    const bool has_hooks = hooks.ok() && !hooks->empty();
    const bool tells = is_told(config_.notify, result_of(report));
    if (has_hooks || tells) {
        const json document = run_document(facts_, report);
        if (has_hooks) run_hooks(*hooks, document);
        if (tells) keep(document);
    }
    if (!config_.notify.url.empty()) send_kept();
    write_motd(report);
}

void Notifier::run_hooks(const std::vector<Hook>& hooks, const json& document) const {
    const fs::path file = config_.update.state / "run-report.json";
    const std::string text = document.dump(-1, ' ', false, json::error_handler_t::replace);
    if (const auto status = write_file_atomically(file, text, private_file); !status.ok()) {
        return warn(status, "the post-run hooks were not run");
    }
    HookContext context;
    context.of_run = {{"GUP_RUN_RESULT", text_member(document, "result")},
                      {"GUP_RUN_SUMMARY", text_member(document, "summary")},
                      {"GUP_RUN_EXIT_CODE", std::to_string(number_member(document, "exit_code"))},
                      {"GUP_RUN_REPORT", file.string()}};
    context.operators_folder = config_.update.hooks.folder;
    for (const Hook& hook : hooks) {
        const auto done = gup::run_hooks(HookPhase::post_run, {hook}, context, config_.update.hooks.timeout);
        if (!done.ok()) log::warning({}, log::with_hint(done.error().message, done.error().hint));
    }
}

void Notifier::keep(const json& document) const {
    const fs::path folder = kept_folder(config_);
    std::vector<std::string> names = kept_messages(config_);
    const std::size_t most = only_the_newest(config_.notify) ? 0 : most_kept - 1;
    for (std::size_t i = 0; i + most < names.size(); ++i) {
        (void)remove_tree(folder / names[i]);
        if (most > 0) log::warning({}, "a message about a run was dropped: nobody has accepted the last 20");
    }
    std::string text = document.dump(-1, ' ', false, json::error_handler_t::replace);
    if (text.size() > longest_kept) {
        json shorter = document;
        shorter["connectors"] = json::array();
        text = shorter.dump(-1, ' ', false, json::error_handler_t::replace);
    }
    Status status = make_folders(folder, private_folder);
    // Two runs in one second are told apart by the process.
    const std::string name = fmt::format("{:012}-{:010}.json", facts_.ended, ::getpid());
    if (status.ok()) status = write_file_atomically(folder / name, text, private_file);
    warn(status, "the run could not be told");
}

void Notifier::send_kept() {
    for (const std::string& name : kept_messages(config_)) {
        const fs::path file = kept_folder(config_) / name;
        const auto text = read_file(file, longest_kept);
        const auto document = text.ok() ? parse_json(*text) : Result<json>(text.error());
        if (!document.ok()) {  // a power cut cannot leave one, a person can
            log::warning({}, fmt::format("{} is not a message: it was removed", file.string()));
            (void)remove_tree(file);
            continue;
        }
        const Status sent = send(request_about(config_.notify, *document));
        if (!sent.ok()) {
            return warn(sent, fmt::format("{} was not told of the run, the next run tries again",
                                          shown_server(config_.notify)));
        }
        warn(remove_tree(file), "a message may be sent twice");
    }
}

Status Notifier::send(HttpRequest request) {
    if (!http_) http_ = connect_();
    const auto stream = http_->start(std::move(request));
    GUP_TRY(const HttpHead head, stream->head());
    if (head.status >= 200 && head.status < 300) return {};
    Error refused = refusal_of(head, shown_server(config_.notify));
    if (head.status >= 300 && head.status < 400) refused.hint = "set notify.url to the address that it redirects to";
    return refused;
}

// The state of all connectors, those that this run did not look at included.
void Notifier::write_motd(const RunReport& report) const {
    const fs::path file = motd_file(config_.update.state);
    if (result_of(report) != RunResult::failed && !is_there(file)) return;
    const auto document = read_status(status_file(config_.update));
    if (!document.ok()) return;
    std::vector<std::string> names;
    for (const ConnectorStatus& one : document->connectors) {
        if (is_failure(one.report.outcome)) names.push_back(one.report.name);
    }
    if (names.empty()) return warn(remove_tree(file), "the message of the day was not removed");
    constexpr std::size_t most_named = 3;
    std::string list;
    for (std::size_t i = 0; i < std::min(names.size(), most_named); ++i) list += (i > 0 ? ", " : "") + names[i];
    if (names.size() > most_named) list += ", …";
    const std::string text = fmt::format("gup-agent: {} {} (as of {}): {}; see gup-agent status\n", names.size(),
                                         names.size() == 1 ? "connector needs attention" : "connectors need attention",
                                         format_time(facts_.ended), printable(list));
    warn(write_file_atomically(file, text), "the message of the day was not written");
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "host/reboot.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "util/json.hpp"
#include "util/process/process.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/signals.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

using nlohmann::json;

constexpr int reboot_schema = 1;

fs::path reboot_file(const fs::path& state) {
    return state / "reboot.json";
}

json request_json(const RebootRequest& request) {
    json connectors = json::array();
    for (const RebootedConnector& one : request.connectors) {
        connectors.push_back({{"name", one.name}, {"from", one.from}, {"to", one.to}, {"generation", one.generation}});
    }
    const auto slash = request.boot_id.find('/');
    json document{{"schema", reboot_schema},
                  {"time", request.time},
                  {"boot_id", request.boot_id.substr(0, slash)},
                  {"connectors", std::move(connectors)}};
    if (!request.failure.empty()) document["failure"] = request.failure;
    // Apart, because agents before this one compare the kernel's id alone.
    if (slash != std::string::npos) document["first_process"] = request.boot_id.substr(slash + 1);
    return document;
}

RebootRequest parse_request(const json& document) {
    RebootRequest request;
    request.time = document.at("time").get<UnixTime>();
    request.boot_id = document.at("boot_id").get<std::string>();
    if (const auto start = document.value("first_process", std::string()); !start.empty()) {
        request.boot_id += "/" + start;
    }
    request.failure = document.value("failure", std::string());
    for (const json& one : document.at("connectors")) {
        request.connectors.push_back({one.at("name").get<std::string>(), one.value("from", ""), one.value("to", ""),
                                      one.value("generation", "")});
    }
    return request;
}

// proc(5): the 22nd field of /proc/1/stat, in clock ticks. The second field, a name in parentheses, may have spaces.
std::string start_of_first_process(const fs::path& proc) {
    constexpr int fields_between = 19;
    const auto text = read_file(proc / "1/stat");
    if (!text.ok()) return {};
    std::string_view rest(*text);
    rest.remove_prefix(std::min(rest.rfind(')'), rest.size()));
    for (int field = 0; field <= fields_between; ++field) {
        rest.remove_prefix(std::min(rest.find(' '), rest.size()));
        rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    }
    return std::string(rest.substr(0, rest.find_first_of(" \n")));
}

Error reboot_file_error(const fs::path& file, const std::string& reason) {
    return {ErrorCode::corrupt, fmt::format("{} cannot be read: {}", file.native(), reason),
            "remove it; the agent then forgets the requested reboot"};
}

}  // namespace

Result<std::string> read_boot_id(const fs::path& file) {
    GUP_TRY(const std::string text, read_file(file));
    std::string id(trimmed(text));
    if (id.empty()) return Error{ErrorCode::corrupt, fmt::format("{} is empty", file.native()), {}};
    return id;
}

Result<std::string> read_boot(const fs::path& proc) {
    GUP_TRY(std::string id, read_boot_id(proc / "sys/kernel/random/boot_id"));
    const std::string start = start_of_first_process(proc);
    return start.empty() ? id : id + "/" + start;
}

Status write_reboot_request(const fs::path& state, const RebootRequest& request) {
    GUP_CHECK(make_folders(state, 0755));
    // Bytes that are not UTF-8 must not prevent writing it.
    const std::string text = request_json(request).dump(1, ' ', false, json::error_handler_t::replace);
    return write_file_atomically(reboot_file(state), text + "\n");
}

Result<std::optional<RebootRequest>> read_reboot_request(const fs::path& state) {
    const fs::path file = reboot_file(state);
    const auto text = read_file(file, longest_json);
    if (!text.ok()) {
        if (text.error().code == ErrorCode::not_found) return std::optional<RebootRequest>();
        return text.error();
    }
    const auto parsed = parse_json(*text);
    if (!parsed.ok()) return reboot_file_error(file, parsed.error().message);
    try {
        const json& document = *parsed;
        if (document.value("schema", 0) != reboot_schema) return reboot_file_error(file, "it is not of schema 1");
        return std::optional(parse_request(document));
    } catch (const json::exception& exception) {
        return reboot_file_error(file, exception.what());
    }
}

Status forget_reboot_request(const fs::path& state) {
    const fs::path file = reboot_file(state);
    const auto info = file_info(file, Follow::no);
    if (info.ok() && !*info) return {};
    GUP_CHECK(remove_tree(file));
    return sync_folder(state);
}

RebootVerdict judge_reboot(const RebootRequest& request, const std::string& boot) {
    std::string_view before(request.boot_id);
    std::string_view now(boot);
    if (before.find('/') == before.npos || now.find('/') == now.npos) {
        before = before.substr(0, before.find('/'));
        now = now.substr(0, now.find('/'));
    }
    return before == now ? RebootVerdict::did_not_happen : RebootVerdict::happened;
}

Status reboot(const RebootSettings& settings) {
    if (!sleep_unless_stopped(settings.delay)) {
        return Error{ErrorCode::cancelled, "reboot cancelled by a signal", {}};
    }
    ProcessRequest request;
    request.argv = settings.command;
    request.timeout = Milliseconds{60'000};
    GUP_TRY(const ProcessResult result, run_process(request));
    if (result.success()) return {};
    const std::string_view words = last_line(result.err.empty() ? result.out : result.err);
    return Error{ErrorCode::failed,
                 fmt::format("{} ended with exit code {}{}{}", display_command(settings.command), result.exit_code,
                             words.empty() ? "" : ": ", words),
                 reboot_hint(::geteuid() == 0)};
}

std::string reboot_hint(bool is_root) {
    if (is_root) return "reboot the gateway; run.reboot-command in gup-agent.toml names another command";
    return "only root may reboot: set run.reboot-command = [\"sudo\", \"-n\", \"systemctl\", \"reboot\"] in "
           "gup-agent.toml, and allow it with visudo -f /etc/sudoers.d/gup-agent (USER ALL=(root) NOPASSWD: "
           "/usr/bin/systemctl reboot); a polkit rule for org.freedesktop.login1.reboot does the same";
}

}  // namespace gup

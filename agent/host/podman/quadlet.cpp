// SPDX-License-Identifier: Apache-2.0
#include "host/podman/quadlet.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <sstream>

#include "host/podman/podman_questions.hpp"
#include "host/podman/run_podman.hpp"
#include "util/printable.hpp"
#include "util/text.hpp"
#include "util/worker/worker.hpp"

namespace gup {
namespace {

// "---gw-web.service---"
std::optional<std::string> header_in(std::string_view line) {
    constexpr std::string_view mark = "---";
    if (line.size() <= 2 * mark.size() || !line.starts_with(mark) || !line.ends_with(mark)) return std::nullopt;
    const std::string_view name = line.substr(mark.size(), line.size() - 2 * mark.size());
    if (contains(name, " ") || !contains(name, ".")) return std::nullopt;
    return std::string(name);
}

std::map<std::string, std::string> units_in(const std::string& text) {
    std::map<std::string, std::string> units;
    std::string* current = nullptr;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (const auto name = header_in(line)) {
            current = &units[*name];
        } else if (current != nullptr) {
            *current += line + "\n";
        }
    }
    return units;
}

constexpr std::array<std::string_view, 7> source_types{".container", ".network", ".volume", ".kube",
                                                       ".pod",       ".build",   ".image"};

// The file that a complaint is about: the last word that ends like one.
std::string file_in(std::string_view line) {
    std::string file;
    for (std::string_view word : words_in(line)) {
        while (!word.empty() && contains(":,\"'`;)", word.substr(word.size() - 1))) word.remove_suffix(1);
        while (!word.empty() && contains("\"'`(", word.substr(0, 1))) word.remove_prefix(1);
        const bool is_file = std::any_of(source_types.begin(), source_types.end(),
                                         [&](std::string_view type) { return word.ends_with(type); });
        if (is_file) file = std::string(word.substr(word.rfind('/') + 1));
    }
    return file;
}

// "quadlet-generator[123]: Loading source unit file /…" is news, no complaint.
bool is_news(std::string_view line) {
    return contains(line, "Loading source unit file") || contains(line, "No files parsed from") ||
           contains(line, "No files to parse") || contains(line, "Adding ") || contains(line, "Removing ");
}

std::vector<QuadletComplaint> complaints_in(const std::string& text) {
    std::vector<QuadletComplaint> complaints;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        std::string_view words = trimmed(line);
        if (const auto end = words.find("]: ");
            words.starts_with("quadlet-generator[") && end != std::string_view::npos) {
            words.remove_prefix(end + 3);
        }
        if (words.empty() || is_news(words)) continue;
        complaints.push_back({file_in(words), printable(words)});
    }
    return complaints;
}

}  // namespace

Result<DryRun> quadlet_dry_run(const fs::path& folder, const Podman& podman) {
    if (in_worker()) return ask_dry_run(folder, podman);
    GUP_TRY(const PodmanFacts facts, check_podman(podman));
    ProcessRequest request;
    request.argv = {facts.quadlet, "--dryrun"};
    if (podman.user && podman.user->uid != 0) request.argv.emplace_back("--user");
    request.set_env.emplace_back("QUADLET_UNIT_DIRS", folder.native());
    request.timeout = podman.question_timeout;
    request.output_limit = 8U << 20U;
    const auto result = detail::run_as_user(std::move(request), podman);
    const std::string act = fmt::format("cannot check {} with {}", folder.native(), facts.quadlet);
    if (!result.ok()) return result.error().with_context(act);
    DryRun run{.units = units_in(result->out), .complaints = complaints_in(result->err)};
    if (result->success() || !run.complaints.empty()) return run;
    return Error{ErrorCode::failed, fmt::format("{}: it ended with exit code {}", act, result->exit_code), {}};
}

Status check_dry_run(const DryRun& run, const std::vector<std::string>& expected) {
    std::vector<std::string> missing;
    for (const std::string& unit : expected) {
        if (!run.units.contains(unit)) missing.push_back(unit);
    }
    if (missing.empty()) return {};
    std::vector<std::string> words;
    for (const QuadletComplaint& one : run.complaints) words.push_back(one.text);
    return Error{ErrorCode::invalid_input,
                 fmt::format("Quadlet of this machine makes no {}{}{}", fmt::join(missing, ", "),
                             words.empty() ? "" : ": ", fmt::join(words, "; ")),
                 "correct the key that it names, in x-quadlet of the compose file; podman-systemd.unit(5) has the keys "
                 "of this podman"};
}

}  // namespace gup

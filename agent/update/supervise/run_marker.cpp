// SPDX-License-Identifier: Apache-2.0
#include "update/supervise/run_marker.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "util/json.hpp"
#include "util/sys/directory.hpp"

namespace gup {
namespace {

using nlohmann::json;

constexpr std::uint64_t longest_marker = 1U << 20U;
constexpr std::size_t shown_names = 5;

fs::path marker_file(const fs::path& state) {
    return state / "run.json";
}

}  // namespace

Result<RunMarker> read_run_marker(const fs::path& state) {
    const auto text = read_file(marker_file(state), longest_marker);
    if (!text.ok() && text.error().code == ErrorCode::not_found) return RunMarker{};
    if (!text.ok()) return text.error();
    const json document = parse_json(*text).value_or(json());
    if (!document.is_object()) {
        return Error{ErrorCode::corrupt, marker_file(state).string() + " cannot be read",
                     "remove it: the next run writes a new one"};
    }
    return RunMarker{number_member(document, "begun"), text_members(document, "working_on"),
                     text_members(document, "last")};
}

Status write_run_marker(const fs::path& state, const RunMarker& marker) {
    const fs::path file = marker_file(state);
    if (marker.begun == 0 && marker.last.empty()) {
        if (::unlink(file.c_str()) == 0 || errno == ENOENT) return {};
        return errno_error(errno, "cannot remove " + file.string());
    }
    GUP_CHECK(make_folders(state, 0755));
    const json document{{"begun", marker.begun}, {"working_on", marker.working_on}, {"last", marker.last}};
    return write_file_atomically(file, document.dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
}

std::string describe_lost_run(const RunMarker& marker) {
    if (marker.begun == 0) return {};
    std::string text = fmt::format("the run that began at {} ended without its end", format_time(marker.begun));
    if (marker.working_on.empty()) return text;
    const std::size_t shown = std::min(marker.working_on.size(), shown_names);
    text += fmt::format(
        ", while it worked on {}",
        fmt::join(marker.working_on.begin(), marker.working_on.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
    if (shown < marker.working_on.size()) text += fmt::format(" and {} more", marker.working_on.size() - shown);
    return text;
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "app/services/release_tool.hpp"

#include <fmt/format.h>

#include <string_view>

#include "app/cli/command_table.hpp"

namespace gup {
namespace {

constexpr std::string_view tool_name = "release-tool";

std::string tool_help() {
    std::string text =
        "Usage: release-tool COMMAND [OPTIONS]\n\n"
        "gup-agent in the form of the release utility: the same commands, options and exit codes.\n\nCommands:\n";
    for (const CommandRow& row : command_rows()) {
        if (row.group != CommandGroup::containers || row.is_family || row.is_hidden) continue;
        text += fmt::format("  {:<20} {}\n", row.name.substr(std::string_view("services ").size()), row.summary);
    }
    return text + "\nrelease-tool COMMAND --help shows the options.\n";
}

}  // namespace

bool is_release_tool(const char* program) {
    const std::string_view path = program == nullptr ? std::string_view{} : std::string_view{program};
    return path.substr(path.rfind('/') + 1) == tool_name;
}

ReleaseToolCall release_tool_call(const std::vector<std::string>& words) {
    ReleaseToolCall call;
    const std::string first = words.empty() ? std::string() : words.front();
    call.arguments = {"gup-agent"};
    if (first == "--version" || first == "-v") {
        call.arguments.emplace_back("--version");
        return call;
    }
    if (words.empty() || first == "--help" || first == "-h") {
        call.text = tool_help();
        call.exit = words.empty() ? ExitCode::bad_usage : ExitCode::success;
    }
    call.arguments.emplace_back("services");
    call.arguments.insert(call.arguments.end(), words.begin(), words.end());
    return call;
}

}  // namespace gup

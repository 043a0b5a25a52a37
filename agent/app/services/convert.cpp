// SPDX-License-Identifier: Apache-2.0
#include "app/services/convert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/command/commands.hpp"
#include "app/output/message.hpp"
#include "app/output/output.hpp"
#include "app/output/print_text.hpp"
#include "app/services/problems.hpp"
#include "app/services/rendering.hpp"
#include "app/services/repository_files.hpp"
#include "util/printable.hpp"

namespace gup {
namespace {

Error not_there(const fs::path& path) {
    return {ErrorCode::not_found, fmt::format("there is no file {}", printable(path.string())),
            "name a compose file, or a folder with one"};
}

// The files are read from the root of the file system: extends and include may lead to any place.
Result<StackSource> source_of(const std::vector<fs::path>& given) {
    StackSource source;
    const RepositoryFiles files{"/"};
    for (const fs::path& path : given) {
        std::error_code failed;
        const fs::path real = fs::weakly_canonical(path, failed);
        if (failed || !is_there(path)) return not_there(path);
        const std::string relative = real.relative_path().string();
        if (!is_folder(real)) {
            if (!is_file(real)) return not_there(path);
            source.files.push_back(relative);
            continue;
        }
        const auto found = compose::find_compose_files(files, relative, real.filename().string());
        if (found.empty()) {
            return Error{ErrorCode::not_found, fmt::format("{} has no compose file", printable(path.string())),
                         "a compose file is called compose.yaml, docker-compose.yml or NAME.compose.yml"};
        }
        source.files.insert(source.files.end(), found.begin(), found.end());
    }
    const fs::path folder = fs::path(source.files.front()).parent_path();
    source.folder = folder.string();
    source.stack = folder.filename().string();
    if (source.stack.empty()) source.stack = "stack";
    return source;
}

nlohmann::json document_of(const RenderedStack& stack, ExitCode code) {
    nlohmann::json files = nlohmann::json::array();
    for (const quadlet::File& it : stack.set.files) files.push_back({{"name", it.name}, {"text", it.text}});
    return {{"schema", json_schema},
            {"files", stack.usable() ? files : nlohmann::json::array()},
            {"powers", stack.set.powers},
            {"problems", problems_document("/", stack.problems)},
            {"exit_code", static_cast<int>(code)}};
}

// As podlet: each unit behind a comment with its name.
void print_units(const RenderedStack& stack) {
    bool is_first = true;
    for (const quadlet::File& it : stack.set.files) {
        print_text("{}# {}\n{}", is_first ? "" : "\n---\n\n", it.name, it.text);
        is_first = false;
    }
}

}  // namespace

void tell_of_guess(const CommandLine& line, const TargetPodman& podman) {
    if (!podman.is_guess || line.form == OutputForm::json) return;
    print_remark(
        line, "there is no podman here: the units fit every podman from 4.4 on. --podman-version 5.4 gives newer keys");
}

ExitCode convert_command(const CommandLine& line) {
    std::vector<fs::path> given = line.services.files;
    if (given.empty()) given.emplace_back(".");
    const auto source = source_of(given);
    if (!source.ok()) return report_error(line, source.error());
    auto context = make_context(line.services, "/", fs::path(source->folder).parent_path().string());
    if (!context.ok()) return report_error(line, context.error());
    // Services of the stacks next to it may be named in depends_on.
    for (const std::string& it : stacks_of({.repository = "/", .folder = context->services, .name = {}})) {
        context->stacks.insert(it);
    }
    context->configs = fs::path("/") / source->folder / ".configs";
    const RenderedStack stack = render_stack(*context, line.services, *source);
    const ExitCode code = stack.usable() ? ExitCode::success : ExitCode::connector_failed;
    if (line.form == OutputForm::json) {
        print_json(document_of(stack, code));
        return code;
    }
    print_problems(line, "/", stack.problems);
    if (!stack.usable()) return code;
    tell_of_guess(line, context->podman);
    print_units(stack);
    return code;
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "app/command/version_command.hpp"

#include <fmt/format.h>

#include <build_info.hpp>
#include <nlohmann/json.hpp>

#include "app/command/commands.hpp"
#include "app/output/output.hpp"
#include "app/output/print_text.hpp"

namespace gup {

ExitCode version_command(const CommandLine& line) {
    if (line.form == OutputForm::text) {
        print_text("gup-agent {}\ncommit {}\ntarget {}\n", build_info::version, build_info::commit, build_info::target);
        for (const auto& library : build_info::libraries) print_text("{} {}\n", library.name, library.version);
        return ExitCode::success;
    }
    nlohmann::json libraries = nlohmann::json::object();
    for (const auto& library : build_info::libraries) libraries[std::string(library.name)] = library.version;
    print_json({{"schema", json_schema},
                {"version", build_info::version},
                {"commit", build_info::commit},
                {"target", build_info::target},
                {"libraries", std::move(libraries)}});
    return ExitCode::success;
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "app/command/author_commands.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "app/command/commands.hpp"
#include "app/demo/demo.hpp"
#include "app/init/init.hpp"
#include "app/output/output.hpp"
#include "app/output/print_text.hpp"
#include "app/reference/command_reference.hpp"
#include "app/reference/config_reference.hpp"
#include "app/reference/gupfile_reference.hpp"
#include "app/schema/config_schema.hpp"
#include "app/schema/gupfile_schema.hpp"
#include "core/declaration/gupfile.hpp"
#include "util/printable.hpp"

namespace gup {

ExitCode init_command(const CommandLine& line) {
    const InitRequest request{line.init.folder.empty() ? "." : line.init.folder, line.init.from};
    const auto made = make_gupfile(request);
    if (!made.ok()) return report_error(line, made.error());
    const Status written = write_new_gupfile(request.folder, made->text);
    if (!written.ok()) return report_error(line, written.error());
    const std::string file = (request.folder / gupfile_name).lexically_normal().string();
    if (line.form == OutputForm::json) {
        print_json({{"schema", json_schema},
                    {"file", file},
                    {"source", made->source},
                    {"notes", made->notes},
                    {"exit_code", static_cast<int>(ExitCode::success)}});
        return ExitCode::success;
    }
    print_text("wrote {}{}\n", printable(file),
               made->source.empty() ? " without pins" : fmt::format(" from {}", printable(made->source)));
    for (const std::string& note : made->notes) print_text("{}\n", printable(note));
    return ExitCode::success;
}

ExitCode schema_command(const CommandLine& line) {
    constexpr int indent = 2;
    const auto schema = line.schema_of == gupfile_name ? gupfile_schema() : config_schema();
    print_text("{}\n", schema.dump(indent));
    return ExitCode::success;
}

ExitCode demo_command(const CommandLine& line) {
    const auto status = run_demo({line.demo_folder, process_sources().executable});
    return status.ok() ? ExitCode::success : report_error(line, status.error());
}

ExitCode reference_command(const CommandLine& line) {
    const bool is_of_commands = line.reference_of == "commands";
    const std::string page = is_of_commands                      ? command_reference()
                             : line.reference_of == gupfile_name ? gupfile_reference()
                                                                 : config_reference();
    print_text("{}", page);
    return ExitCode::success;
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "app/command/completion_command.hpp"

#include "app/cli/completion/completion.hpp"
#include "app/output/print_text.hpp"
#include "connector/layout.hpp"
#include "connector/scan.hpp"
#include "core/declaration/gupfile.hpp"
#include "core/generation.hpp"
#include "util/printable.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/file.hpp"

namespace gup {
namespace {

void offer(const std::string& word) {
    if (!word.empty() && printable(word) == word) print_text("{}\n", word);
}

// Releases have the code, and so a gupfile, of their own.
void offer_ids(const fs::path& root, const std::string& name, bool wants_releases) {
    if (name.empty() || name.starts_with('.') || name.find('/') != std::string::npos) return;
    const fs::path folder = root / generations_name / name;
    const std::vector<std::string> ids = list_folder(folder).value_or({});
    for (const std::string& id : ids) {
        const bool is_release = is_file(folder / id / gupfile_name);
        if (is_file(folder / id / generation_record_name) && is_release == wants_releases) offer(id);
    }
}

}  // namespace

ExitCode completion_command(const CommandLine& line) {
    print_text("{}", completion_script(line.shell));
    return ExitCode::success;
}

ExitCode complete_command(const CommandLine& line, const ConfigSources& sources) {
    const Config config = load_config_leniently(sources).config;
    const fs::path& root = config.update.root;
    if (root.empty()) return ExitCode::success;
    const std::string name = line.names.empty() ? std::string{} : line.names.front();
    if (line.kind == "releases") {
        offer_ids(root, name, true);
    } else if (line.kind == "generations") {
        offer_ids(root, name, layout_at(root, name) == Layout::releases);
    } else if (const auto scan = scan_root(config.update); scan.ok()) {
        for (const Connector& one : scan->connectors) offer(one.name);
    }
    return ExitCode::success;
}

}  // namespace gup

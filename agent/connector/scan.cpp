// SPDX-License-Identifier: Apache-2.0
#include "connector/scan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/declaration/gupfile.hpp"
#include "core/declaration/nearest.hpp"
#include "core/generation.hpp"
#include "core/requirements/candidates.hpp"
#include "util/sys/directory.hpp"

namespace gup {
namespace {

class Scanner {
public:
    explicit Scanner(const ScanSettings& settings)
        : settings_(settings), root_(settings.root), agent_folder_(settings.agent_folder) {}

    Scan scan(const std::vector<std::string>& names) {
        std::error_code error;
        real_root_ = fs::canonical(root_, error);
        for (const std::string& name : names) look_at(name);
        return std::move(scan_);
    }

private:
    void look_at(const std::string& name) {
        if (name.starts_with('.')) return;
        const fs::path path = root_ / name;
        const auto entry = file_info(path, Follow::no);
        if (!entry.ok() || !*entry) return;
        std::error_code error;
        if ((*entry)->kind == FileKind::link) {
            const fs::path target = fs::canonical(path, error);
            if (error || !is_folder(target)) return;
            if (!is_below(target, real_root_)) {
                warn(name, fmt::format("is a link that leaves {}: {}", root_.string(), target.string()));
                return;
            }
        } else if ((*entry)->kind != FileKind::folder) {
            return;
        }
        if (!agent_folder_.empty() && fs::equivalent(path, agent_folder_, error)) return;
        if (has_gupfile(name, path)) keep(name, path);
    }

    bool has_gupfile(const std::string& name, const fs::path& path) {
        const auto gupfile = file_info(path / gupfile_name, Follow::no);
        if (!gupfile.ok()) {
            warn(name, gupfile.error().message);
            return false;
        }
        if (!*gupfile) return has_own_gupfile(name);
        if ((*gupfile)->kind == FileKind::regular) return true;
        warn(name, "its gupfile is not a regular file");
        return false;
    }

    // Of a repository without one, which was added, or which the operator names.
    [[nodiscard]] bool has_own_gupfile(const std::string& name) const {
        return settings_.requirements.contains(name) || is_file(root_ / generations_name / name / gupfile_name);
    }

    // A folder with two names would be updated twice at the same time.
    void keep(const std::string& name, const fs::path& path) {
        const auto folder = file_info(path);
        if (folder.ok() && *folder && !seen_.insert({(*folder)->device, (*folder)->inode}).second) {
            warn(name, "is another name for a connector's folder");
            return;
        }
        scan_.connectors.push_back({name, path});
    }

    void warn(const std::string& name, const std::string& what) {
        scan_.warnings.push_back(fmt::format("{} ignored: {}", name, what));
    }

    const ScanSettings& settings_;
    const fs::path& root_;
    const fs::path& agent_folder_;
    fs::path real_root_;
    Scan scan_;
    std::set<std::pair<std::uint64_t, std::uint64_t>> seen_;
};

void add_declared(const fs::path& root, const std::vector<DeclaredConnector>& declared, Scan& scan) {
    auto& connectors = scan.connectors;
    for (const DeclaredConnector& one : declared) {
        const auto is_same = [&](const Connector& connector) { return connector.name == one.name; };
        const auto found = std::find_if(connectors.begin(), connectors.end(), is_same);
        if (found == connectors.end()) {
            connectors.push_back({one.name, root / one.name, one});
        } else {
            found->declared = one;
        }
    }
    std::sort(connectors.begin(), connectors.end(),
              [](const Connector& a, const Connector& b) { return a.name < b.name; });
}

}  // namespace

Result<Scan> scan_root(const ScanSettings& settings) {
    auto names = list_folder(settings.root);
    if (!names.ok()) {
        return names.error()
            .with_context(fmt::format("cannot read root {}", settings.root.string()))
            .with_hint("set root in gup-agent.toml, or give --root");
    }
    Scan scan = Scanner(settings).scan(*names);
    add_declared(settings.root, settings.declared, scan);
    return scan;
}

std::vector<std::string> find_undeclared(const ScanSettings& settings, const Scan& scan) {
    std::vector<std::string> found;
    const std::vector<std::string> names = list_folder(settings.root).value_or({});
    for (const std::string& name : names) {
        const fs::path folder = settings.root / name;
        const auto is_it = [&](const Connector& connector) { return connector.name == name; };
        if (name.starts_with('.') || !is_folder(folder)) continue;
        if (std::any_of(scan.connectors.begin(), scan.connectors.end(), is_it)) continue;
        const bool declares = std::any_of(requirement_candidates.begin(), requirement_candidates.end(),
                                          [&](const char* file) { return is_file(folder / file); });
        if (declares) found.push_back(name);
    }
    return found;
}

Result<std::vector<Connector>> select_connectors(const Scan& scan, const std::vector<std::string>& names) {
    if (names.empty()) return scan.connectors;
    std::vector<Connector> selected;
    for (const Connector& connector : scan.connectors) {
        if (std::find(names.begin(), names.end(), connector.name) != names.end()) selected.push_back(connector);
    }
    for (const std::string& name : names) {
        const auto same = [&](const Connector& connector) { return connector.name == name; };
        if (std::any_of(selected.begin(), selected.end(), same)) continue;
        std::vector<std::string_view> known;
        for (const Connector& connector : scan.connectors) known.emplace_back(connector.name);
        const std::string near = nearest(name, known);
        return Error{ErrorCode::invalid_input, fmt::format("no connector is named {}", name),
                     near.empty() ? "a connector is a folder under root that contains a gupfile"
                                  : fmt::format("did you mean {}?", near)};
    }
    return selected;
}

}  // namespace gup

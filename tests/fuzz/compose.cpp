// SPDX-License-Identifier: Apache-2.0
// Compose files, which a committer writes. The input is up to three files: a line "%%%" begins the next one.
#include <algorithm>
#include <set>
#include <vector>

#include "core/compose/load.hpp"

#include "fuzz.hpp"

namespace gup::fuzz {
namespace {

using compose::Loaded;

// compose.yaml, .env, and what any other path has.
class ThreeFiles : public compose::Files {
public:
    explicit ThreeFiles(std::string_view input) {
        constexpr std::string_view separator = "\n%%%\n";
        for (std::string& text : texts_) {
            const std::size_t end = input.find(separator);
            text = input.substr(0, end);
            if (end == std::string_view::npos) return;
            input.remove_prefix(end + separator.size());
        }
    }
    [[nodiscard]] Result<std::optional<std::string>> read(const std::string& path) const override {
        return std::optional(path == "services/gw/compose.yaml" ? texts_[0]
                             : path.ends_with(".env")           ? texts_[1]
                                                                : texts_[2]);
    }
    [[nodiscard]] bool has(const std::string& /*path*/) const override { return true; }

private:
    std::string texts_[3];
};

void check_paths(const compose::Service& service) {
    for (const compose::Mount& mount : service.mounts) {
        check(mount.target.starts_with('/'), "a mount has an absolute target");
        if (!mount.in_repository) continue;
        check(!mount.source.starts_with('/'), "a path in the repository is relative");
        check(("/" + mount.source + "/").find("/../") == std::string::npos, "a path in the repository has no ..");
    }
}

void check_project(const Loaded& loaded) {
    std::set<std::string> networks;
    for (const compose::Network& one : loaded.project.networks) networks.insert(one.key);
    std::set<std::string> volumes;
    for (const compose::Volume& one : loaded.project.volumes) volumes.insert(one.key);
    for (const compose::Service& service : loaded.project.services) {
        check(!service.image.empty() || service.build, "a service has an image");
        check(service.name.find_first_of("/ \n@%") == std::string::npos, "a service's name is one of a unit");
        check(!service.networks.empty() || !service.network_mode.empty(), "a service has a network");
        for (const auto& use : service.networks) check(networks.contains(use.network), "a network is there");
        for (const auto& mount : service.mounts) {
            const bool is_named = mount.kind == compose::MountKind::volume && !mount.source.empty();
            check(!is_named || volumes.contains(mount.source), "a volume is there");
        }
        for (const auto& dependency : service.depends_on) {
            check(!dependency.stack.empty() || loaded.project.find(dependency.service) != nullptr,
                  "a dependency is there");
        }
        check(std::is_sorted(service.environment.begin(), service.environment.end(),
                             [](const auto& a, const auto& b) { return a.name < b.name; }),
              "variables are sorted");
        check_paths(service);
    }
}

}  // namespace

void take(std::string_view input) {
    const ThreeFiles files(input);
    for (const auto unset : {compose::UnsetVariable::error, compose::UnsetVariable::empty}) {
        compose::LoadOptions options;
        options.stack = "gw";
        options.folder = "services/gw";
        options.files = {"services/gw/compose.yaml"};
        options.env_files = {"services/gw/.env"};
        options.variables = {{"SET", "s"}, {"EMPTY", ""}};
        options.profiles = {"*"};
        options.unset = unset;
        options.may_build = true;
        const Loaded loaded = compose::load(files, options);
        for (const Problem& problem : loaded.problems) {
            check(!problem.message.empty() && !problem.file.empty(), "a problem has a message and a file");
            check((problem.line > 0) == (problem.column > 0), "a problem has line and column, or neither");
        }
        if (loaded.usable()) check_project(loaded);
    }
}

}  // namespace gup::fuzz

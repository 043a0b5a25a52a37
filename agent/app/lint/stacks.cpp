// SPDX-License-Identifier: Apache-2.0
#include "app/lint/stacks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "app/lint/folder_files.hpp"
#include "core/compose/load.hpp"
#include "util/sys/directory.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

class RepositoryFiles final : public compose::Files {
public:
    explicit RepositoryFiles(const fs::path& root) : root_(root), files_(root) {}

    [[nodiscard]] Result<std::optional<std::string>> read(const std::string& path) const override {
        auto text = files_.read(path);
        if (text.ok() && *text) texts_.insert_or_assign(path, **text);
        return text;
    }
    [[nodiscard]] bool has(const std::string& path) const override { return is_there(root_ / path); }

    [[nodiscard]] std::map<std::string, std::string> take() { return std::move(texts_); }

private:
    fs::path root_;
    FolderFiles files_;
    mutable std::map<std::string, std::string> texts_;
};

std::string in_folder(const std::string& folder, const std::string& name) {
    return folder.empty() ? name : fmt::format("{}/{}", folder, name);
}

// The stacks next to this one.
std::set<std::string> stacks_beside(const fs::path& repository, const std::string& folder) {
    std::set<std::string> names;
    const fs::path parent = repository / fs::path(folder).parent_path();
    auto found = list_folder(parent);
    if (!found.ok() || folder.empty()) return names;
    for (const std::string& name : *found) {
        if (name != fs::path(folder).filename() && !compose_file_of(parent / name).empty()) names.insert(name);
    }
    return names;
}

}  // namespace

bool is_compose_name(const std::string& name) {
    return (name.ends_with(".yaml") || name.ends_with(".yml")) && contains(name, "compose");
}

fs::path compose_file_of(const fs::path& folder) {
    if (!is_folder(folder)) return {};
    const auto found = compose::find_compose_files(RepositoryFiles(folder), "", folder.filename().string());
    return found.empty() ? fs::path() : folder / found.front();
}

ServicesSection services_section(const fs::path& repository) {
    const auto text = read_file(repository / gupfile_name, gupfile_limit);
    return text.ok() ? parse_gupfile(*text).services : ServicesSection{};
}

LintedStack lint_stack(const fs::path& repository, const std::string& file) {
    RepositoryFiles files(repository);
    compose::LoadOptions options;
    options.folder = fs::path(file).parent_path().generic_string();
    const fs::path absolute = fs::absolute(repository / options.folder / ".").lexically_normal();
    options.stack = (absolute.has_filename() ? absolute : absolute.parent_path()).filename().string();
    options.files = compose::find_compose_files(files, options.folder, options.stack);
    const bool is_of_stack = std::find(options.files.begin(), options.files.end(), file) != options.files.end();
    if (!is_of_stack) options.files = {file};
    options.env_files = {in_folder(options.folder, ".env"),
                         in_folder(fs::path(options.folder).parent_path().generic_string(), "version.env"), ".env"};
    const ServicesSection section = services_section(repository);
    options.profiles = section.profiles.empty() ? std::vector<std::string>{"*"} : section.profiles;
    options.other_stacks = stacks_beside(repository, options.folder);
    options.unset = section.unset_is_empty ? compose::UnsetVariable::empty : compose::UnsetVariable::unknown;
    compose::Loaded loaded = compose::load(files, options);
    quadlet::Facts facts;
    if (!section.has_bare_names) facts.prefix = options.stack + "-";
    std::vector<StackClaim> claims;
    if (loaded.usable()) claims = claims_of(loaded.project, facts);
    return {.texts = files.take(), .problems = std::move(loaded.problems), .claims = std::move(claims)};
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "core/requirements/candidates.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "util/text.hpp"

namespace gup {
namespace {

struct OtherKind {
    std::string_view name;
    std::string_view hint;
};

constexpr std::string_view from_pyproject =
    "make a lock file of it: uv lock, or uv export --no-emit-project -o requirements.txt";
constexpr std::array<OtherKind, 8> other_kinds{
    {{"pyproject.toml", from_pyproject},
     {"setup.py", "write the packages that run: pip freeze > requirements.txt"},
     {"setup.cfg", "write the packages that run: pip freeze > requirements.txt"},
     {"Pipfile", "write its packages to a file that is read: pipenv requirements > requirements.txt"},
     {"Pipfile.lock", "write its packages to a file that is read: pipenv requirements --hash > requirements.txt"},
     {"pdm.lock", "write its packages to a file that is read: pdm export -o requirements.txt"},
     {"environment.yml", "write the packages that run: pip freeze > requirements.txt"},
     {"environment.yaml", "write the packages that run: pip freeze > requirements.txt"}}};

std::string_view file_name_of(std::string_view path) {
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

// "pylock.toml", or "pylock.NAME.toml" with a NAME without a dot.
bool is_pylock_name(std::string_view name) {
    constexpr std::string_view begin = "pylock.";
    constexpr std::string_view end = ".toml";
    if (name == "pylock.toml") return true;
    if (name.size() <= begin.size() + end.size() || !name.starts_with(begin) || !name.ends_with(end)) return false;
    return !contains(name.substr(begin.size(), name.size() - begin.size() - end.size()), ".");
}

}  // namespace

RequirementsKind kind_of_requirements(std::string_view path) {
    const std::string_view name = file_name_of(path);
    if (name == "uv.lock" || name == "poetry.lock") return RequirementsKind::lock;
    if (is_pylock_name(name)) return RequirementsKind::pylock;
    const bool is_other =
        std::any_of(other_kinds.begin(), other_kinds.end(), [&](const OtherKind& one) { return one.name == name; });
    return is_other || name.ends_with(".toml") || name.ends_with(".lock") ? RequirementsKind::other
                                                                          : RequirementsKind::text;
}

std::string hint_for_other_kind(std::string_view path) {
    const auto* const found = std::find_if(other_kinds.begin(), other_kinds.end(),
                                           [&](const OtherKind& one) { return one.name == file_name_of(path); });
    if (found != other_kinds.end()) return std::string(found->hint);
    return "name a requirements.txt, pylock.toml, uv.lock or poetry.lock";
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "app/lint/lint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "app/config/config.hpp"
#include "app/lint/folder_files.hpp"
#include "app/lint/named_files.hpp"
#include "app/lint/stacks.hpp"
#include "app/lint/targets.hpp"
#include "core/requirements/candidates.hpp"
#include "core/requirements/read_declaration.hpp"

namespace gup {
namespace {

// The folder of the repository: the nearest one with a gupfile or .git, else the file's own.
fs::path repository_of(const fs::path& file) {
    fs::path own = file.parent_path();
    fs::path folder = fs::absolute(own.empty() ? "." : own).lexically_normal();
    fs::path relative = own;
    for (int depth = 0; depth < 16; ++depth) {
        if (is_file(folder / gupfile_name) || is_there(folder / ".git")) return relative;
        if (folder == folder.parent_path()) break;
        folder = folder.parent_path();
        relative = relative.empty() ? fs::path("..") : (relative / "..").lexically_normal();
    }
    return own;
}

// The same for services/NAME/compose.yaml; there the folder of services is enough to tell.
fs::path repository_of_stack(const fs::path& file) {
    fs::path found = repository_of(file);
    const fs::path own = fs::absolute(file).lexically_normal().parent_path();
    if (found == file.parent_path() && own.parent_path().filename() == "services") {
        return found.empty() ? fs::path("../..") : (found / "../..").lexically_normal();
    }
    return found;
}

// How people name it: without "./".
std::string shown_path(const fs::path& path) {
    const std::string text = path.lexically_normal().string();
    return text.empty() ? "." : text;
}

class Linter {
public:
    explicit Linter(const RequirementRules& rules) : rules_(rules) {}

    void check(const fs::path& path) {
        auto targets = lint_targets(path);
        if (!targets.ok()) return unreadable(std::move(targets).error());
        for (const LintTarget& target : *targets) check(target);
    }

    LintReport finish() && {
        // A file that several targets include has its problems once.
        std::set<std::tuple<std::string, int, int, std::string>> seen;
        std::erase_if(report_.problems, [&](const LintProblem& problem) {
            return !seen.emplace(problem.file, problem.line, problem.column, problem.message).second;
        });
        return std::move(report_);
    }

private:
    void check(const LintTarget& target) {
        switch (target.kind) {
            case LintTarget::Kind::connector:
                return check_connector(target.path);
            case LintTarget::Kind::gupfile:
                return check_gupfile(target.path);
            case LintTarget::Kind::requirements:
                return check_requirements(target.path);
            case LintTarget::Kind::configuration:
                return check_configuration(target.path);
            case LintTarget::Kind::compose:
                return check_compose(target.path);
        }
    }

    void check_connector(const fs::path& folder) {
        if (!add_file(folder / gupfile_name, {})) return;
        const auto read =
            read_declaration(FolderFiles(folder), {.rules = rules_, .requirements = {}, .may_find = true});
        if (!read.ok()) return unreadable(read.error());
        add_declaration(*read, folder);
        const auto text = read->texts.find(gupfile_name);
        if (text == read->texts.end()) return;
        for (const FileMistake& mistake : file_mistakes(read->gupfile, text->second, folder)) {
            add({LintRule::file, mistake.severity, shown_path(folder / gupfile_name), mistake.place.line,
                 mistake.place.column, mistake.message, mistake.hint, text->second});
        }
    }

    void check_gupfile(const fs::path& file) {
        auto text = read_file(file, gupfile_limit);
        if (!text.ok()) return unreadable(std::move(text).error());
        if (!add_file(file, shown_path(file))) return;
        for (const Problem& problem : parse_gupfile(*text).problems) add_problem(problem, shown_path(file), *text);
        sort();
    }

    void check_requirements(const fs::path& file) {
        const fs::path folder = repository_of(file);
        const fs::path from = fs::absolute(folder.empty() ? "." : folder).lexically_normal();
        const fs::path path = fs::absolute(file).lexically_normal().lexically_relative(from);
        const auto read =
            read_declaration(FilesWithoutGupfile(folder), {.rules = rules_, .requirements = path.generic_string()});
        if (!read.ok()) return unreadable(read.error());
        add_declaration(*read, folder);
    }

    void check_configuration(const fs::path& file) {
        auto text = read_file(file, 1U << 20U);
        if (!text.ok()) return unreadable(std::move(text).error());
        if (!add_file(file, shown_path(file))) return;
        ConfigSources sources;
        sources.file = file;
        sources.text = *text;
        sources.environment = [](const std::string& /*name*/) { return std::nullopt; };
        for (const ConfigProblem& problem : load_config_leniently(sources).problems) {
            if (problem.is_of_machine && problem.line == 0) continue;
            const Severity severity = problem.is_of_machine ? Severity::warning : Severity::error;
            add({LintRule::configuration, severity, shown_path(file), problem.line, problem.column, problem.what,
                 problem.hint, *text});
        }
        sort();
    }

    void check_compose(const fs::path& file) {
        const fs::path folder = repository_of_stack(file);
        const fs::path from = fs::absolute(folder.empty() ? "." : folder).lexically_normal();
        const fs::path path = fs::absolute(file).lexically_normal().lexically_relative(from);
        auto text = read_file(file, 1U << 21U);
        if (!text.ok()) return unreadable(std::move(text).error());
        LintedStack stack = lint_stack(folder, path.generic_string());
        // Only what stacks of one repository cannot both have.
        for (const StackClaim& one : stack.claims) {
            if (one.what == "volume" || one.what == "network") continue;
            for (const auto& [other, claims] : claims_[from]) {
                if (other != path.parent_path()) add_clashes(one, claims, stack.problems);
            }
        }
        claims_[from][path.parent_path()] = std::move(stack.claims);
        for (const auto& [name, content] : stack.texts) add_file(folder / name, shown_path(folder / name));
        for (const Problem& problem : stack.problems) {
            const auto found = stack.texts.find(problem.file);
            add({LintRule::compose, problem.severity, shown_path(folder / problem.file), problem.line, problem.column,
                 problem.message, problem.hint, found == stack.texts.end() ? std::string{} : found->second});
        }
        sort();
    }

    void add_declaration(const Declaration& declaration, const fs::path& folder) {
        for (const auto& [path, text] : declaration.texts) add_file(folder / path, shown_path(folder / path));
        for (const Problem& problem : declaration.gupfile.problems) {
            const std::string& path = problem.file.empty() ? gupfile_name : problem.file;
            const auto text = declaration.texts.find(path);
            add_problem(problem, shown_path(folder / path), text == declaration.texts.end() ? "" : text->second);
        }
        const std::string& lock = declaration.gupfile.requirements;
        if (!lock.empty() && kind_of_requirements(lock) == RequirementsKind::lock) {
            add({LintRule::requirements,
                 Severity::warning,
                 shown_path(folder / lock),
                 0,
                 0,
                 "the packages in this lock file are not checked",
                 "the agent reads it with uv export --frozen; try: uv lock --check",
                 {}});
        }
        sort();
    }

    void add_problem(const Problem& problem, const std::string& file, const std::string& text) {
        Problem placed = problem;
        if (problem.line == 0 && problem.file.empty() && problem.message.starts_with("requirements of [connector]")) {
            const auto place = place_of_key(text, "connector.requirements");
            placed.line = place.line;
            placed.column = place.column;
        }
        const LintRule rule = problem.file.empty() ? LintRule::gupfile : LintRule::requirements;
        add({rule, problem.severity, file, placed.line, placed.column, problem.message, problem.hint, text});
    }

    void add(LintProblem problem) { report_.problems.push_back(std::move(problem)); }

    // The problems of the last target: file by file, line by line.
    void sort() {
        std::stable_sort(report_.problems.begin() + static_cast<std::ptrdiff_t>(sorted_), report_.problems.end(),
                         [](const LintProblem& a, const LintProblem& b) {
                             return std::tie(a.file, a.line, a.column) < std::tie(b.file, b.line, b.column);
                         });
        sorted_ = report_.problems.size();
    }

    // False: it was checked before.
    bool add_file(const fs::path& file, std::string shown) {
        std::error_code failed;
        const fs::path real = fs::weakly_canonical(file, failed);
        if (shown.empty()) return connectors_.insert(failed ? file : real).second;
        if (!files_.insert(failed ? file : real).second) return false;
        report_.files.push_back(std::move(shown));
        return true;
    }

    void unreadable(Error error) { report_.unreadable.push_back(std::move(error)); }

    RequirementRules rules_;
    std::map<fs::path, std::map<fs::path, std::vector<StackClaim>>> claims_;  // by repository and folder, so far
    LintReport report_;
    std::size_t sorted_ = 0;
    std::set<fs::path> connectors_;
    std::set<fs::path> files_;
};

}  // namespace

std::string_view to_string(LintRule rule) noexcept {
    switch (rule) {
        case LintRule::gupfile:
            return "gupfile";
        case LintRule::requirements:
            return "requirements";
        case LintRule::configuration:
            return "configuration";
        case LintRule::file:
            return "file";
        case LintRule::compose:
            return "compose";
    }
    return "gupfile";
}

std::size_t LintReport::count(Severity severity) const {
    return static_cast<std::size_t>(std::count_if(
        problems.begin(), problems.end(), [&](const LintProblem& problem) { return problem.severity == severity; }));
}

LintReport lint(const std::vector<fs::path>& paths, const RequirementRules& rules) {
    Linter linter(rules);
    for (const fs::path& path : paths) linter.check(path);
    return std::move(linter).finish();
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "core/requirements/requirement_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/packaging/marker.hpp"
#include "core/packaging/names.hpp"
#include "core/packaging/specifier.hpp"
#include "core/packaging/version.hpp"
#include "core/requirements/direct_reference.hpp"
#include "core/requirements/requirement_line.hpp"
#include "util/url.hpp"

namespace gup::detail {
namespace {

constexpr std::size_t requirements_at_most = 2000;

std::string normal_marker(const std::string& text) {
    if (text.empty()) return {};
    const auto marker = Marker::parse(text);
    return marker.ok() ? marker->text() : text;
}

bool is_same_version(std::string_view one, std::string_view other) {
    return satisfies_pin(one, other) && satisfies_pin(other, one);
}

// Joins what two lines say about the version. False: nothing satisfies both.
bool join_versions(Requirement& first, const Requirement& again) {
    if (again.version.empty() && again.range.empty()) return true;
    if (first.version.empty() && first.range.empty()) {
        first.version = again.version;
        first.range = again.range;
        return true;
    }
    if (!first.version.empty() && !again.version.empty()) return is_same_version(first.version, again.version);
    if (first.version.empty() && again.version.empty()) {
        if (first.range != again.range) first.range += "," + again.range;
        return true;
    }
    const std::string version = first.version.empty() ? again.version : first.version;
    const auto range = SpecifierSet::parse(first.version.empty() ? first.range : again.range);
    if (!range.ok() || !range->contains(version, Prereleases::allowed)) return false;
    first.version = version;
    first.range.clear();
    return true;
}

bool is_same_source(const Requirement& one, const Requirement& other) {
    return one.revision == other.revision && mask_secrets(one.source) == mask_secrets(other.source);
}

// The archive must have a hash of both lists, as for pip. An empty list allows every hash. False: no hash is in both.
bool join_hashes(Requirement& first, const Requirement& again) {
    if (again.hashes.empty()) return true;
    if (first.hashes.empty()) {
        first.hashes = again.hashes;
        return true;
    }
    std::erase_if(first.hashes, [&](const std::string& hash) {
        return std::find(again.hashes.begin(), again.hashes.end(), hash) == again.hashes.end();
    });
    return !first.hashes.empty();
}

void join_extras(Requirement& first, const Requirement& again) {
    for (const std::string& extra : again.extras) {
        const bool has_it = std::any_of(first.extras.begin(), first.extras.end(),
                                        [&](const std::string& one) { return is_same_name(one, extra); });
        if (!has_it) first.extras.push_back(extra);
    }
}

std::string shown_name(const Requirement& requirement) {
    return is_own_folder(requirement) && requirement.name.empty() ? "the repository itself" : shown(requirement.name);
}

}  // namespace

void add_problem(Gupfile& gupfile, Problem problem) {
    const auto& known = gupfile.problems;
    if (has_all_problems(gupfile) || std::find(known.begin(), known.end(), problem) != known.end()) return;
    const std::size_t before = gupfile.problems.size();
    std::string file = problem.file;
    if (problem.severity == Severity::warning) {
        gupfile.problems.push_back(std::move(problem));
        return;
    }
    add_error(gupfile, {problem.line, problem.column}, std::move(problem.message), std::move(problem.hint));
    if (gupfile.problems.size() > before) gupfile.problems.back().file = std::move(file);
}

std::string place_text(const Requirement& requirement, const std::string& from_file) {
    const std::string line = requirement.line > 0 ? fmt::format("line {}", requirement.line) : "";
    if (requirement.file == from_file) return line.empty() ? "the same file" : line;
    const std::string file = requirement.file.empty() ? "the gupfile" : shown(requirement.file);
    return line.empty() ? file : fmt::format("{}, {}", file, line);
}

bool RequirementSet::has_room(const DeclaredRequirement& added) {
    if (++added_ <= requirements_at_most) return true;
    if (added_ == requirements_at_most + 1) {
        add_problem(gupfile_, {Severity::error, added.place.line, added.place.column,
                               fmt::format("there are more than {} requirements", requirements_at_most),
                               "check that this is a file of requirements", added.requirement.file});
    }
    return false;
}

void RequirementSet::contradict(const DeclaredRequirement& one, const DeclaredRequirement& other,
                                std::string_view word) {
    add_problem(gupfile_,
                {Severity::error, one.place.line, one.place.column,
                 fmt::format("{} contradicts the {} {} in {}", shown(display(one.requirement)), word,
                             shown(display(other.requirement)), place_text(other.requirement, one.requirement.file)),
                 "keep the right one of the two lines", one.requirement.file});
}

void RequirementSet::join(DeclaredRequirement& first, const DeclaredRequirement& again) {
    Requirement joined = first.requirement;
    const Requirement& other = again.requirement;
    const bool is_sourced = !joined.source.empty() || !other.source.empty();
    bool fits = !is_sourced || is_same_source(joined, other) ||
                (other.source.empty() && other.version.empty() && other.range.empty());
    fits =
        fits && joined.is_editable == other.is_editable && join_versions(joined, other) && join_hashes(joined, other);
    if (!fits) return contradict(again, first, "requirement");
    join_extras(joined, other);
    first.requirement = std::move(joined);
    add_problem(gupfile_, {Severity::warning, again.place.line, again.place.column,
                           fmt::format("{} is required again, as in {}", shown_name(other),
                                       place_text(first.requirement, other.file)),
                           "remove one of the two lines", other.file});
}

void RequirementSet::add(DeclaredRequirement added) {
    if (!has_room(added)) return;
    const Requirement& requirement = added.requirement;
    // A line break is in neither of both.
    std::string key = normalized_name(requirement.name) + "\n" + normal_marker(requirement.marker);
    const auto known = by_name_and_marker_.find(key);
    if (known != by_name_and_marker_.end()) return join(requirements_[known->second], added);
    by_name_and_marker_.emplace(std::move(key), requirements_.size());
    requirements_.push_back(std::move(added));
}

void RequirementSet::constrain(DeclaredRequirement added) {
    const Requirement& requirement = added.requirement;
    std::string wrong;
    if (is_own_folder(requirement)) wrong = "a constraint cannot be the repository itself";
    if (!requirement.extras.empty()) wrong = fmt::format("a constraint has no extras: {}", shown(display(requirement)));
    if (!wrong.empty()) {
        return add_problem(gupfile_, {Severity::error, added.place.line, added.place.column, wrong,
                                      "write it to a file of requirements, or write NAME==VERSION", requirement.file});
    }
    if (has_room(added)) constraints_.push_back(std::move(added));
}

bool RequirementSet::apply(const DeclaredRequirement& constraint, DeclaredRequirement& declared) {
    Requirement joined = declared.requirement;
    const Requirement& limit = constraint.requirement;
    // The version of a source is known only when it is installed: the installer compares.
    if (is_own_folder(joined) || (!joined.source.empty() && joined.version.empty())) return true;
    bool fits = true;
    if (limit.source.empty()) {
        fits = join_versions(joined, limit);
    } else {
        if (!joined.source.empty() || !joined.version.empty()) return true;
        joined.source = limit.source;
        joined.revision = limit.revision;
        joined.version = limit.version;
        joined.range.clear();
    }
    fits = fits && join_hashes(joined, limit);
    if (fits) declared.requirement = std::move(joined);
    if (!fits) contradict(declared, constraint, "constraint");
    return fits;
}

bool RequirementSet::apply_all(const std::vector<const DeclaredRequirement*>& constraints,
                               DeclaredRequirement& declared) {
    const std::string marker = normal_marker(declared.requirement.marker);
    return std::all_of(constraints.begin(), constraints.end(), [&](const DeclaredRequirement* constraint) {
        const std::string& where = constraint->requirement.marker;
        return (!where.empty() && normal_marker(where) != marker) || apply(*constraint, declared);
    });
}

void RequirementSet::check_exact(const DeclaredRequirement& declared) {
    const Requirement& requirement = declared.requirement;
    const bool is_git = requirement.source.starts_with("git+");
    if (is_own_folder(requirement) || !requirement.version.empty() || !requirement.revision.empty() ||
        (!requirement.source.empty() && !is_git)) {
        return;
    }
    std::string hint = fmt::format("write {}==VERSION", shown(requirement.name));
    if (is_git)
        hint = fmt::format("name a tag or a commit: {} @ {}@TAG", shown(requirement.name),
                           shown(requirement.source.substr(0, requirement.source.find('#'))));
    add_problem(
        gupfile_,
        {Severity::error, declared.place.line, declared.place.column,
         fmt::format("{} names no exact {}", shown(display(requirement)), is_git ? "revision" : "version"),
         fmt::format("{}; or the operator allows ranges: allow-ranges = true below [python] in gup-agent.toml", hint),
         requirement.file});
}

void RequirementSet::finish(const RequirementRules& rules) {
    std::map<std::string, std::vector<const DeclaredRequirement*>> by_name;
    for (const DeclaredRequirement& one : constraints_) by_name[normalized_name(one.requirement.name)].push_back(&one);
    for (DeclaredRequirement& declared : requirements_) {
        const auto found = by_name.find(normalized_name(declared.requirement.name));
        const bool fits = found == by_name.end() || apply_all(found->second, declared);
        if (fits && !rules.allow_ranges) check_exact(declared);
        gupfile_.pins.push_back(std::move(declared.requirement));
    }
    for (DeclaredRequirement& one : constraints_) gupfile_.constraints.push_back(std::move(one.requirement));
}

}  // namespace gup::detail

namespace gup {
namespace {

// What pip can compare with a hash.
bool can_have_hash(const Requirement& requirement) {
    return !requirement.source.starts_with("git+") && !is_own_folder(requirement);
}

std::string hash_hint(const Requirement& requirement) {
    if (!can_have_hash(requirement)) return "publish it as an archive with a hash, or remove all hashes";
    if (requirement.file.empty()) {
        return fmt::format("add hashes = [\"sha256:…\"] to the pin of {}, or remove all hashes",
                           detail::shown(requirement.name));
    }
    return fmt::format("add --hash=sha256:… behind {}, or remove all hashes", detail::shown(requirement.name));
}

}  // namespace

void check_hashes(Gupfile& gupfile, HashRule rule) {
    const auto first = std::find_if(gupfile.pins.begin(), gupfile.pins.end(),
                                    [](const Requirement& one) { return !one.hashes.empty(); });
    const bool is_hashed = first != gupfile.pins.end();
    if (!is_hashed && rule == HashRule::if_any) return;
    // What joins the list may move it: the name stays.
    const std::string reason =
        is_hashed ? fmt::format(", and {} has one", detail::shown(first->name)) : ", and --require-hashes wants one";
    for (Requirement& one : gupfile.pins) {
        if (!one.hashes.empty()) {
            const bool is_exact = !one.version.empty() || !one.source.empty();
            if (is_exact && can_have_hash(one)) continue;
            detail::add_problem(
                gupfile,
                {Severity::error, one.line, one.line > 0 ? 1 : 0,
                 fmt::format(
                     "{} {}", detail::shown(display(one)),
                     is_exact ? "has hashes, and they cannot be checked" : "has hashes, and names no exact version"),
                 is_exact ? "remove its hashes" : fmt::format("write {}==VERSION", detail::shown(one.name)), one.file});
            continue;
        }
        if (const std::string hash = detail::hash_in_url(one.source); !hash.empty() && can_have_hash(one)) {
            one.hashes.push_back(hash);
            continue;
        }
        if (gupfile.is_lock && !can_have_hash(one)) continue;
        const std::string name = one.name.empty() ? "the repository itself" : detail::shown(one.name);
        detail::add_problem(
            gupfile, {Severity::error, one.line, one.line > 0 ? 1 : 0,
                      fmt::format("{} {}{}", name, can_have_hash(one) ? "has no hash" : "cannot have a hash", reason),
                      hash_hint(one), one.file});
    }
}

}  // namespace gup

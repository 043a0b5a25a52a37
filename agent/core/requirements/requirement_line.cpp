// SPDX-License-Identifier: Apache-2.0
#include "core/requirements/requirement_line.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/packaging/marker.hpp"
#include "core/packaging/names.hpp"
#include "core/packaging/pep508.hpp"
#include "core/packaging/specifier.hpp"
#include "core/requirements/direct_reference.hpp"
#include "util/text.hpp"

namespace gup::detail {
namespace {

RequirementLine flawed(std::size_t offset, std::string message, std::string hint) {
    return {std::nullopt, LineFlaw{offset, std::move(message), std::move(hint)}};
}

RequirementLine flawed(LineFlaw flaw, std::size_t offset) {
    flaw.offset += offset;
    return {std::nullopt, std::move(flaw)};
}

bool pins(const Specifier& clause) {
    return clause.op == Specifier::Operator::arbitrary || (clause.op == Specifier::Operator::equal && !clause.wildcard);
}

// The only version of ">=1.0,<=1.0".
std::optional<std::string> only_version_between(const SpecifierSet& set) {
    for (const Specifier& low : set.clauses()) {
        if (low.op != Specifier::Operator::greater_equal) continue;
        for (const Specifier& high : set.clauses()) {
            const bool is_high = high.op == Specifier::Operator::less_equal;
            if (is_high && low.value && high.value && *low.value == *high.value) return low.version;
        }
    }
    return std::nullopt;
}

// The version that the clauses pin; nullopt: a range.
std::optional<std::string> pinned_version(const SpecifierSet& set) {
    const auto found = std::find_if(set.clauses().begin(), set.clauses().end(), pins);
    return found == set.clauses().end() ? only_version_between(set) : std::optional(found->version);
}

bool is_conflict_marker(std::string_view text) {
    return text.starts_with("<<<<<<<") || text.starts_with("=======") || text.starts_with(">>>>>>>") ||
           text.starts_with("|||||||");
}

// What the person meant with a line that is no requirement.
std::string hint_for(std::string_view text) {
    if (is_conflict_marker(text)) return "keep the right lines, and remove the lines with <<<<<<<, ======= and >>>>>>>";
    if (text.ends_with('\\')) return R"(nothing may follow the \ at the end of a line: remove the white space)";
    const bool is_ascii =
        std::all_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) >= 0; });
    if (!is_ascii) return "type the line again: it has a character that only looks like a usual one";
    const auto end = std::min(text.find_first_of(", \t=:<>!~[;@"), text.size());
    const std::string_view name = text.substr(0, end);
    if (!is_distribution_name(name)) return "a requirement is NAME==VERSION; a comment begins with #";
    const std::string_view rest = text.substr(end);
    const std::string_view version = trimmed(rest.substr(std::min(rest.find_first_not_of(", \t=:v"), rest.size())));
    const bool has_version = is_pep440(version) && rest.find_first_of("<>!~") == std::string_view::npos;
    return fmt::format("write {}=={}", shown(name), has_version ? shown(version) : "VERSION");
}

struct LineParts {
    std::string_view requirement;
    std::string_view marker;
    std::size_t marker_offset = 0;
};

// At the first ';', which needs a blank around it after a URL.
LineParts without_marker(std::string_view text) {
    const bool is_url = begins_with_scheme(text);
    auto mark = text.find(';');
    const auto is_separate = [&](std::size_t at) {
        return text[at - 1] == ' ' || (at + 1 < text.size() && text[at + 1] == ' ');
    };
    while (is_url && mark != std::string_view::npos && !is_separate(mark)) mark = text.find(';', mark + 1);
    if (mark == std::string_view::npos) return {text, {}, text.size()};
    const std::string_view marker = text.substr(mark + 1);
    const auto begin = std::min(marker.find_first_not_of(" \t"), marker.size());
    return {trimmed(text.substr(0, mark)), trimmed(marker), mark + 1 + begin};
}

// Takes the marker, or its mistake.
RequirementLine with_marker(RequirementLine line, const LineParts& parts) {
    if (!line.requirement || parts.marker.empty()) return line;
    std::size_t mistake = 0;
    const auto marker = Marker::parse(parts.marker, &mistake);
    const std::string hint = "write a marker as ; python_version < \"3.12\" and sys_platform == \"linux\"";
    if (!marker.ok()) return flawed(parts.marker_offset + mistake, marker.error().message, hint);
    if (const auto reason = marker->undefined_comparison()) return flawed(parts.marker_offset, *reason, hint);
    line.requirement->marker = parts.marker;
    return line;
}

// "." in the words of a path: the folder itself. Nullopt for every other path.
std::optional<std::vector<std::string>> extras_of_own_folder(std::string_view text) {
    std::vector<std::string> extras;
    if (const auto bracket = text.find('['); bracket != std::string_view::npos && text.ends_with(']')) {
        std::string_view list = text.substr(bracket + 1, text.size() - bracket - 2);
        text = trimmed(text.substr(0, bracket));
        while (!list.empty()) {
            const std::string_view extra = trimmed(take_until(list, ','));
            if (!is_distribution_name(extra)) return std::nullopt;
            extras.emplace_back(extra);
        }
    }
    if (!text.starts_with('.')) return std::nullopt;
    while (!text.empty()) {
        const std::string_view part = take_until(text, '/');
        if (!part.empty() && part != ".") return std::nullopt;
    }
    return extras;
}

RequirementLine read_path(std::string_view text) {
    if (auto extras = extras_of_own_folder(text)) {
        Requirement requirement;
        requirement.is_editable = true;
        requirement.extras = *std::move(extras);
        return {std::move(requirement), std::nullopt};
    }
    return flawed(0,
                  fmt::format("{} is a path, and the agent installs no other folder or file than the repository itself",
                              quoted(text)),
                  "write NAME @ git+URL@TAG#subdirectory=FOLDER, or the version of a published package: NAME==VERSION");
}

Requirement of_reference(DirectReference reference) {
    Requirement requirement;
    requirement.name = std::move(reference.name);
    requirement.version = std::move(reference.version);
    requirement.source = std::move(reference.source);
    requirement.revision = std::move(reference.revision);
    requirement.extras = std::move(reference.extras);
    return requirement;
}

RequirementLine read_url(std::string_view text) {
    DirectReference reference = read_direct_reference(text, {});
    if (reference.flaw) return {std::nullopt, std::move(reference.flaw)};
    if (reference.name.empty()) {
        return flawed(0, fmt::format("{} does not name its distribution", quoted(text)),
                      fmt::format("write the name in front of it: NAME @ {}", shown(text)));
    }
    return {of_reference(std::move(reference)), std::nullopt};
}

// pip: with a '/', or a '.' at the beginning.
bool looks_like_path(std::string_view text) {
    return contains(text, "/") || text.starts_with('.') || text.starts_with('~');
}

bool is_path(std::string_view text) {
    const auto at = text.find('@');
    if (at != std::string_view::npos && !looks_like_path(text.substr(0, at))) return false;
    return looks_like_path(text) || is_archive_name(text.substr(0, text.find('[')));
}

RequirementLine read_named(std::string_view text) {
    std::size_t mistake = 0;
    const auto parsed = parse_pep508(text, &mistake);
    if (!parsed.ok()) return flawed(mistake, parsed.error().message, hint_for(text));
    Requirement requirement;
    if (!parsed->url.empty()) {
        DirectReference reference = read_direct_reference(parsed->url.text, parsed->name.text);
        if (reference.flaw) return flawed(*std::move(reference.flaw), parsed->url.offset);
        requirement = of_reference(std::move(reference));
    }
    requirement.name = parsed->name.text;
    for (const Pep508Part& extra : parsed->extras) requirement.extras.push_back(extra.text);
    if (auto flaw = take_specifier(parsed->specifier.text, requirement)) {
        return flawed(*std::move(flaw), parsed->specifier.offset);
    }
    return {std::move(requirement), std::nullopt};
}

}  // namespace

std::optional<LineFlaw> take_specifier(std::string_view text, Requirement& requirement) {
    if (text.empty()) return std::nullopt;
    const auto set = SpecifierSet::parse(text);
    if (!set.ok()) return LineFlaw{0, set.error().message, "write NAME==VERSION"};
    const auto version = pinned_version(*set);
    if (!version) {
        requirement.range = text;
        return std::nullopt;
    }
    if (!set->contains(*version, Prereleases::allowed)) {
        return LineFlaw{0, fmt::format("no version satisfies {}", quoted(text)),
                        fmt::format("write one version: {}=={}", shown(requirement.name), shown(*version))};
    }
    requirement.version = *version;
    return std::nullopt;
}

RequirementLine read_requirement_line(std::string_view text) {
    if (is_conflict_marker(text)) return flawed(0, "there is a line of an unresolved merge conflict", hint_for(text));
    const LineParts parts = without_marker(text);
    if (begins_with_scheme(parts.requirement)) return with_marker(read_url(parts.requirement), parts);
    return with_marker(is_path(parts.requirement) ? read_path(parts.requirement) : read_named(parts.requirement),
                       parts);
}

RequirementLine read_editable(std::string_view text) {
    RequirementLine read = begins_with_scheme(text) ? read_url(text) : RequirementLine{};
    const bool is_archive = read.requirement && !read.requirement->source.starts_with("git+");
    if (is_archive)
        return flawed(0, fmt::format("{} is an archive, which cannot be editable", quoted(text)), "remove -e");
    if (read.requirement || read.flaw) return read;
    if (looks_like_path(text)) return read_path(text);
    return flawed(0, fmt::format("{} is not a folder or a repository", quoted(text)),
                  "write -e . for the repository itself, or NAME @ git+URL@TAG");
}

}  // namespace gup::detail

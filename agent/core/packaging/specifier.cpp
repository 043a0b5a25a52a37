// SPDX-License-Identifier: Apache-2.0
#include "core/packaging/specifier.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "core/packaging/dependency_cursor.hpp"
#include "core/packaging/python_space.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

using Operator = Specifier::Operator;

struct OperatorSpelling {
    std::string_view written;
    Operator meant;
};

// A longer spelling precedes its own prefix.
constexpr std::array<OperatorSpelling, 8> operator_spellings{{{"===", Operator::arbitrary},
                                                              {"==", Operator::equal},
                                                              {"!=", Operator::not_equal},
                                                              {"~=", Operator::compatible},
                                                              {"<=", Operator::less_equal},
                                                              {">=", Operator::greater_equal},
                                                              {"<", Operator::less},
                                                              {">", Operator::greater}}};

const OperatorSpelling* operator_at_start(std::string_view text) {
    const auto found = std::find_if(operator_spellings.begin(), operator_spellings.end(),
                                    [&](const OperatorSpelling& one) { return text.starts_with(one.written); });
    return found == operator_spellings.end() ? nullptr : &*found;
}

bool is_equality(Operator op) {
    return op == Operator::equal || op == Operator::not_equal;
}

const std::string& number_at(const Version& version, std::size_t index) {
    static const std::string zero = "0";
    return index < version.release.size() ? version.release[index] : zero;
}

// True when the epoch and the first `count` numbers of the release are equal.
bool has_prefix(const Version& version, const Version& prefix, std::size_t count) {
    if (version.epoch != prefix.epoch) return false;
    for (std::size_t i = 0; i < count; ++i) {
        if (number_at(version, i) != number_at(prefix, i)) return false;
    }
    return true;
}

// A post-release of `wanted`, which is not a post-release.
bool is_post_of(const Version& version, const Version& wanted) {
    if (!version.post || wanted.post || wanted.dev) return false;
    return version.pre == wanted.pre &&
           has_prefix(version, wanted, std::max(version.release.size(), wanted.release.size()));
}

// "<2" excludes the pre-releases of 2; "<2rc1" does not exclude 2a1.
bool is_less(const Version& version, const Version& wanted) {
    if (wanted.is_prerelease()) return version < wanted;
    Version first = wanted.without_local();
    first.dev = "0";
    return version < first;
}

bool is_equal(const Version& version, const Specifier& clause) {
    const Version& wanted = *clause.value;
    if (clause.wildcard) return has_prefix(version, wanted, wanted.release.size());
    return wanted.local.empty() ? std::is_eq(compare_public(version, wanted)) : version == wanted;
}

bool matches_version(const Version& version, const Specifier& clause) {
    const Version& wanted = *clause.value;
    switch (clause.op) {
        case Operator::equal:
            return is_equal(version, clause);
        case Operator::not_equal:
            return !is_equal(version, clause);
        case Operator::compatible:
            return version >= wanted && has_prefix(version, wanted, wanted.release.size() - 1);
        case Operator::less:
            return is_less(version, wanted);
        case Operator::less_equal:
            return std::is_lteq(compare_public(version, wanted));
        case Operator::greater:
            return std::is_gt(compare_public(version, wanted)) && !is_post_of(version, wanted);
        case Operator::greater_equal:
            return version >= wanted;
        case Operator::arbitrary:
            break;
    }
    return false;
}

bool clause_matches(const Specifier& clause, std::string_view text, const std::optional<Version>& version) {
    if (clause.op == Operator::arbitrary) return equals_ignoring_case(text, clause.version);
    return version && matches_version(*version, clause);
}

std::optional<SpecifierAtStart> arbitrary_at_start(std::string_view text, std::size_t begin) {
    const std::string_view word = text.substr(begin, python_word_at_start(text.substr(begin)));
    const std::size_t length = std::min(word.find_first_of(";)"), word.size());
    if (length == 0) return std::nullopt;
    Specifier specifier{Operator::arbitrary, std::string(text.substr(begin, length)), false, std::nullopt};
    specifier.value = Version::parse(specifier.version);
    return SpecifierAtStart{std::move(specifier), begin + length};
}

}  // namespace

std::optional<SpecifierAtStart> specifier_at_start(std::string_view text) {
    const OperatorSpelling* spelling = operator_at_start(text);
    if (spelling == nullptr) return std::nullopt;
    std::size_t begin = spelling->written.size();
    begin += python_space_at_start(text.substr(begin));
    if (spelling->meant == Operator::arbitrary) return arbitrary_at_start(text, begin);
    const bool equality = is_equality(spelling->meant);
    auto found = version_at_start(text.substr(begin), equality ? LocalPart::allowed : LocalPart::refused);
    if (!found) return std::nullopt;
    Version& version = found->version;
    if (spelling->meant == Operator::compatible && version.release.size() < 2) return std::nullopt;
    const bool plain = !version.pre && !version.post && !version.dev && version.local.empty();
    const bool wildcard = equality && plain && text.substr(begin + found->length).starts_with(".*");
    const std::size_t length = found->length + (wildcard ? 2 : 0);
    return SpecifierAtStart{
        Specifier{spelling->meant, std::string(text.substr(begin, length)), wildcard, std::move(version)},
        begin + length};
}

std::string reason_against_specifier(std::string_view clause) {
    clause = python_trimmed(clause);
    const OperatorSpelling* spelling = operator_at_start(clause);
    if (spelling == nullptr) {
        if (clause.starts_with('=')) return "\"=\" is not an operator; equality is written \"==\"";
        return fmt::format("{} does not begin with one of ==, !=, ~=, <=, >=, <, > and ===", short_quote(clause));
    }
    const std::string_view written = python_trimmed(clause.substr(spelling->written.size()));
    if (written.empty()) return fmt::format("the version is missing after \"{}\"", spelling->written);
    const auto found = version_at_start(written, LocalPart::allowed);
    if (!found) return fmt::format("{} is not a version of PEP 440", short_quote(written));
    const std::string_view rest = written.substr(found->length);
    if (rest == ".*") {
        return is_equality(spelling->meant) ? "\".*\" cannot follow a pre-release, post-release, dev or local version"
                                            : "\".*\" is only possible with \"==\" and \"!=\"";
    }
    if (!rest.empty()) return fmt::format("{} is not a version of PEP 440", short_quote(written));
    if (!found->version.local.empty() && !is_equality(spelling->meant)) {
        return fmt::format("a local version (\"+{}\") is only possible with \"==\" and \"!=\"",
                           found->version.local_text());
    }
    if (spelling->meant == Operator::compatible) return "\"~=\" needs a version with at least two numbers";
    return fmt::format("{} is not a version of PEP 440", short_quote(written));
}

Result<Specifier> Specifier::parse(std::string_view text) {
    text = python_trimmed(text);
    auto found = specifier_at_start(text);
    if (found && found->length == text.size()) return std::move(found->specifier);
    return Error{
        ErrorCode::invalid_input,
        fmt::format("the version specifier {} is wrong: {}", short_quote(text), reason_against_specifier(text)), ""};
}

bool Specifier::matches(std::string_view candidate) const {
    return clause_matches(*this, candidate, Version::parse(candidate));
}

std::string Specifier::text() const {
    const auto found = std::find_if(operator_spellings.begin(), operator_spellings.end(),
                                    [&](const OperatorSpelling& one) { return one.meant == op; });
    return std::string(found->written) + version;
}

std::string Specifier::canonical_text() const {
    if (op == Operator::arbitrary || wildcard || !value) return text();
    Specifier canonical = *this;
    canonical.version = op == Operator::compatible ? value->text() : value->without_trailing_zeros().text();
    return canonical.text();
}

bool Specifier::names_prerelease() const {
    return op != Operator::not_equal && !wildcard && value && value->is_prerelease();
}

Result<SpecifierSet> SpecifierSet::parse(std::string_view text) {
    std::vector<std::pair<std::string, Specifier>> sorted;
    while (!text.empty()) {
        const std::string_view clause = python_trimmed(take_until(text, ','));
        if (clause.empty()) continue;
        Result<Specifier> specifier = Specifier::parse(clause);
        if (!specifier) return specifier.error();
        std::string written = specifier->text();
        sorted.emplace_back(std::move(written), std::move(*specifier));
    }
    std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    SpecifierSet set;
    std::set<std::string> known;
    for (auto& entry : sorted) {
        if (known.insert(entry.second.canonical_text()).second) set.clauses_.push_back(std::move(entry.second));
    }
    return set;
}

bool SpecifierSet::contains(std::string_view candidate, Prereleases rule) const {
    const std::optional<Version> version = Version::parse(candidate);
    const bool allowed = rule == Prereleases::allowed || (rule == Prereleases::if_named && names_prerelease());
    if (version && version->is_prerelease() && !allowed) return false;
    return std::all_of(clauses_.begin(), clauses_.end(),
                       [&](const Specifier& clause) { return clause_matches(clause, candidate, version); });
}

std::vector<std::string> SpecifierSet::filter(const std::vector<std::string>& versions, Prereleases rule) const {
    std::vector<std::string> contained;
    bool has_final = false;
    for (const std::string& text : versions) {
        if (!contains(text, rule == Prereleases::if_named ? Prereleases::allowed : rule)) continue;
        contained.push_back(text);
        const auto version = Version::parse(text);
        has_final = has_final || (version && !version->is_prerelease());
    }
    if (rule != Prereleases::if_named || !has_final || names_prerelease()) return contained;
    std::erase_if(contained, [](const std::string& text) {
        const auto version = Version::parse(text);
        return version && version->is_prerelease();
    });
    return contained;
}

std::optional<std::string> SpecifierSet::exact() const {
    if (clauses_.size() != 1) return std::nullopt;
    const Specifier& clause = clauses_.front();
    const bool pins = clause.op == Operator::arbitrary || (clause.op == Operator::equal && !clause.wildcard);
    return pins ? std::optional(clause.version) : std::nullopt;
}

bool SpecifierSet::names_prerelease() const {
    return std::any_of(clauses_.begin(), clauses_.end(),
                       [](const Specifier& clause) { return clause.names_prerelease(); });
}

std::string SpecifierSet::text() const {
    std::string out;
    for (const Specifier& clause : clauses_) {
        if (!out.empty()) out += ',';
        out += clause.text();
    }
    return out;
}

bool operator==(const SpecifierSet& one, const SpecifierSet& other) {
    std::set<std::string> meant, other_meant;
    for (const Specifier& clause : one.clauses_) meant.insert(clause.canonical_text());
    for (const Specifier& clause : other.clauses_) other_meant.insert(clause.canonical_text());
    return meant == other_meant;
}

}  // namespace gup

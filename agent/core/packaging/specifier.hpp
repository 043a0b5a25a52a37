// SPDX-License-Identifier: Apache-2.0
// Ranges of versions (PEP 440 "Version specifiers"), as pip compares them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/packaging/version.hpp"
#include "util/result.hpp"

namespace gup {

// Whether a pre-release is contained.
enum class Prereleases : std::uint8_t {
    if_named,  // when a clause names one: ">=1.0rc1"
    allowed,
    refused,
};

// One clause: ">=1.0", "==1.*", "===main".
struct Specifier {
    enum class Operator : std::uint8_t {
        equal,
        not_equal,
        compatible,
        less,
        less_equal,
        greater,
        greater_equal,
        arbitrary,  // "===": the same text
    };
    Operator op = Operator::equal;
    std::string version;           // as written, with ".*"
    bool wildcard = false;         // it ends with ".*"
    std::optional<Version> value;  // without ".*"; nullopt: "===" and not a version

    // The whole `text` is one clause. Blanks around it and behind the operator are ignored.
    [[nodiscard]] static Result<Specifier> parse(std::string_view text);

    // True when `version` matches, pre-releases too. Texts that are no versions match only "===".
    [[nodiscard]] bool matches(std::string_view version) const;

    [[nodiscard]] std::string text() const;
    // Equal for clauses that mean the same: ">=1.0.0" and ">=1". "~=" keeps its zeros, which have a meaning.
    [[nodiscard]] std::string canonical_text() const;
    [[nodiscard]] bool names_prerelease() const;
};

// What the text begins with, greedily: a clause, and its length in bytes.
struct SpecifierAtStart {
    Specifier specifier;
    std::size_t length = 0;
};
[[nodiscard]] std::optional<SpecifierAtStart> specifier_at_start(std::string_view text);
// Why `clause` is no specifier, in plain English: `the version is missing after ">="`.
[[nodiscard]] std::string reason_against_specifier(std::string_view clause);

// Clauses that must all match. An empty set contains everything.
class SpecifierSet {
public:
    // Clauses with commas between them. Fails with invalid_input and a message that names the wrong clause.
    [[nodiscard]] static Result<SpecifierSet> parse(std::string_view text);

    [[nodiscard]] bool contains(std::string_view version, Prereleases rule = Prereleases::if_named) const;

    // Those of `versions` that are contained, in their order. With if_named, pre-releases are contained when no clause
    // names one, too, if otherwise nothing but pre-releases would be left (PEP 440 "Handling of pre-releases").
    [[nodiscard]] std::vector<std::string> filter(const std::vector<std::string>& versions,
                                                  Prereleases rule = Prereleases::if_named) const;

    // The version, as written, when the set is one clause `==VERSION` without ".*", or `===TEXT`.
    [[nodiscard]] std::optional<std::string> exact() const;

    [[nodiscard]] bool names_prerelease() const;
    [[nodiscard]] bool empty() const noexcept { return clauses_.empty(); }
    // Sorted by text, without clauses that say the same.
    [[nodiscard]] const std::vector<Specifier>& clauses() const noexcept { return clauses_; }
    // "!=1.5,>=1.0,<2": sorted, each clause as written without blanks.
    [[nodiscard]] std::string text() const;

    // True when the clauses mean the same.
    friend bool operator==(const SpecifierSet& one, const SpecifierSet& other);

private:
    std::vector<Specifier> clauses_;
};

}  // namespace gup

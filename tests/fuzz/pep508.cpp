// SPDX-License-Identifier: Apache-2.0
// Requirements, markers, ranges and versions of packages. What is read is read again from its normal form.
#include "core/packaging/pep508.hpp"

#include "core/packaging/marker.hpp"
#include "core/packaging/specifier.hpp"
#include "fuzz.hpp"

namespace {

void take_version(std::string_view input) {
    const auto version = gup::Version::parse(input);
    if (!version) return;
    const auto again = gup::Version::parse(version->text());
    gup::fuzz::check(again && *again == *version && again->text() == version->text(),
                     "a version is read as it is shown");
    gup::fuzz::check(gup::satisfies_pin(input, version->text()), "a version satisfies itself");
}

void take_range(std::string_view input) {
    const auto set = gup::SpecifierSet::parse(input);
    if (!set) return;
    const auto again = gup::SpecifierSet::parse(set->text());
    gup::fuzz::check(again && *again == *set, "a range is read as it is shown");
    (void)set->contains("1.0rc1+a");
    if (const auto exact = set->exact()) gup::fuzz::check(set->contains(*exact), "a range contains what it pins");
}

void take_marker(std::string_view input) {
    const auto marker = gup::Marker::parse(input);
    if (!marker) return;
    const auto again = gup::Marker::parse(marker->text());
    gup::fuzz::check(again && again->text() == marker->text(), "a marker is read as it is shown");
    const gup::MarkerEnvironment environment{"cpython", "3.11.2", "posix",  "armv7l", "CPython", "6.1",
                                             "Linux",   "#1",     "3.11.2", "3.11",   "linux"};
    const bool holds = marker->evaluate(environment, {"a"});
    gup::fuzz::check(again->evaluate(environment, {"a"}) == holds, "a marker means what it shows");
    (void)marker->undefined_comparison();
}

}  // namespace

void gup::fuzz::take(std::string_view input) {
    take_version(input);
    take_range(input);
    take_marker(input);
    std::size_t mistake = 0;
    const Result<Pep508> parsed = parse_pep508(input, &mistake);
    check(parsed || mistake <= input.size(), "a mistake is in the text");
    if (!parsed) return;
    check(input.substr(parsed->name.offset, parsed->name.text.size()) == parsed->name.text, "a part has its place");
    check(SpecifierSet::parse(parsed->specifier.text).ok(), "the specifier of a requirement is a range");
    check(parsed->marker.empty() || Marker::parse(parsed->marker.text).ok(), "the marker of a requirement is a marker");
    take_marker(parsed->marker.text);
    take_range(parsed->specifier.text);
}

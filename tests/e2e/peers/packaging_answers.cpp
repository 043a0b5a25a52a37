// SPDX-License-Identifier: Apache-2.0
// Answers questions about versions, ranges, markers and requirements: one JSON object per line in, one JSON value per line
// out. tests/e2e/support/packaging_judge puts the same questions to pypa/packaging; answers.py there is this file's peer.
#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "core/packaging/marker.hpp"
#include "core/packaging/names.hpp"
#include "core/packaging/pep508.hpp"
#include "core/packaging/specifier.hpp"
#include "util/text.hpp"

namespace {

using namespace gup;
using nlohmann::json;

std::string text_of(const json& question, const char* key = "text") {
    return question.at(key).get<std::string>();
}

std::vector<std::string> texts_of(const json& question, const char* key) {
    return question.value(key, std::vector<std::string>{});
}

json version(const json& question) {
    const auto read = Version::parse(text_of(question));
    if (!read) return nullptr;
    return {{"text", read->text()},
            {"epoch", read->epoch},
            {"release", read->release},
            {"pre", read->pre ? json::array({read->pre->letter, read->pre->number}) : json()},
            {"post", read->post ? json(*read->post) : json()},
            {"dev", read->dev ? json(*read->dev) : json()},
            {"local", read->local_text()},
            {"public", read->public_text()},
            {"base", read->base_text()},
            {"is_prerelease", read->is_prerelease()},
            {"is_postrelease", read->is_postrelease()},
            {"short", read->without_trailing_zeros().text()}};
}

json compare(const json& question) {
    const auto one = Version::parse(text_of(question, "one"));
    const auto other = Version::parse(text_of(question, "other"));
    if (!one || !other) return nullptr;
    return *one < *other ? -1 : *one > *other ? 1 : 0;
}

json specifier(const json& question) {
    const auto read = Specifier::parse(text_of(question));
    if (!read) return nullptr;
    return {{"text", read->text()},
            {"version", read->version},
            {"canonical", read->canonical_text()},
            {"names_prerelease", read->names_prerelease()}};
}

json range(const json& question) {
    const auto read = SpecifierSet::parse(text_of(question));
    if (!read) return nullptr;
    return {{"text", read->text()}, {"names_prerelease", read->names_prerelease()}};
}

Prereleases rule_of(const json& question) {
    const std::string rule = text_of(question, "prereleases");
    return rule == "allowed" ? Prereleases::allowed : rule == "refused" ? Prereleases::refused : Prereleases::if_named;
}

json contained(const json& question) {
    const auto read = SpecifierSet::parse(text_of(question));
    return read ? json(read->contains(text_of(question, "version"), rule_of(question))) : json();
}

json filtered(const json& question) {
    const auto read = SpecifierSet::parse(text_of(question));
    return read ? json(read->filter(texts_of(question, "versions"), rule_of(question))) : json();
}

json same_range(const json& question) {
    const auto one = SpecifierSet::parse(text_of(question, "one"));
    const auto other = SpecifierSet::parse(text_of(question, "other"));
    return one && other ? json(*one == *other) : json();
}

json marker(const json& question) {
    const auto read = Marker::parse(text_of(question));
    return read ? json(read->text()) : json();
}

MarkerEnvironment environment_of(const json& values) {
    const auto value = [&](const char* key) { return values.at(key).get<std::string>(); };
    return {value("implementation_name"),
            value("implementation_version"),
            value("os_name"),
            value("platform_machine"),
            value("platform_python_implementation"),
            value("platform_release"),
            value("platform_system"),
            value("platform_version"),
            value("python_full_version"),
            value("python_version"),
            value("sys_platform")};
}

// "undefined" where packaging raises.
json evaluate(const json& question) {
    const auto read = Marker::parse(text_of(question));
    if (!read) return nullptr;
    if (read->undefined_comparison()) return "undefined";
    return read->evaluate(environment_of(question.at("environment")), texts_of(question, "extras"),
                          texts_of(question, "dependency_groups"));
}

json requirement(const json& question) {
    const auto read = parse_pep508(text_of(question));
    if (!read) return nullptr;
    std::vector<std::string> extras;
    for (const Pep508Part& extra : read->extras) extras.push_back(extra.text);
    std::sort(extras.begin(), extras.end());
    extras.erase(std::unique(extras.begin(), extras.end()), extras.end());
    return {{"name", read->name.text},
            {"extras", extras},
            {"specifier", SpecifierSet::parse(read->specifier.text)->text()},
            {"url", read->url.text},
            {"marker", read->marker.empty() ? "" : Marker::parse(read->marker.text)->text()}};
}

json name(const json& question) {
    const std::string text = text_of(question);
    return {{"normalized", normalized_name(text)}, {"is_valid", is_distribution_name(text)}};
}

const std::map<std::string, std::function<json(const json&)>> answers{{"version", version},
                                                                      {"compare", compare},
                                                                      {"specifier", specifier},
                                                                      {"range", range},
                                                                      {"contains", contained},
                                                                      {"filter", filtered},
                                                                      {"same_range", same_range},
                                                                      {"marker", marker},
                                                                      {"evaluate", evaluate},
                                                                      {"requirement", requirement},
                                                                      {"name", name}};

}  // namespace

int main() {
    std::ios::sync_with_stdio(false);
    for (std::string line; std::getline(std::cin, line);) {
        const json question = json::parse(line);
        std::cout << answers.at(question.at("ask").get<std::string>())(question).dump() << std::endl;
    }
}

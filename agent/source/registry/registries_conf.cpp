// SPDX-License-Identifier: Apache-2.0
#include "source/registry/registries_conf.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <utility>

#include "core/declaration/toml_guard.hpp"
#include "source/gitconfig/config_places.hpp"
#include "util/sys/directory.hpp"

namespace gup::detail {
namespace {

constexpr std::uint64_t longest_registries_conf = 1U << 20U;

Error bad_registries_conf(const std::string& file, std::size_t line, std::string_view why) {
    const std::string place = line == 0 ? file : fmt::format("{}:{}", file, line);
    return {ErrorCode::invalid_input, fmt::format("{}: {}", place, why), "man containers-registries.conf has its form"};
}

std::string without_scheme(std::string text) {
    for (const std::string_view scheme : {"https://", "http://"}) {
        if (text.starts_with(scheme)) text.erase(0, scheme.size());
    }
    while (text.ends_with('/')) text.pop_back();
    return text;
}

// Digest-only mirrors do not answer for tags.
RegistryMirror mirror_from(const toml::table& mirror, bool by_digest_only) {
    const auto from = mirror["pull-from-mirror"].value_or<std::string_view>("all");
    return {without_scheme(mirror["location"].value_or<std::string>("")), mirror["insecure"].value_or(false),
            from == "all" ? !by_digest_only : from != "digest-only", from != "tag-only"};
}

RegistryRule rule_from(const toml::table& table) {
    RegistryRule rule;
    rule.prefix = table["prefix"].value_or<std::string>("");
    rule.location = without_scheme(table["location"].value_or<std::string>(""));
    if (rule.prefix.empty()) rule.prefix = rule.location;
    rule.prefix = without_scheme(rule.prefix);
    rule.is_insecure = table["insecure"].value_or(false);
    rule.is_blocked = table["blocked"].value_or(false);
    const bool by_digest_only = table["mirror-by-digest-only"].value_or(false);
    const toml::array* mirrors = table["mirror"].as_array();
    if (mirrors == nullptr) return rule;
    for (const toml::node& one : *mirrors) {
        const toml::table* mirror = one.as_table();
        if (mirror != nullptr) rule.mirrors.push_back(mirror_from(*mirror, by_digest_only));
    }
    return rule;
}

// The length of the part of `name` that `prefix` matches; 0: it does not.
std::size_t matched_by(std::string_view prefix, std::string_view name) {
    if (prefix.empty()) return 0;
    std::size_t end = prefix.size();
    if (prefix.starts_with("*.")) {
        const std::string_view host = name.substr(0, name.find('/'));
        const std::string_view suffix = prefix.substr(1);
        const std::size_t at = suffix.find('/') == std::string_view::npos ? host.rfind(suffix) : name.find(suffix);
        if (at == std::string_view::npos || at == 0) return 0;
        end = at + suffix.size();
    } else if (!name.starts_with(prefix)) {
        return 0;
    }
    return end == name.size() || name[end] == '/' ? end : 0;
}

RegistryPlace place_from(const std::string& name, bool is_insecure, bool is_mirror) {
    const std::size_t slash = std::min(name.size(), name.find('/'));
    RegistryPlace place{name.substr(0, slash), name.substr(std::min(name.size(), slash + 1)), is_insecure, is_mirror};
    const bool is_single = place.repository.find('/') == std::string::npos;
    if (place.registry == "docker.io" && is_single) place.repository.insert(0, "library/");
    return place;
}

Status add_file(RegistriesConf& conf, const fs::path& file) {
    const auto text = read_file(file, longest_registries_conf);
    if (!text.ok() && text.error().code == ErrorCode::not_found) return {};
    if (!text.ok()) return text.error();
    return conf.add(*text, file.string());
}

Status add_folder(RegistriesConf& conf, const fs::path& folder) {
    auto names = list_folder(folder);
    if (!names.ok()) return {};  // it is missing, or not for this user
    std::sort(names->begin(), names->end());
    for (const std::string& name : *names) {
        if (name.ends_with(".conf")) GUP_CHECK(add_file(conf, folder / name));
    }
    return {};
}

}  // namespace

std::string RegistryPlace::host() const {
    return registry == "docker.io" ? "registry-1.docker.io" : registry;
}

Status RegistriesConf::add(std::string_view text, const std::string& file) {
    if (const auto flaw = find_toml_flaw(text)) {
        return bad_registries_conf(file, static_cast<std::size_t>(flaw->line), flaw->what);
    }
    try {
        // toml++ is undefined for some letters outside of ASCII (found by fuzzing); names of registries have none.
        std::string plain(text);
        std::ranges::replace_if(
            plain, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
        const toml::table document = toml::parse(plain, file);
        const toml::array* registries = document["registry"].as_array();
        if (registries == nullptr) return {};
        for (const toml::node& one : *registries) {
            const toml::table* table = one.as_table();
            if (table == nullptr) continue;
            RegistryRule rule = rule_from(*table);
            if (rule.prefix.empty()) {
                return bad_registries_conf(file, table->source().begin.line,
                                           "a [[registry]] has neither prefix nor location");
            }
            std::erase_if(rules_, [&](const RegistryRule& old) { return old.prefix == rule.prefix; });
            rules_.push_back(std::move(rule));
        }
    } catch (const toml::parse_error& error) {
        return bad_registries_conf(file, error.source().begin.line, error.description());
    }
    return {};
}

const RegistryRule* RegistriesConf::rule_for(const std::string& name, std::size_t& matched) const {
    const RegistryRule* best = nullptr;
    for (const RegistryRule& rule : rules_) {
        const std::size_t length = matched_by(rule.prefix, name);
        const bool is_better = length > 0 && (best == nullptr || rule.prefix.size() > best->prefix.size());
        if (!is_better) continue;
        best = &rule;
        matched = length;
    }
    return best;
}

Result<std::vector<RegistryPlace>> RegistriesConf::places_of(const ImageReference& image) const {
    const std::string name = image.name();
    std::size_t matched = 0;
    const RegistryRule* rule = rule_for(name, matched);
    if (rule == nullptr) return std::vector<RegistryPlace>{place_from(name, false, false)};
    if (rule->is_blocked) {
        return Error{ErrorCode::permission, fmt::format("registries.conf blocks {}", rule->prefix),
                     "remove blocked = true there, or choose an image of another registry"};
    }
    std::vector<RegistryPlace> places;
    const std::string rest = name.substr(matched);
    for (const RegistryMirror& mirror : rule->mirrors) {
        const bool serves = image.digest.empty() ? mirror.serves_tags : mirror.serves_digests;
        if (serves && !mirror.location.empty()) {
            places.push_back(place_from(mirror.location + rest, mirror.is_insecure, true));
        }
    }
    const std::string own = rule->location.empty() ? name : rule->location + rest;
    places.push_back(place_from(own, rule->is_insecure, false));
    return places;
}

Result<RegistriesConf> read_registries_conf(const RegistryAccess& access) {
    const auto variable = git::variables_for(access.home);
    const auto config_home = variable("XDG_CONFIG_HOME");
    const fs::path own =
        (config_home && !config_home->empty() ? fs::path(*config_home) : access.home / ".config") / "containers";
    RegistriesConf conf;
    const auto named = variable("CONTAINERS_REGISTRIES_CONF");
    fs::path main = is_file(own / "registries.conf") ? own / "registries.conf" : access.system / "registries.conf";
    if (named && !named->empty()) main = *named;
    GUP_CHECK(add_file(conf, main));
    GUP_CHECK(add_folder(conf, access.system / "registries.conf.d"));
    GUP_CHECK(add_folder(conf, own / "registries.conf.d"));
    return conf;
}

}  // namespace gup::detail

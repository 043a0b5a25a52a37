// SPDX-License-Identifier: Apache-2.0
#include "selfupdate/manifest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/freshness.hpp"
#include "util/clock.hpp"
#include "util/json.hpp"

namespace gup {
namespace {

using nlohmann::json;

constexpr int schema = 1;

// A key that is missing or wrong; caught in parse_release_manifest.
struct WrongKey {
    std::string message;
};

[[noreturn]] void wrong(const std::string& key, std::string_view wanted) {
    throw WrongKey{fmt::format("the manifest's {} must be {}", key, wanted)};
}

const json& member(const json& object, const std::string& key, const std::string& prefix = {}) {
    const auto found = object.find(key);
    if (found == object.end()) throw WrongKey{fmt::format("the manifest has no {}{}", prefix, key)};
    return *found;
}

std::uint64_t positive(const json& object, const std::string& key, const std::string& prefix = {}) {
    const json& value = member(object, key, prefix);
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() == 0) wrong(prefix + key, "a positive number");
    return value.get<std::uint64_t>();
}

std::string text(const json& object, const std::string& key, const std::string& prefix = {}) {
    const json& value = member(object, key, prefix);
    if (!value.is_string()) wrong(prefix + key, "a text");
    return value.get<std::string>();
}

std::int64_t moment(const json& object, const std::string& key) {
    const auto time = parse_utc(text(object, key));
    if (!time) wrong(key, R"(a moment such as "2026-11-21T02:00:00Z")");
    return *time;
}

// A plain name: it becomes part of a URL, and never a path on this machine.
bool is_file_name(const std::string& name) {
    constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~+-";
    return !name.empty() && name.size() <= 200 && name[0] != '.' &&
           name.find_first_not_of(allowed) == std::string::npos;
}

ReleaseFile release_file(const json& object, const std::string& target) {
    const std::string prefix = fmt::format("targets.{}.", target);
    if (!object.is_object()) wrong("targets." + target, "an object");
    ReleaseFile file{text(object, "file", prefix), positive(object, "size", prefix), text(object, "sha256", prefix)};
    if (!is_file_name(file.file)) wrong(prefix + "file", "a file name without folders");
    constexpr std::uint64_t largest = std::uint64_t{256} << 20U;
    if (file.size > largest) wrong(prefix + "size", "at most 256 MiB");
    constexpr std::size_t sha256_digits = 64;
    if (file.sha256.size() != sha256_digits || file.sha256.find_first_not_of("0123456789abcdef") != std::string::npos) {
        wrong(prefix + "sha256", "64 lower case hexadecimal digits");
    }
    return file;
}

ReleaseManifest read(const json& document) {
    if (!document.is_object()) throw WrongKey{"the manifest is not a JSON object"};
    if (positive(document, "schema") != schema) wrong("schema", "1: a newer agent is needed to read it");
    ReleaseManifest manifest;
    manifest.version = text(document, "version");
    if (!ReleaseVersion::parse(manifest.version)) wrong("version", R"(a version such as "0.2.0")");
    manifest.serial = positive(document, "serial");
    manifest.created = moment(document, "created");
    manifest.expires = moment(document, "expires");
    const json& targets = member(document, "targets");
    if (!targets.is_object()) wrong("targets", "an object");
    for (const auto& [name, entry] : targets.items()) manifest.targets.emplace(name, release_file(entry, name));
    return manifest;
}

std::string names(const std::map<std::string, ReleaseFile>& targets) {
    std::string all;
    for (const auto& [name, file] : targets) all += (all.empty() ? "" : ", ") + name;
    return all.empty() ? "nothing" : all;
}

ManifestVerdict judge_version(const ReleaseManifest& manifest, const Client& reader) {
    const auto offered = ReleaseVersion::parse(manifest.version);
    const auto own = ReleaseVersion::parse(reader.version);
    if (offered == own) return {};
    if (!own || !offered || *offered < *own) {
        return {ReleaseVerdict::older_version,
                fmt::format("the manifest offers version {}, which is older than this agent ({})", manifest.version,
                            reader.version),
                "publish it as a new version: an agent never goes back"};
    }
    const auto refused = std::find_if(reader.refused.begin(), reader.refused.end(),
                                      [&](const RefusedVersion& one) { return one.version == manifest.version; });
    if (refused != reader.refused.end()) {
        return {ReleaseVerdict::did_not_work,
                fmt::format("version {} is not tried again: {}", manifest.version, refused->reason),
                "publish a newer version that works"};
    }
    return {ReleaseVerdict::update, {}, {}};
}

constexpr std::string_view decimal_digits = "0123456789";

bool is_number(std::string_view text) {
    return !text.empty() && text.find_first_not_of(decimal_digits) == std::string_view::npos &&
           (text.size() == 1 || text[0] != '0');
}

bool is_identifier(std::string_view text) {
    constexpr std::string_view letters = "0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    if (text.empty() || text.find_first_not_of(letters) != std::string_view::npos) return false;
    return text.find_first_not_of(decimal_digits) != std::string_view::npos || is_number(text);
}

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> parts;
    for (;;) {
        const auto dot = text.find('.');
        parts.emplace_back(text.substr(0, dot));
        if (dot == std::string_view::npos) return parts;
        text.remove_prefix(dot + 1);
    }
}

std::strong_ordering compare_numbers(const std::string& a, const std::string& b) {
    if (a.size() != b.size()) return a.size() <=> b.size();
    return a.compare(b) <=> 0;
}

std::strong_ordering compare_identifiers(const std::string& a, const std::string& b) {
    if (is_number(a) && is_number(b)) return compare_numbers(a, b);
    if (is_number(a) != is_number(b)) return is_number(a) ? std::strong_ordering::less : std::strong_ordering::greater;
    return a.compare(b) <=> 0;
}

}  // namespace

Result<ReleaseManifest> parse_release_manifest(std::string_view json_text) {
    try {
        const auto document = parse_json(json_text);
        if (!document.ok()) {
            return Error{ErrorCode::invalid_input, "the manifest is not JSON", {}};
        }
        return read(*document);
    } catch (const WrongKey& error) {
        return Error{ErrorCode::invalid_input, error.message, {}};
    } catch (const json::exception&) {
        return Error{ErrorCode::invalid_input, "the manifest is not JSON", {}};
    }
}

ManifestVerdict judge_expiry(std::int64_t expires, const Client& reader) {
    StalenessVerdict verdict = judge_expiry_of("the manifest", expires, {reader.now, reader.earliest});
    if (verdict.staleness == Staleness::clock_wrong) {
        return {ReleaseVerdict::clock_wrong, std::move(verdict.message), "set the clock (is NTP on?)"};
    }
    if (verdict.staleness == Staleness::none) return {};
    return {ReleaseVerdict::expired, std::move(verdict.message),
            "sign a new one with make release, and check this machine's clock"};
}

ManifestVerdict judge_release(const ReleaseManifest& manifest, const Client& reader) {
    if (auto expiry = judge_expiry(manifest.expires, reader); expiry.verdict != ReleaseVerdict::up_to_date) {
        return expiry;
    }
    auto order = judge_order_of("the manifest's serial", manifest.serial, reader.highest_serial);
    if (order.staleness != Staleness::none) {
        return {ReleaseVerdict::older_serial, std::move(order.message),
                "a server serves an old manifest: check the server, and every mirror and cache in front of it"};
    }
    auto judgement = judge_version(manifest, reader);
    if (judgement.verdict == ReleaseVerdict::update && !manifest.targets.contains(reader.target)) {
        return {ReleaseVerdict::other_target,
                fmt::format("the manifest has version {} for {}, but not for {}", manifest.version,
                            names(manifest.targets), reader.target),
                "make release with that target's file in dist/"};
    }
    return judgement;
}

std::optional<ReleaseVersion> ReleaseVersion::parse(std::string_view text) {
    constexpr std::size_t longest = 128;
    if (text.size() > longest) return std::nullopt;
    const auto dash = text.find('-');
    ReleaseVersion version;
    version.numbers_ = split(text.substr(0, dash));
    if (version.numbers_.size() != 3 || !std::all_of(version.numbers_.begin(), version.numbers_.end(), is_number)) {
        return std::nullopt;
    }
    if (dash == std::string_view::npos) return version;
    version.pre_release_ = split(text.substr(dash + 1));
    const auto& identifiers = version.pre_release_;
    if (!std::all_of(identifiers.begin(), identifiers.end(), is_identifier)) return std::nullopt;
    return version;
}

std::strong_ordering operator<=>(const ReleaseVersion& a, const ReleaseVersion& b) {
    for (std::size_t i = 0; i < a.numbers_.size(); ++i) {
        if (const auto order = compare_numbers(a.numbers_[i], b.numbers_.at(i)); std::is_neq(order)) return order;
    }
    if (a.pre_release_.empty() || b.pre_release_.empty()) return b.pre_release_.size() <=> a.pre_release_.size();
    const std::size_t both = std::min(a.pre_release_.size(), b.pre_release_.size());
    for (std::size_t i = 0; i < both; ++i) {
        if (const auto order = compare_identifiers(a.pre_release_[i], b.pre_release_[i]); std::is_neq(order))
            return order;
    }
    return a.pre_release_.size() <=> b.pre_release_.size();
}

std::string release_of_debian_version(std::string_view version) {
    std::string upstream(version.substr(0, version.rfind('-')));
    std::replace(upstream.begin(), upstream.end(), '~', '-');
    return upstream;
}

}  // namespace gup

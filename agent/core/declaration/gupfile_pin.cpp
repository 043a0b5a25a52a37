// SPDX-License-Identifier: Apache-2.0
#include "core/declaration/gupfile_pin.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "core/declaration/gupfile_values.hpp"
#include "core/packaging/version.hpp"
#include "util/mask_urls.hpp"
#include "util/text.hpp"
#include "util/url.hpp"
#include "util/utf8.hpp"

namespace gup::detail {
namespace {

constexpr std::size_t shown_at_most = 60;
constexpr std::size_t problems_at_most = 100;
constexpr std::size_t pins_at_most = 2000;  // pins are compared with each other

struct Complaint {
    Place place;
    std::string message;
    std::string hint;
};

bool is_version_char(char c) {
    constexpr std::string_view others = "._+!-";
    return is_letter_or_digit(c) || others.find(c) != std::string_view::npos;
}

// The pin with an example in place of its extras.
std::string text_with_extras(const PinFields& fields) {
    const std::string name = fmt::format("{}[EXTRA]", split_extras(fields.name.text).name);
    PinFields example = fields;
    example.name.text = name;
    return pin_text(example, fields.version.text);
}

std::optional<Complaint> check_name(const PinFields& fields) {
    const auto& [text, place] = fields.name;
    const NameWithExtras parts = split_extras(text);
    if (text.empty() || (parts.name.empty() && !parts.extras.empty())) {
        return Complaint{place, "the pin has no name",
                         fmt::format("write the distribution's name first: {}", pin_text(fields, "1.0"))};
    }
    if (!is_distribution_name(parts.name)) {
        return Complaint{place, fmt::format("{} is not the name of a distribution", quoted(text)),
                         "a name has letters, digits, '.', '_' and '-', and begins and ends with a letter or digit"};
    }
    if (parts.mistake.empty()) return std::nullopt;
    return Complaint{{place.line, place.column + static_cast<int>(parts.mistake_at)},
                     fmt::format("{}: {}", quoted(text), parts.mistake),
                     fmt::format("extras are names in brackets, with commas: {}", text_with_extras(fields))};
}

std::optional<Complaint> check_extras(const PinFields& fields) {
    for (const auto& [extra, place] : fields.extras) {
        if (is_distribution_name(extra)) continue;
        return Complaint{place, fmt::format("{} is not the name of an extra", quoted(extra)),
                         "an extra has letters, digits, '.', '_' and '-': extras = [\"socks\"]"};
    }
    return std::nullopt;
}

std::optional<Complaint> check_hashes(const PinFields& fields) {
    if (fields.hashes.empty()) return std::nullopt;
    if (!fields.source.text.empty()) {
        return Complaint{
            fields.hashes.front().place,
            fmt::format("the source of {} is a git repository, and only archives have hashes", shown(fields.name.text)),
            "remove its hashes; a full commit id as the version pins the content"};
    }
    for (const auto& [hash, place] : fields.hashes) {
        if (archive_hash(hash)) continue;
        return Complaint{
            place, fmt::format("{} is not a hash", quoted(hash)),
            "write sha256:, sha384: or sha512: and the hexadecimal digits, as `pip hash FILE` prints them"};
    }
    return std::nullopt;
}

// "Version: 3.0.3" and "version = 3.0.3" give "3.0.3".
std::string_view without_label(std::string_view text) {
    constexpr std::string_view label = "version";
    if (lower(text.substr(0, label.size())) != label) return text;
    const std::string_view rest = trimmed(text.substr(label.size()));
    if (rest.empty() || (rest.front() != ':' && rest.front() != '=')) return text;
    return trimmed(rest.substr(1));
}

std::string_view without_quotes(std::string_view text) {
    constexpr std::string_view quotes = "\"'`";
    if (text.size() < 3 || quotes.find(text.front()) == std::string_view::npos || text.back() != text.front())
        return text;
    return trimmed(text.substr(1, text.size() - 2));
}

std::optional<Complaint> check_version(const PinFields& fields) {
    const auto& [version, place] = fields.version;
    const std::string_view name = fields.name.text;
    if (version.empty()) {
        if (name.empty()) return std::nullopt;  // already reported
        return Complaint{place, fmt::format("{} has no version", shown(name)),
                         fmt::format("add a version: {}", pin_text(fields, "VERSION"))};
    }
    if (const auto meant = without_label(version); meant != version) {
        return Complaint{
            place, fmt::format("the version of {} has a label: {}", shown(name), quoted(version)),
            fmt::format("write the version alone: {}", pin_text(fields, meant.empty() ? "VERSION" : meant))};
    }
    if (version.starts_with("==") && version.find_first_of(",<>~!*") == std::string_view::npos) {
        const auto begin = std::min(version.find_first_not_of('='), version.size());
        const auto meant = trimmed(version.substr(begin));
        return Complaint{place, fmt::format("the version of {} begins with '=='", shown(name)),
                         fmt::format("a pin is always exact: {}", pin_text(fields, meant.empty() ? "VERSION" : meant))};
    }
    if (version.find_first_of("<>~=*^") != std::string_view::npos || version.starts_with("!=")) {
        return Complaint{place, fmt::format("{} is a range of versions, and a pin names exactly one", quoted(version)),
                         fmt::format("write one version: {}", pin_text(fields, "VERSION"))};
    }
    if (const auto hash = version.find('#');
        hash != std::string_view::npos && hash > 0 && is_blank(version[hash - 1])) {
        return Complaint{
            {place.line, place.column + static_cast<int>(hash)},
            "a comment needs a separate line",
            fmt::format("move it to the line before: {}", pin_text(fields, trimmed(version.substr(0, hash))))};
    }
    const auto odd = std::find_if_not(version.begin(), version.end(), is_version_char);
    if (odd == version.end() && !version.starts_with('-')) {
        if (!is_commit_id(version) || !fields.source.text.empty()) return std::nullopt;
        return Complaint{place, fmt::format("{} is pinned to a commit, but has no source", shown(name)),
                         "add the repository: name,commit,git+https://…"};
    }
    const auto offset = odd == version.end() ? 0 : static_cast<int>(odd - version.begin());
    const Place there{place.line, place.column + offset};
    if (odd != version.end() && is_blank(*odd)) {
        return Complaint{there, fmt::format("the version of {} has white space: {}", shown(name), quoted(version)),
                         fmt::format("write one version: {}",
                                     pin_text(fields, version.substr(0, static_cast<std::size_t>(offset))))};
    }
    if (const auto bare = without_quotes(version); bare != version) {
        return Complaint{there, fmt::format("the version of {} is in quotes: {}", shown(name), quoted(version)),
                         fmt::format("write it without quotes: {}", pin_text(fields, bare))};
    }
    return Complaint{
        there, fmt::format("{} is not a version", quoted(version)),
        fmt::format("a version has letters, digits and '.', '_', '+', '!', '-': {}", pin_text(fields, "VERSION"))};
}

// The revision of git+https://host/repo.git@v1, without the '@'.
std::string_view revision_in(std::string_view path) {
    const auto at = path.rfind('@');
    const auto slash = path.rfind('/');
    if (at == std::string_view::npos || (slash != std::string_view::npos && at < slash)) return {};
    return path.substr(at + 1);
}

// git@host:org/repo in the form that pip accepts.
std::string ssh_source(const Url& url) {
    const std::string user = url.user.empty() ? "" : url.user + "@";
    return fmt::format("git+ssh://{}{}/{}", shown(user), url.host,
                       shown(std::string_view(url.path).substr(url.path.starts_with('/') ? 1 : 0)));
}

Complaint bad_git_source(const PinFields& fields, const Url& url) {
    const auto& [source, place] = fields.source;
    const std::string message = fmt::format("{} is not a source that pip can install from", quoted(source));
    if (url.scp_like) return {place, message, fmt::format("write {}", ssh_source(url))};
    if (source.starts_with("git+/")) return {place, message, fmt::format("write git+file://{}", shown(url.path))};
    return {place, message, "use git+https://, git+ssh:// or git+file://"};
}

std::optional<Complaint> check_source(const PinFields& fields) {
    const auto& [source, place] = fields.source;
    const std::string name = shown(fields.name.text);
    if (source.empty()) return std::nullopt;
    const bool is_git = source.starts_with("git+");
    const auto url = parse_url(is_git ? source.substr(4) : source);
    if (!is_git) {
        std::string hint = "a source begins with git+https://, git+ssh:// or git+file://";
        if (url.ok() && source.front() != '/')
            hint = fmt::format("write {}", url->scp_like ? ssh_source(*url) : fmt::format("git+{}", shown(source)));
        return Complaint{place, fmt::format("the source of {} does not begin with git+: {}", name, quoted(source)),
                         hint};
    }
    if (!url.ok())
        return Complaint{place, fmt::format("the source of {}: {}", name, url.error().message),
                         "write git+https://host/path"};
    constexpr std::array<std::string_view, 5> schemes{"https", "http", "ssh", "git", "file"};
    const bool known = std::find(schemes.begin(), schemes.end(), url->scheme) != schemes.end();
    if (!known || url->scp_like || source.starts_with("git+/")) return bad_git_source(fields, *url);
    if (const auto revision = revision_in(url->path); !revision.empty()) {
        return Complaint{place, fmt::format("the source of {} names a revision; the version must name it", name),
                         fmt::format("leave out '@{}'", shown(revision))};
    }
    return std::nullopt;
}

bool same_source(std::string_view a, std::string_view b) {
    if (a.empty() || b.empty()) return a.empty() == b.empty();
    return same_repository(git_url_of(a), git_url_of(b));
}

bool same_version(std::string_view a, std::string_view b) {
    return satisfies_pin(a, b) && satisfies_pin(b, a);
}

void add_duplicate(Gupfile& gupfile, const Requirement& first, const Requirement& second, Place place) {
    const std::string where = fmt::format("line {}", first.line);
    const bool has_same_extras = normalized_extras(first.extras) == normalized_extras(second.extras);
    if (same_version(first.version, second.version) && same_source(first.source, second.source) && has_same_extras) {
        if (first.hashes != second.hashes) {
            return add_error(
                gupfile, place,
                fmt::format("{} is pinned twice, with different hashes: here and in {}", shown(second.name), where),
                "write all hashes in one pin");
        }
        if (gupfile.problems.size() >= problems_at_most) return;
        gupfile.problems.push_back({Severity::warning, place.line, place.column,
                                    fmt::format("{} is pinned again, as in {}", shown(second.name), where),
                                    "remove one of the two lines"});
        return;
    }
    add_error(gupfile, place,
              fmt::format("{} is pinned twice: {} here, {} in {}", shown(second.name), shown(display(second)),
                          shown(display(first)), where),
              "keep the right one");
}

void add_extra(Requirement& pin, std::string_view extra) {
    const auto is_same = [&](const std::string& other) { return is_same_name(other, extra); };
    if (std::none_of(pin.extras.begin(), pin.extras.end(), is_same)) pin.extras.emplace_back(extra);
}

Requirement requirement_of(const PinFields& fields) {
    const NameWithExtras parts = split_extras(fields.name.text);
    Requirement pin{std::string(parts.name), std::string(fields.version.text), std::string(fields.source.text),
                    fields.name.place.line};
    for (const std::string_view extra : parts.extras) add_extra(pin, extra);
    for (const Field& extra : fields.extras) add_extra(pin, extra.text);
    for (const Field& hash : fields.hashes) pin.hashes.push_back(archive_hash(hash.text).value_or(""));
    std::sort(pin.hashes.begin(), pin.hashes.end());
    pin.hashes.erase(std::unique(pin.hashes.begin(), pin.hashes.end()), pin.hashes.end());
    return pin;
}

}  // namespace

std::string shown(std::string_view text) {
    // If the cut went through a secret, the mask could no longer recognise it.
    constexpr std::size_t looked_at = 4096;
    std::string out(text.substr(0, looked_at));
    std::replace_if(
        out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
    out = mask_secrets(out);
    return out.size() <= shown_at_most ? out : std::string(utf8_prefix(out, shown_at_most)) + "…";
}

std::string Quoted::operator()(std::string_view text) const {
    return fmt::format("'{}'", mask_urls(shown(text)));
}

std::string pin_text(const PinFields& fields, std::string_view version) {
    const std::string name = fields.name.text.empty() ? "NAME" : shown(fields.name.text);
    const std::string source = shown(fields.source.text);
    if (fields.legacy) return fmt::format("{},{}{}{}", name, shown(version), source.empty() ? "" : ",", source);
    const bool is_bare = name.find_first_of(".[] ") == std::string::npos;
    const std::string key = is_bare ? name : fmt::format("\"{}\"", name);
    if (source.empty()) return fmt::format("{} = \"{}\"", key, shown(version));
    return fmt::format("{} = {{ version = \"{}\", source = \"{}\" }}", key, shown(version), source);
}

Place PlaceFinder::find(int line, int column) {
    if (line < line_ || (line == line_ && column < column_)) *this = PlaceFinder(text_);
    for (; line_ < line; ++line_) {
        const auto end = text_.find('\n', begin_);
        if (end == std::string_view::npos) break;
        begin_ = at_ = end + 1;
        column_ = 1;
    }
    for (; column_ < column && at_ < text_.size(); ++column_) {
        ++at_;
        while (at_ < text_.size() && (static_cast<unsigned char>(text_[at_]) & 0xC0U) == 0x80U) ++at_;
    }
    return {std::max(1, line), static_cast<int>(at_ - begin_) + 1};
}

bool has_all_problems(const Gupfile& gupfile) {
    return gupfile.problems.size() > problems_at_most;
}

void add_error(Gupfile& gupfile, Place place, std::string message, std::string hint) {
    auto& problems = gupfile.problems;
    if (has_all_problems(gupfile)) return;
    if (problems.size() == problems_at_most) {
        message = "there are more problems";
        hint = "check that this file is a gupfile";
    }
    problems.push_back({Severity::error, place.line, place.column, std::move(message), std::move(hint)});
}

void add_pin(Gupfile& gupfile, const PinFields& fields) {
    bool sound = true;
    for (const auto check : {check_name, check_version, check_source, check_extras, check_hashes}) {
        auto complaint = check(fields);
        if (!complaint) continue;
        sound = false;
        add_error(gupfile, complaint->place, std::move(complaint->message), std::move(complaint->hint));
    }
    if (!sound) return;
    if (gupfile.pins.size() >= pins_at_most) {
        add_error(gupfile, fields.name.place, fmt::format("there are more than {} pins", pins_at_most),
                  "check that this file is a gupfile");
        return;
    }
    Requirement pin = requirement_of(fields);
    const auto first = std::find_if(gupfile.pins.begin(), gupfile.pins.end(),
                                    [&](const Requirement& other) { return is_same_name(other.name, pin.name); });
    if (first != gupfile.pins.end()) {
        add_duplicate(gupfile, *first, pin, fields.name.place);
        return;
    }
    gupfile.pins.push_back(std::move(pin));
}

}  // namespace gup::detail

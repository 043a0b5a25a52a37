// SPDX-License-Identifier: Apache-2.0
#include "core/requirements/direct_reference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/declaration/gupfile_values.hpp"
#include "core/packaging/names.hpp"
#include "core/packaging/version.hpp"
#include "util/text.hpp"
#include "util/url.hpp"

namespace gup::detail {
namespace {

constexpr std::array<std::string_view, 11> archive_endings{
    ".whl", ".zip", ".tar.gz", ".tgz", ".tar", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tar.lz", ".tar.lzma"};
constexpr std::string_view wheel_ending = ".whl";

constexpr std::array<std::string_view, 3> hash_names{"sha256", "sha384", "sha512"};

bool is_hash_name(std::string_view name) {
    return std::find(hash_names.begin(), hash_names.end(), name) != hash_names.end();
}

std::string_view ending_of(std::string_view path) {
    const std::string lowered = lower(path);
    // ".tar.gz" before ".gz": the longest one.
    std::string_view found;
    for (const std::string_view ending : archive_endings) {
        if (lowered.ends_with(ending) && ending.size() > found.size()) found = ending;
    }
    return found;
}

// The last name of a URL's path, decoded.
std::string file_name_in(const Url& url) {
    std::string_view path = url.path;
    while (path.ends_with('/')) path.remove_suffix(1);
    const auto slash = path.rfind('/');
    return percent_decoded(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

struct FileIdentity {
    std::string name;
    std::string version;
};

// Of name-version[-build]-python-abi-platform.whl; its "_" stand for "-".
std::optional<FileIdentity> wheel_identity(std::string_view file) {
    file.remove_suffix(wheel_ending.size());
    std::vector<std::string> parts;
    while (!file.empty()) parts.emplace_back(take_until(file, '-'));
    const bool has_build = parts.size() == 6 && !parts[2].empty() && is_digit(parts[2][0]);
    if (parts.size() != 5 && !has_build) return std::nullopt;
    for (std::size_t i = 0; i < 2; ++i) std::replace(parts[i].begin(), parts[i].end(), '_', '-');
    if (!is_distribution_name(parts[0]) || !is_pep440(parts[1])) return std::nullopt;
    return FileIdentity{parts[0], parts[1]};
}

// Of name-version.tar.gz: the version begins at the first '-' that leaves one.
std::optional<FileIdentity> sdist_identity(std::string_view stem) {
    for (auto dash = stem.find('-'); dash != std::string_view::npos; dash = stem.find('-', dash + 1)) {
        const std::string_view version = stem.substr(dash + 1);
        const std::string_view name = stem.substr(0, dash);
        // v1.0 is the tag of a host's archive, which is not named after the distribution.
        if (is_pep440(version) && !version.starts_with('v') && is_distribution_name(name)) {
            return FileIdentity{std::string(name), std::string(version)};
        }
    }
    return std::nullopt;
}

DirectReference refused(std::string message, std::string hint) {
    DirectReference reference;
    reference.flaw = LineFlaw{0, std::move(message), std::move(hint)};
    return reference;
}

// The fragment "egg=name[extra]&subdirectory=x" without its egg, which goes to `reference`.
std::string take_egg(std::string_view fragment, DirectReference& reference) {
    std::string kept;
    while (!fragment.empty()) {
        const std::string_view part = take_until(fragment, '&');
        if (!part.starts_with("egg=")) {
            if (!part.empty()) kept += (kept.empty() ? "" : "&") + std::string(part);
            continue;
        }
        std::string_view egg = part.substr(4);
        const auto bracket = egg.find('[');
        reference.name = percent_decoded(egg.substr(0, bracket));
        std::string_view extras = bracket == std::string_view::npos ? "" : egg.substr(bracket + 1);
        if (extras.ends_with(']')) extras.remove_suffix(1);
        while (!extras.empty()) {
            if (const std::string_view extra = trimmed(take_until(extras, ',')); !extra.empty()) {
                reference.extras.emplace_back(extra);
            }
        }
    }
    return kept;
}

// Checks the name after #egg=. pip ignores it behind "NAME @".
void check_egg(std::string_view text, std::string_view name, DirectReference& reference) {
    const auto is_name = [](const std::string& one) { return is_distribution_name(one); };
    if (!name.empty()) {
        reference.name.clear();
        reference.extras.clear();
    } else if (!reference.name.empty() &&
               (!is_name(reference.name) || !std::all_of(reference.extras.begin(), reference.extras.end(), is_name))) {
        reference.flaw = LineFlaw{std::min(text.find("egg="), text.size()),
                                  fmt::format("{} is not the name of a distribution", quoted(reference.name)),
                                  "write the name alone: #egg=NAME or #egg=NAME[EXTRA]"};
    }
}

// The '@' before a revision: in the path, not in host or query.
std::size_t revision_mark(std::string_view url) {
    const auto host = url.find("://");
    const auto path = url.find('/', host == std::string_view::npos ? 0 : host + 3);
    const auto query = std::min(url.find('?'), url.size());
    const auto at = url.substr(0, query).rfind('@');
    return path != std::string_view::npos && at != std::string_view::npos && at > path ? at : std::string_view::npos;
}

LineFlaw bad_git_url(std::string_view url) {
    const std::string message =
        fmt::format("{} is not the URL of a git repository", quoted(fmt::format("git+{}", url)));
    const auto parsed = parse_url(url);
    if (parsed.ok() && parsed->scp_like) {
        std::string_view path = parsed->path;
        while (path.starts_with('/')) path.remove_prefix(1);
        const std::string user = parsed->user.empty() ? "" : parsed->user + "@";
        return {0, message, fmt::format("write git+ssh://{}{}/{}", shown(user), parsed->host, shown(path))};
    }
    return {0, message, "write git+https://HOST/PATH, git+ssh://git@HOST/PATH or git+file:///PATH"};
}

DirectReference read_git(std::string_view text, std::string_view name) {
    DirectReference reference;
    const auto hash = std::min(text.find('#'), text.size());
    const std::string fragment = take_egg(text.substr(std::min(hash + 1, text.size())), reference);
    check_egg(text, name, reference);
    if (reference.flaw) return reference;
    std::string_view url = text.substr(4, hash - std::min<std::size_t>(hash, 4));
    std::string query;
    const auto mark = revision_mark(url);
    if (mark != std::string_view::npos) {
        const auto end = std::min(url.find('?', mark), url.size());
        reference.revision = url.substr(mark + 1, end - mark - 1);
        query = url.substr(end);
        url = url.substr(0, mark);
        if (!is_branch_name(reference.revision)) {
            reference.flaw =
                LineFlaw{4 + mark, fmt::format("{} is not a tag, a branch or a commit", quoted(reference.revision)),
                         "write one behind the @, or remove the @"};
            return reference;
        }
    }
    const auto parsed = parse_url(url);
    constexpr std::array<std::string_view, 5> schemes{"https", "http", "ssh", "git", "file"};
    const bool is_known = parsed.ok() && !parsed->scp_like && contains(url, "://") &&
                          std::find(schemes.begin(), schemes.end(), parsed->scheme) != schemes.end();
    if (!is_known) {
        reference.flaw = bad_git_url(url);
        return reference;
    }
    reference.source = fmt::format("git+{}{}{}{}", url, query, fragment.empty() ? "" : "#", fragment);
    return reference;
}

// Takes name and version of the file's name.
void identify(const std::string& file, std::string_view name, DirectReference& reference) {
    const std::string_view ending = ending_of(file);
    const bool is_wheel = ending == wheel_ending;
    if (ending.empty()) return;
    const auto found =
        is_wheel ? wheel_identity(file) : sdist_identity(std::string_view(file).substr(0, file.size() - ending.size()));
    if (!found && is_wheel) {
        reference.flaw = LineFlaw{0, fmt::format("{} is not the name of a wheel", quoted(file)),
                                  "a wheel is NAME-VERSION-PYTHON-ABI-PLATFORM.whl"};
    }
    if (!found) return;
    const bool is_other = !name.empty() && !is_same_name(found->name, name);
    if (is_other && is_wheel) {
        reference.flaw = LineFlaw{0, fmt::format("the URL of {} is a wheel of {}", name, found->name),
                                  fmt::format("write {} @ URL", found->name)};
    }
    if (is_other) return;  // the archive of a host: of the repository's name, not the distribution's
    reference.version = found->version;
    if (reference.name.empty()) reference.name = found->name;
}

DirectReference read_archive(std::string_view text, std::string_view name) {
    const auto parsed = parse_url(text);
    if (!parsed.ok()) return refused(parsed.error().message, "write https://HOST/PATH");
    DirectReference reference;
    const auto hash = std::min(text.find('#'), text.size());
    const std::string fragment = take_egg(text.substr(std::min(hash + 1, text.size())), reference);
    reference.source = fmt::format("{}{}{}", text.substr(0, hash), fragment.empty() ? "" : "#", fragment);
    check_egg(text, name, reference);
    if (reference.flaw) return reference;
    const std::string file = file_name_in(*parsed);
    if (file.ends_with(".git")) {
        return refused(fmt::format("{} is a git repository, not an archive", quoted(text)),
                       fmt::format("write git+{}@TAG", shown(text.substr(0, hash))));
    }
    identify(file, name, reference);
    if (const std::string checked = hash_in_url(reference.source); !checked.empty() && !reference.flaw) {
        if (const auto reason = reason_against_hash(checked)) {
            reference.flaw = LineFlaw{hash, *reason, "write #sha256= and 64 hexadecimal digits"};
        }
    }
    return reference;
}

std::string scheme_of(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0) return {};
    const std::string scheme = lower(text.substr(0, colon));
    const bool is_scheme = std::all_of(
        scheme.begin(), scheme.end(), [](char c) { return is_letter_or_digit(c) || c == '+' || c == '-' || c == '.'; });
    return is_scheme ? scheme : std::string();
}

}  // namespace

bool begins_with_scheme(std::string_view text) {
    // git+git@host:path is none for pip, and gets a hint.
    if (text.starts_with("git+")) return true;
    const std::string scheme = scheme_of(text);
    constexpr std::array<std::string_view, 10> known{"http", "https", "file", "ftp",  "ssh",
                                                     "git",  "hg",    "bzr",  "sftp", "svn"};
    return std::find(known.begin(), known.end(), scheme.substr(0, scheme.find('+'))) != known.end();
}

bool is_archive_name(std::string_view path) {
    return !ending_of(path).empty();
}

std::string hash_in_url(std::string_view source) {
    std::string_view fragment = source.substr(std::min(source.find('#'), source.size()));
    if (!fragment.empty()) fragment.remove_prefix(1);
    while (!fragment.empty()) {
        const std::string_view part = take_until(fragment, '&');
        const auto equals = part.find('=');
        if (equals == std::string_view::npos) continue;
        const std::string_view name = part.substr(0, equals);
        if (is_hash_name(name)) return fmt::format("{}:{}", name, lower(part.substr(equals + 1)));
    }
    return {};
}

std::optional<std::string> reason_against_hash(std::string_view value) {
    const auto colon = value.find(':');
    if (colon == std::string_view::npos) return fmt::format("{} is not a hash", quoted(value));
    const std::string_view name = value.substr(0, colon);
    if (!is_hash_name(name)) return fmt::format("{} is not a hash that is checked", quoted(name));
    if (archive_hash(value)) return std::nullopt;
    return fmt::format("{} is not a {} in hexadecimal digits", quoted(value.substr(colon + 1)), name);
}

DirectReference read_direct_reference(std::string_view text, std::string_view name) {
    const std::string scheme = scheme_of(text);
    if (lower(text.substr(0, 4)) == "git+") return read_git(text, name);
    if (scheme == "http" || scheme == "https") return read_archive(text, name);
    const std::string named(name.empty() ? "NAME" : name);
    if (scheme == "file") {
        return refused(fmt::format("{} is a file of one machine", quoted(text)),
                       fmt::format("write the version instead of the path: {}==VERSION", named));
    }
    if (scheme == "git" || scheme == "ssh") {
        return refused(fmt::format("{} is not a URL that pip installs", quoted(text)),
                       fmt::format("write {} @ git+{}", named, shown(text)));
    }
    const std::string kind = scheme.substr(0, scheme.find('+'));
    if (kind == "hg" || kind == "svn" || kind == "bzr") {
        return refused(fmt::format("{} is not a git repository", quoted(text)),
                       "the agent reads git: use a mirror in git, or the URL of an archive");
    }
    return refused(fmt::format("{} is not a URL that the agent installs from", quoted(text)),
                   fmt::format("write {} @ git+https://… or {} @ https://…", named, named));
}

}  // namespace gup::detail

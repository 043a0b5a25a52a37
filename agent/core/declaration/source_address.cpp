// SPDX-License-Identifier: Apache-2.0
#include "core/declaration/source_address.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "util/text.hpp"
#include "util/url.hpp"

namespace gup {
namespace {

constexpr std::string_view git_prefix = "git+";
constexpr std::string_view git_suffix = ".git";

Error bad_source(std::string_view text, std::string_view reason, std::string_view hint) {
    return {ErrorCode::invalid_input, fmt::format("{} is not a source: {}", mask_secrets(text), reason),
            std::string(hint)};
}

// The end of the repository's own path: after the first name that ends with ".git". A folder of the repository may
// follow. npos: there is no such name.
std::size_t end_of_repository(std::string_view path) {
    for (auto at = path.find(git_suffix); at != std::string_view::npos; at = path.find(git_suffix, at + 1)) {
        const auto end = at + git_suffix.size();
        const bool ends_a_name = end == path.size() || path[end] == '/';
        if (ends_a_name && at > 0 && path[at - 1] != '/') return end;
    }
    return std::string_view::npos;
}

std::string without_slashes(std::string_view path) {
    while (path.starts_with('/')) path.remove_prefix(1);
    while (path.ends_with('/')) path.remove_suffix(1);
    return std::string(path);
}

// True when `path` (without slashes around it) has only plain names.
bool stays_inside(std::string_view path) {
    while (!path.empty()) {
        const auto slash = path.find('/');
        const std::string_view name = path.substr(0, slash);
        if (name.empty() || name == "." || name == ".." || name == git_suffix) return false;
        path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
    }
    return true;
}

Result<SourceAddress> parse_git(std::string_view text) {
    SourceAddress source;
    std::string_view rest = text.starts_with(git_prefix) ? text.substr(git_prefix.size()) : text;
    if (const auto hash = rest.find('#'); hash != std::string_view::npos) {
        source.ref = rest.substr(hash + 1);
        rest = rest.substr(0, hash);
        if (source.ref.empty()) return bad_source(text, "nothing follows the #", "name a branch, a tag or a commit");
    }
    const auto end = end_of_repository(rest);
    if (end != std::string_view::npos) {
        source.folder = without_slashes(rest.substr(end));
        rest = rest.substr(0, end);
    }
    if (!stays_inside(source.folder)) {
        return bad_source(text, fmt::format("{} is not a folder of a repository", source.folder), {});
    }
    source.url = rest;
    GUP_CHECK(check_git_url(source.url));
    return source;
}

// The folder of an archive, behind a #.
Status take_folder(std::string_view text, std::string_view behind, SourceAddress& source) {
    source.folder = without_slashes(behind);
    if (source.folder.empty()) {
        return bad_source(text, "nothing follows the #", "name a folder of the archive: app.zip#app-main");
    }
    if (stays_inside(source.folder)) return {};
    return bad_source(text, fmt::format("{} is not a folder of an archive", source.folder), {});
}

Result<SourceAddress> parse_s3(std::string_view text) {
    SourceAddress source;
    source.kind = SourceKind::s3_zip;
    // A key may have a # of its own.
    if (const auto mark = text.rfind(".zip#"); mark != std::string_view::npos) {
        const auto hash = mark + std::string_view(".zip").size();
        GUP_CHECK(take_folder(text, text.substr(hash + 1), source));
        text = text.substr(0, hash);
    }
    source.url = text;
    const std::string_view rest = text.substr(std::string_view("s3://").size());
    const auto slash = rest.find('/');
    source.bucket = rest.substr(0, slash);
    if (slash != std::string_view::npos) source.key = rest.substr(slash + 1);
    const auto is_of_a_name = [](char c) { return is_letter_or_digit(c) || c == '.' || c == '-' || c == '_'; };
    if (source.bucket.empty() || !std::all_of(source.bucket.begin(), source.bucket.end(), is_of_a_name)) {
        return bad_source(text, fmt::format("'{}' is not the name of a bucket", mask_secrets(source.bucket)),
                          "write s3://bucket/path/app.zip; access-key and secret-key are separate settings");
    }
    if (source.key.empty() || source.key.ends_with('/')) {
        return bad_source(text, "it names no archive in the bucket", "write s3://bucket/path/app.zip");
    }
    return source;
}

}  // namespace

Status check_git_url(const std::string& url) {
    GUP_TRY(const Url parsed, parse_url(url));
    for (const char* known : {"http", "https", "ssh", "git", "file"}) {
        if (parsed.scheme == known) return {};
    }
    return Error{ErrorCode::unsupported,
                 fmt::format("{}: {} is not a supported kind of remote", mask_secrets(url), parsed.scheme),
                 "supported: http, https, ssh, git and file"};
}

Result<SourceAddress> parse_source(std::string_view text) {
    if (text.empty())
        return bad_source("''", "it is empty", "write a git URL, https://…/app.zip or s3://bucket/app.zip");
    if (text.starts_with("s3://")) return parse_s3(text);
    const bool is_http = text.starts_with("http://") || text.starts_with("https://");
    const std::string_view path = text.substr(0, text.find_first_of("?#"));
    if (!is_http || end_of_repository(path) != std::string_view::npos) return parse_git(text);
    SourceAddress source;
    source.kind = SourceKind::http_zip;
    const auto hash = text.find('#');
    if (hash != std::string_view::npos) GUP_CHECK(take_folder(text, text.substr(hash + 1), source));
    source.url = text.substr(0, hash);
    GUP_CHECK(parse_url(source.url));
    return source;
}

std::string display(const SourceAddress& source) {
    std::string text = mask_secrets(source.url);
    if (source.kind == SourceKind::http_zip) {
        // The URL without user and password: the same archive for every user.
        const auto url = parse_url(source.url);
        text = url.ok() ? url->without_credentials() : text.substr(0, text.find('?'));
    }
    if (!source.folder.empty()) text += (source.kind == SourceKind::git ? "/" : "#") + source.folder;
    if (!source.ref.empty()) text += "#" + source.ref;
    return text;
}

}  // namespace gup

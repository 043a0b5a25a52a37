// SPDX-License-Identifier: Apache-2.0
#include "util/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "util/text.hpp"
#include "util/utf8.hpp"

namespace gup {
namespace {

constexpr std::size_t quoted_at_most = 200;

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

bool is_scheme_char(char c) {
    return is_letter_or_digit(c) || c == '+' || c == '-' || c == '.';
}

std::string quoted(std::string_view text) {
    std::string out(text);
    std::replace_if(out.begin(), out.end(), is_control, '?');
    out = mask_secrets(out);
    if (out.size() > quoted_at_most) out = std::string(utf8_prefix(out, quoted_at_most)) + "…";
    return fmt::format("'{}'", out);
}

Error bad_url(std::string_view text, std::string_view reason, std::string_view hint = {}) {
    return {
        ErrorCode::invalid_input, fmt::format("{} is not a usable URL: {}", quoted(text), reason),
        std::string(hint.empty() ? "write https://host/path, ssh://user@host/path, user@host:path or /path" : hint)};
}

// True for text that ssh or git would read as an option.
bool looks_like_option(std::string_view text) {
    return text.starts_with('-');
}

bool is_host(std::string_view host) {
    constexpr std::string_view never = " \"<>\\^`{|}[]@/?#:";
    return !host.empty() && std::none_of(host.begin(), host.end(), [&](char c) {
        return is_control(c) || never.find(c) != std::string_view::npos;
    });
}

bool is_ipv6(std::string_view host) {
    const std::string_view address = host.substr(0, host.find('%'));  // what follows is a zone
    return std::count(address.begin(), address.end(), ':') >= 2 &&
           std::all_of(address.begin(), address.end(),
                       [](char c) { return hex_value(c) >= 0 || c == ':' || c == '.'; }) &&
           std::all_of(host.begin(), host.end(), [](char c) {
               return is_letter_or_digit(c) || c == ':' || c == '.' || c == '%' || c == '-' || c == '_';
           });
}

std::optional<int> port_number(std::string_view digits) {
    if (digits.empty() || digits.size() > 5 || !std::all_of(digits.begin(), digits.end(), is_digit))
        return std::nullopt;
    int port = 0;
    for (const char c : digits) port = port * 10 + (c - '0');
    if (port < 1 || port > 65535) return std::nullopt;
    return port;
}

// The reason why not, or nothing.
std::optional<std::string> take_host_and_port(std::string_view text, Url& url) {
    std::string_view rest;
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string_view::npos || !is_ipv6(text.substr(1, close - 1))) {
            return "the address in brackets is not an IPv6 address";
        }
        url.host = lower(text.substr(1, close - 1));
        rest = text.substr(close + 1);
        if (!rest.empty() && rest.front() != ':') return "something follows the bracket that is not a port";
    } else {
        const auto colon = text.find(':');
        const std::string_view host = text.substr(0, colon);
        if (!host.empty() && !is_host(host)) return "the host has a character that no host name has";
        url.host = lower(host);
        rest = colon == std::string_view::npos ? std::string_view{} : text.substr(colon);
    }
    if (rest.size() <= 1) return std::nullopt;
    const auto port = port_number(rest.substr(1));
    if (!port) return "the port is not a number from 1 to 65535";
    url.port = *port;
    return std::nullopt;
}

constexpr const char* must_be_encoded =
    "user or password have a character that must be percent-encoded (%20, %22, %3C or %3E)";

std::optional<std::string> take_user(std::string_view text, Url& url) {
    const auto colon = text.find(':');
    // mask_secrets would take one of these for the end of the URL, and show the rest.
    if (text.substr(0, colon).find_first_of(" \"<>") != std::string_view::npos) {
        return must_be_encoded;
    }
    url.user = percent_decoded(text.substr(0, colon));
    std::string password;
    if (colon != std::string_view::npos) password = percent_decoded(text.substr(colon + 1));
    constexpr std::string_view never("\0\r\n", 3);
    if (url.user.find_first_of(never) != std::string::npos || password.find_first_of(never) != std::string::npos) {
        return "user or password hold an encoded line end or NUL";
    }
    if (looks_like_option(url.user)) return "the user begins with '-'";
    url.password = Secret(std::move(password));
    return std::nullopt;
}

// Whether mask_secrets would not see the password or token, because a character in it ends URLs in sentences.
bool is_shown_by_messages(std::string_view text, std::string_view user, const Url& url) {
    const std::string_view secret = user.substr(user.find(':') + 1);  // npos + 1 is 0
    const bool is_http = url.scheme.ends_with("http") || url.scheme.ends_with("https");
    if (secret.empty() || secret == "***" || (url.password.empty() && !is_http)) return false;
    return mask_secrets(text) == text;
}

// file:///path: no other host than this one.
Result<Url> checked_file_url(std::string_view text, Url url) {
    if (url.host == "localhost") url.host.clear();
    if (!url.host.empty() || url.port != 0 || !url.user.empty()) {
        return bad_url(text, "a file URL names no host", "write three slashes: file:///path");
    }
    if (url.path.empty()) return bad_url(text, "it has no path");
    url.path = path_of_file_url(text);
    url.query.clear();
    url.fragment.clear();
    return url;
}

Result<Url> parse_absolute(std::string_view text, std::size_t separator) {
    Url url;
    url.scheme = lower(text.substr(0, separator));
    std::string_view rest = text.substr(separator + 3);

    const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
    rest.remove_prefix(authority.size());
    if (const auto hash = rest.find('#'); hash != std::string_view::npos) {
        url.fragment = rest.substr(hash + 1);
        rest = rest.substr(0, hash);
    }
    if (const auto mark = rest.find('?'); mark != std::string_view::npos) {
        url.query = rest.substr(mark + 1);
        rest = rest.substr(0, mark);
    }
    url.path = rest;

    const auto at = authority.rfind('@');
    if (at != std::string_view::npos) {
        auto reason = take_user(authority.substr(0, at), url);
        if (!reason && is_shown_by_messages(text, authority.substr(0, at), url)) reason = must_be_encoded;
        if (reason) {
            const std::size_t begin = separator + 3;
            return bad_url(fmt::format("{}***{}", text.substr(0, begin), text.substr(begin + at)), *reason);
        }
    }
    const auto host = at == std::string_view::npos ? authority : authority.substr(at + 1);
    if (auto reason = take_host_and_port(host, url)) return bad_url(text, *reason);

    if (url.scheme == "file") return checked_file_url(text, std::move(url));
    if (url.host.empty()) return bad_url(text, "it has no host");
    if (looks_like_option(url.host)) return bad_url(text, "the host begins with '-'");
    if (text.find(' ') != std::string_view::npos) return bad_url(text, "it has a space", "write a space as %20");
    if (url.path.empty()) url.path = "/";
    return url;
}

// The position of the colon after user and host in the scp-like form. Nullopt for another form.
std::optional<std::size_t> scp_separator(std::string_view text) {
    const auto open = text.find('[');
    const auto first = text.find_first_of(":/");
    std::size_t colon = first;
    if (open != std::string_view::npos && open < first && (open == 0 || text[open - 1] == '@')) {
        const auto close = text.find(']', open);
        if (close == std::string_view::npos) return std::nullopt;
        colon = close + 1;
    }
    if (colon >= text.size() || text[colon] != ':') return std::nullopt;
    return colon;
}

// git's bracketed scp hosts: [::1]:path, [host:2222]:path, [user@host:2222]:path.
std::optional<std::string> take_bracketed(std::string_view inner, Url& url) {
    if (const auto at = inner.rfind('@'); at != std::string_view::npos) {
        url.user = inner.substr(0, at);
        inner.remove_prefix(at + 1);
    }
    if (!is_ipv6(inner)) return take_host_and_port(inner, url);
    url.host = lower(inner);
    return std::nullopt;
}

Result<Url> parse_scp(std::string_view text, std::size_t colon) {
    Url url;
    url.scheme = "ssh";
    url.scp_like = true;
    url.path = text.substr(colon + 1);
    std::string_view host = text.substr(0, colon);
    if (const auto at = host.rfind('@', host.find('[')); at != std::string_view::npos) {
        url.user = host.substr(0, at);
        host.remove_prefix(at + 1);
    }
    constexpr std::array<std::string_view, 5> schemes{"http", "https", "ssh", "git", "file"};
    if (url.user.empty() && std::find(schemes.begin(), schemes.end(), lower(host)) != schemes.end()) {
        return bad_url(text, fmt::format("two slashes are missing after '{}:'", host),
                       fmt::format("write {}://…", lower(host)));
    }
    std::optional<std::string> reason;
    if (host.starts_with('[') && host.ends_with(']')) {
        reason = take_bracketed(host.substr(1, host.size() - 2), url);
    } else {
        reason = take_host_and_port(host, url);
    }
    if (reason) return bad_url(text, *reason);
    if (url.host.empty()) return bad_url(text, "it has no host");
    if (url.path.empty()) return bad_url(text, "it has no path");
    if (url.path.starts_with("//")) return bad_url(text, fmt::format("'{}' is not a scheme", host));
    if (looks_like_option(url.user) || looks_like_option(url.host) || looks_like_option(url.path)) {
        return bad_url(text, "user, host or path begin with '-'");
    }
    return url;
}

bool is_scheme(std::string_view text) {
    return !text.empty() && is_letter(text.front()) && std::all_of(text.begin(), text.end(), is_scheme_char);
}

// A character that certainly ends an authority, because an authority cannot have it.
bool ends_authority(char c) {
    constexpr std::string_view ends = " /?#\"<>";
    return is_control(c) || ends.find(c) != std::string_view::npos;
}

std::size_t authority_end(std::string_view text, std::size_t from) {
    while (from < text.size() && !ends_authority(text[from])) ++from;
    return from;
}

// "user:pa" of "//user:pa/ss@host": the text after the colon is not a port, so the password continues after a character
// that should have been encoded.
bool is_cut_password(std::string_view authority) {
    const auto colon = authority.find(':');
    if (authority.starts_with('[') || colon == std::string_view::npos) return false;
    const std::string_view port = authority.substr(colon + 1);
    // "http://host:" and "http://host:80," occur in sentences.
    return std::any_of(port.begin(), port.end(), [](char c) {
        return !is_digit(c) && c != '\'' && c != ',' && c != ';' && c != ')' && c != '.' && c != ':';
    });
}

// The '@' that ends the user part of the URL whose authority begins at `begin`; npos when it has none.
std::size_t find_user_end(std::string_view text, std::size_t begin, bool has_scheme) {
    std::size_t end = authority_end(text, begin);
    if (!has_scheme || text.substr(begin, end - begin).find('@') != std::string_view::npos) {
        const auto at = text.substr(begin, end - begin).rfind('@');
        return at == std::string_view::npos ? at : begin + at;
    }
    if (!is_cut_password(text.substr(begin, end - begin))) return std::string_view::npos;
    std::size_t at = end;
    while (at < text.size() && text[at] != '@') {
        if (is_control(text[at]) || text.substr(at).starts_with("://")) return std::string_view::npos;
        ++at;
    }
    if (at == text.size()) return std::string_view::npos;
    end = authority_end(text, at);
    return at + text.substr(at, end - at).rfind('@');
}

// The visible part of "user:password", "token" …
std::string masked_user(std::string_view user, bool is_http) {
    const auto colon = user.find(':');
    if (colon == std::string_view::npos) return is_http && !user.empty() ? "***" : std::string(user);
    const std::string_view password = user.substr(colon + 1);
    // GitHub's https://<token>:x-oauth-basic@host, and https://<token>:@host: the user is the secret.
    if (is_http && colon > 0 && (password.empty() || password == "x-oauth-basic")) return "***";
    return password.empty() ? std::string(user) : fmt::format("{}:***", user.substr(0, colon));
}

std::string_view scheme_before(std::string_view text, std::size_t slashes) {
    if (slashes == 0 || text[slashes - 1] != ':') return {};
    const std::size_t end = slashes - 1;
    std::size_t begin = end;
    while (begin > 0 && is_scheme_char(text[begin - 1])) --begin;
    return text.substr(begin, end - begin);
}

void trim_slashes(std::string& path) {
    while (path.ends_with('/')) path.pop_back();
}

// `git@host:org/repo.git`, `ssh://git@host/~/org/repo` and `ssh://git@host/org/repo` give one path. A host with both a
// home-relative and an absolute repository of one name is not supported.
std::string comparable_path(const Url& url, std::string_view text) {
    const bool is_encoded = url.scheme != "file" && text.find("://") != std::string_view::npos;
    std::string path = is_encoded ? percent_decoded(url.path) : url.path;
    trim_slashes(path);
    if (path.ends_with(".git") && !path.ends_with("/.git")) path.resize(path.size() - 4);
    trim_slashes(path);
    if (url.scheme != "ssh") return path;
    std::string_view relative = path;
    while (relative.starts_with('/')) relative.remove_prefix(1);
    if (relative.starts_with("~/")) relative.remove_prefix(2);
    return std::string(relative);
}

}  // namespace

std::string Url::without_credentials() const {
    const bool brackets = host.find(':') != std::string::npos;
    std::string out = brackets ? fmt::format("[{}]", host) : host;
    if (scp_like) {
        if (port != 0) out = fmt::format("[{}:{}]", host, port);
        return fmt::format("{}:{}", out, path);
    }
    if (port != 0) out += fmt::format(":{}", port);
    return fmt::format("{}://{}{}", scheme, out, path);
}

std::string Url::with_user() const {
    std::string out = without_credentials();
    const auto begin = out.find("://");
    if (user.empty() || begin == std::string::npos) return out;
    return out.insert(begin + 3, percent_encoded(user) + "@");
}

Result<Url> parse_url(std::string_view text) {
    if (text.empty()) return bad_url(text, "it is empty");
    if (std::any_of(text.begin(), text.end(), is_control)) return bad_url(text, "it has a control character");
    if (text.front() == '/') {
        Url url;
        url.scheme = "file";
        url.path = text;
        return url;
    }
    if (const auto separator = text.find("://"); separator != std::string_view::npos) {
        if (is_scheme(text.substr(0, separator))) return parse_absolute(text, separator);
    }
    if (const auto colon = scp_separator(text)) return parse_scp(text, *colon);
    return bad_url(text, "it has neither a scheme nor a host, and is not an absolute path");
}

std::string path_of_file_url(std::string_view url) {
    constexpr std::string_view start = "file://";
    const auto slash = url.find('/', start.size());
    if (lower(url.substr(0, start.size())) != start || slash == std::string_view::npos) return {};
    std::string path = percent_decoded(url.substr(slash));
    // No path has a NUL: git leaves this one as it is.
    for (auto nul = path.find('\0'); nul != std::string::npos; nul = path.find('\0', nul)) path.replace(nul, 1, "%00");
    return path;
}

std::string mask_secrets(std::string_view text) {
    std::string out;
    std::size_t copied = 0;
    for (auto slashes = text.find("//"); slashes != std::string_view::npos;) {
        const std::size_t begin = slashes + 2;
        const std::string scheme = lower(scheme_before(text, slashes));
        const std::size_t at = find_user_end(text, begin, !scheme.empty());
        if (at != std::string_view::npos) {
            const bool is_http = scheme.ends_with("http") || scheme.ends_with("https");
            out += text.substr(copied, begin - copied);
            out += masked_user(text.substr(begin, at - begin), is_http);
            copied = at;
        }
        slashes = text.find("//", at == std::string_view::npos ? begin : at);
    }
    out += text.substr(copied);
    return out;
}

int port_of(const Url& url) {
    if (url.port != 0) return url.port;
    if (url.scheme == "http") return 80;
    if (url.scheme == "https") return 443;
    if (url.scheme == "ssh") return 22;
    return url.scheme == "git" ? 9418 : 0;
}

bool same_server(const Url& a, const Url& b) {
    return a.scheme == b.scheme && a.host == b.host && port_of(a) == port_of(b);
}

bool same_repository(std::string_view a, std::string_view b) {
    const auto first = parse_url(a);
    const auto second = parse_url(b);
    if (!first.ok() || !second.ok()) return a == b;
    return same_server(*first, *second) && first->query == second->query &&
           comparable_path(*first, a) == comparable_path(*second, b);
}

}  // namespace gup

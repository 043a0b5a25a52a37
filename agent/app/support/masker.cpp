// SPDX-License-Identifier: Apache-2.0
#include "app/support/masker.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "util/mask_urls.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

constexpr std::string_view mask = "***";

void replace_all(std::string& text, const std::string& part) {
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + mask.size())) {
        text.replace(at, part.size(), mask);
    }
}

bool is_of_a_name(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '"' || c == '\'';
}

// Behind "token = ", "Password: ", "\"secret-key\":"; npos: the line has none.
std::size_t begin_of_secret(std::string_view line) {
    constexpr std::array<std::string_view, 12> names{"password", "passwd",        "passphrase", "token",
                                                     "secret",   "authorization", "api-key",    "api_key",
                                                     "apikey",   "access-key",    "access_key", "accesskey"};
    const std::string low = lower(line);
    std::size_t first = std::string::npos;
    for (const std::string_view name : names) {
        for (std::size_t at = low.find(name); at != std::string::npos; at = low.find(name, at + 1)) {
            std::size_t end = at + name.size();
            while (end < low.size() && is_of_a_name(low[end])) ++end;
            while (end < low.size() && low[end] == ' ') ++end;
            if (end < low.size() && (low[end] == '=' || low[end] == ':')) first = std::min(first, end + 1);
        }
    }
    return first;
}

}  // namespace

void Masker::add(std::string secret) {
    constexpr std::size_t shortest = 4;
    if (secret.size() < shortest) return;
    secrets_.push_back(std::move(secret));
    // A secret that contains another one goes first.
    std::sort(secrets_.begin(), secrets_.end(),
              [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
}

std::string Masker::masked(std::string_view text) const {
    std::string plain(text);
    for (const std::string& secret : secrets_) replace_all(plain, secret);
    plain = mask_urls(plain);
    std::string result;
    bool in_key = false;
    std::string_view rest = plain;
    while (!rest.empty()) {
        const std::size_t end = rest.find('\n');
        const std::string_view line = rest.substr(0, end);
        const bool ends = end != std::string_view::npos;
        rest.remove_prefix(ends ? end + 1 : rest.size());
        const bool begins_key = contains(line, "-----BEGIN ") && contains(line, "PRIVATE KEY");
        in_key = in_key || begins_key || contains(line, "untrusted comment: minisign encrypted secret key");
        const std::size_t at = begin_of_secret(line);
        if (in_key) {
            result += mask;
        } else if (at != std::string::npos && !trimmed(line.substr(at)).empty()) {
            result += std::string(line.substr(0, at)) + " " + std::string(mask);
        } else {
            result += line;
        }
        if (in_key && (contains(line, "-----END ") || line.empty())) in_key = false;
        if (ends) result += '\n';
    }
    return result;
}

}  // namespace gup

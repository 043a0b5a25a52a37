// SPDX-License-Identifier: Apache-2.0
#include "source/remote/netrc.hpp"

#include "util/text.hpp"

namespace gup::detail {
namespace {

constexpr std::string_view blanks = " \t\r\n";

class NetrcReader {
public:
    explicit NetrcReader(std::string_view text) : rest_(text) {}

    // Nullopt at the end. A token in quotes may contain blanks.
    std::optional<std::string> next() {
        for (;;) {
            rest_.remove_prefix(std::min(rest_.find_first_not_of(blanks), rest_.size()));
            if (!rest_.starts_with('#')) break;
            (void)take_until(rest_, '\n');
        }
        if (rest_.empty()) return std::nullopt;
        if (rest_.front() == '"') return quoted_token();
        const std::string_view token = rest_.substr(0, rest_.find_first_of(blanks));
        rest_.remove_prefix(token.size());
        return std::string(token);
    }

    // A macro ends with an empty line.
    void skip_macro() {
        (void)take_until(rest_, '\n');
        while (!rest_.empty() && !trimmed(take_until(rest_, '\n')).empty()) {
        }
    }

private:
    std::string quoted_token() {
        std::string token;
        std::size_t at = 1;
        for (; at < rest_.size() && rest_[at] != '"'; ++at) {
            char letter = rest_[at];
            if (letter == '\\' && at + 1 < rest_.size()) {
                letter = rest_[++at];
                if (letter == 'n') letter = '\n';
                if (letter == 'r') letter = '\r';
                if (letter == 't') letter = '\t';
            }
            token += letter;
        }
        rest_.remove_prefix(std::min(at + 1, rest_.size()));
        return token;
    }

    std::string_view rest_;
};

struct NetrcEntry {
    bool is_for_host = false;
    std::optional<std::string> login;
    std::optional<std::string> password;

    [[nodiscard]] bool is_usable(std::string_view user) const {
        if (!is_for_host || (!login && !password)) return false;
        return user.empty() || !login || *login == user;
    }
};

}  // namespace

std::optional<HttpCredentials> find_in_netrc(std::string_view text, std::string_view host, std::string_view user) {
    NetrcReader reader(text);
    NetrcEntry entry;
    for (;;) {
        const auto token = reader.next();
        const std::string word = token ? lower(*token) : std::string();
        const bool is_end = !token || word == "machine" || word == "default";
        if (is_end && entry.is_usable(user)) {
            return HttpCredentials{entry.login.value_or(std::string(user)), Secret(entry.password.value_or(""))};
        }
        if (!token) return std::nullopt;
        if (is_end) entry = {};
        if (word == "default") entry.is_for_host = true;
        if (word == "machine") entry.is_for_host = lower(reader.next().value_or("")) == lower(host);
        if (word == "login") entry.login = reader.next();
        if (word == "password") entry.password = reader.next();
        if (word == "account") (void)reader.next();
        if (word == "macdef") reader.skip_macro();
    }
}

}  // namespace gup::detail

#include "core/gupfile_values.hpp"

#include <sstream>

#include "core/characters.hpp"
#include "util/url.hpp"

namespace gup::detail {

bool is_branch_name(std::string_view text) {
    const auto has = [&](std::string_view part) { return text.find(part) != std::string_view::npos; };
    return !text.empty() && !text.starts_with('-') && !text.starts_with('/') && !text.ends_with('/') &&
           !text.ends_with('.') && !text.ends_with(".lock") &&
           text.find_first_of(" ~^:?*[\\") == std::string_view::npos && !has("..") && !has("//") && !has("@{");
}

bool leads_out(std::string_view path) {
    const std::string inner = "/" + std::string(path) + "/";
    return path.starts_with('/') || inner.find("/../") != std::string::npos;
}

std::optional<std::int64_t> seconds_in(std::string_view text) {
    std::int64_t unit = 1;
    if (text.ends_with('m')) unit = 60;
    if (text.ends_with('h')) unit = 60 * 60;
    if (text.ends_with('s') || unit > 1) text = trimmed(text.substr(0, text.size() - 1));
    constexpr std::size_t digits_at_most = 6;
    if (text.empty() || text.size() > digits_at_most) return std::nullopt;
    std::int64_t number = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        number = number * 10 + (c - '0');
    }
    return number * unit;
}

std::vector<std::string> words_in(std::string_view text) {
    std::istringstream stream{std::string(text)};
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(word);
    return words;
}

bool is_probe_url(std::string_view text) {
    const auto url = parse_url(text);
    return url.ok() && (url->scheme == "http" || url->scheme == "https") && !url->host.empty() && url->user.empty() &&
           url->password.empty() && text.find_first_of(" \t") == std::string_view::npos;
}

}  // namespace gup::detail

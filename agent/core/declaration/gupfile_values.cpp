#include "core/declaration/gupfile_values.hpp"

#include <algorithm>

#include "util/text.hpp"
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
    if (text.ends_with('d')) unit = 24 * 60 * 60;
    if (text.ends_with('s') || unit > 1) text = trimmed(text.substr(0, text.size() - 1));
    constexpr std::size_t digits_at_most = 6;
    const auto number = number_in<std::uint32_t>(text);
    return number && text.size() <= digits_at_most ? std::optional(*number * unit) : std::nullopt;
}

bool is_probe_url(std::string_view text) {
    const auto url = parse_url(text);
    return url.ok() && (url->scheme == "http" || url->scheme == "https") && !url->host.empty() && url->user.empty() &&
           url->password.empty() && text.find_first_of(" \t") == std::string_view::npos;
}

std::string syntax_flaw(std::string_view description) {
    constexpr std::string_view prefix = "Error ";
    std::string what(description.starts_with(prefix) ? description.substr(prefix.size()) : description);
    std::replace_if(
        what.begin(), what.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
    what = mask_secrets(what);
    constexpr std::size_t at_most = 200;
    return what.size() > at_most ? what.substr(0, what.rfind(' ', at_most)) : what;
}

std::string_view syntax_hint(std::string_view flaw) {
    const auto says = [&](std::string_view word) { return flaw.find(word) != std::string_view::npos; };
    if (says("redefine")) return "each key and each table may appear once: remove one of the two";
    if (says("string")) return "is the closing quote missing?";
    if (says("table header")) return "a table's name needs brackets: [dependencies]";
    return "text needs quotes: paho-mqtt = \"1.3.1\"";
}

}  // namespace gup::detail

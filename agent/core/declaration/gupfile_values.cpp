// SPDX-License-Identifier: Apache-2.0
#include "core/declaration/gupfile_values.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/packaging/names.hpp"
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

NameWithExtras split_extras(std::string_view text) {
    const auto open = text.find('[');
    NameWithExtras parts{trimmed(text.substr(0, open)), {}, {}, 0};
    if (open == std::string_view::npos) return parts;
    const auto wrong = [&](std::string mistake, std::size_t at) {
        parts.mistake = std::move(mistake);
        parts.mistake_at = at;
        return parts;
    };
    const auto close = text.find(']', open);
    if (close == std::string_view::npos) return wrong("there is no ']' after the extras", open);
    const std::string_view rest = trimmed(text.substr(close + 1));
    if (!rest.empty())
        return wrong("there is text after the extras", static_cast<std::size_t>(rest.data() - text.data()));
    if (trimmed(text.substr(open + 1, close - open - 1)).empty()) return parts;
    for (std::size_t begin = open + 1; begin <= close;) {
        const auto end = std::min(text.find(',', begin), close);
        const std::string_view extra = trimmed(text.substr(begin, end - begin));
        if (!is_distribution_name(extra)) {
            const auto at = extra.empty() ? begin : static_cast<std::size_t>(extra.data() - text.data());
            return wrong(extra.empty() ? "an extra has no name" : "this is not the name of an extra", at);
        }
        parts.extras.push_back(extra);
        begin = end + 1;
    }
    return parts;
}

std::optional<std::string> archive_hash(std::string_view text) {
    struct Kind {
        std::string_view name;
        std::size_t digits;
    };
    constexpr std::array<Kind, 3> kinds{{{"sha256:", 64}, {"sha384:", 96}, {"sha512:", 128}}};
    const std::string hash = lower(text);
    const bool is_known = std::any_of(kinds.begin(), kinds.end(), [&](const Kind& kind) {
        return hash.starts_with(kind.name) && hash.size() == kind.name.size() + kind.digits &&
               std::all_of(hash.begin() + static_cast<std::ptrdiff_t>(kind.name.size()), hash.end(),
                           [](char c) { return hex_value(c) >= 0; });
    });
    return is_known ? std::optional(hash) : std::nullopt;
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
    if (says("unicode") || says("escape sequence"))
        return "a backslash in \"…\" is written twice; in '…' it is an ordinary letter";
    if (says("array")) return "is the closing ] missing?";
    if (says("boolean")) return "write true or false, in small letters";
    if (says("expected '='") && !says("saw ','")) return "a key and its value need = between them";
    if (says("expected value")) return "the value is missing";
    if (says("comment or whitespace")) return "is a quote missing, or a second key on the same line?";
    if (says("string")) return "is the closing quote missing?";
    if (says("table header")) return "a table's name needs brackets: [dependencies]";
    return "text needs quotes: paho-mqtt = \"1.3.1\"";
}

}  // namespace gup::detail

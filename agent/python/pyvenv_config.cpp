#include "python/pyvenv_config.hpp"

#include <algorithm>

#include "util/text.hpp"

namespace gup {

std::string minor_version(std::string_view text) {
    constexpr std::string_view digit_characters = "0123456789";
    if (const auto slash = text.rfind('/'); slash != std::string_view::npos) text.remove_prefix(slash + 1);
    const auto first = text.find_first_of(digit_characters);
    if (first == std::string_view::npos) return {};
    text.remove_prefix(first);
    const auto dot = text.find_first_not_of(digit_characters);
    if (dot == std::string_view::npos || text[dot] != '.') return {};
    const auto end = std::min(text.find_first_not_of(digit_characters, dot + 1), text.size());
    return end == dot + 1 ? std::string() : std::string(text.substr(0, end));
}

PyvenvConfig parse_pyvenv_config(std::string_view text) {
    PyvenvConfig config;
    while (!text.empty()) {
        const std::string_view line = take_until(text, '\n');
        const auto equals = line.find('=');
        if (equals == std::string_view::npos) continue;
        const std::string key = lower(trimmed(line.substr(0, equals)));
        const std::string_view value = trimmed(line.substr(equals + 1));
        if (key == "home") config.home = value;
        if (key == "version" || key == "version_info") config.version = minor_version(value);
        if (key == "include-system-site-packages") config.system_site_packages = lower(value) == "true";
    }
    return config;
}

std::vector<fs::path> system_site_folders(const PyvenvConfig& config) {
    if (config.home.empty() || config.version.empty()) return {};
    fs::path prefix = fs::path(config.home).parent_path();
    if (prefix == "/") prefix = "/usr";  // /bin is /usr/bin, but only /usr has a lib/python3
    const std::string python = "python" + config.version;
    return {prefix / "local/lib" / python / "dist-packages", prefix / "lib/python3/dist-packages",
            prefix / "lib" / python / "dist-packages", prefix / "lib" / python / "site-packages"};
}

}  // namespace gup

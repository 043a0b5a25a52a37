// SPDX-License-Identifier: Apache-2.0
#include "python/virtualenv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/declaration/requirement.hpp"
#include "python/interpreter.hpp"
#include "python/site_packages.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/symlink.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

// The words of sys.version_info, and the marks of a version number.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> release_levels{
    {{"alpha", "a"}, {"beta", "b"}, {"candidate", "rc"}, {"rc", "rc"}, {"a", "a"}, {"b", "b"}}};

std::string_view take_number(std::string_view& text) {
    const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
    const std::string_view number = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(number.size());
    return number;
}

// Only uv and virtualenv write it into pyvenv.cfg. Else by the names of the program (a copy may be only "python"), of
// the one that it was made with, and of the folder lib/pypy3.9.
std::string implementation_of(const PyvenvConfig& config, const fs::path& real, const std::vector<fs::path>& folders) {
    if (!config.implementation.empty()) return config.implementation;
    std::vector<std::string> names{real.filename().string(), fs::path(config.executable).filename().string()};
    for (const fs::path& folder : folders) names.push_back(folder.parent_path().filename().string());
    const auto is_named = [&](const char* program) {
        return std::any_of(names.begin(), names.end(), [&](const auto& name) { return name.starts_with(program); });
    };
    if (is_named("pypy")) return "pypy";
    if (is_named("graalpy")) return "graalpy";
    return is_named("python") ? "cpython" : "";
}

// Without a pyvenv.cfg a linked interpreter is not a virtualenv: pip installs to the link's target.
std::string missing_config_defect(const fs::path& root, const fs::path& real) {
    const auto folder = real_path(root);
    if (!folder.ok() || is_below(real, *folder)) return {};
    return fmt::format("pyvenv.cfg is missing: pip would install for {} itself", real.string());
}

void add_defect(ObservedVirtualenv& virtualenv, std::string defect) {
    if (defect.empty() || !virtualenv.defect.empty()) return;
    virtualenv.defect = std::move(defect);
    virtualenv.defect_kind = VirtualenvDefect::incomplete;
}

// The virtualenv's distributions hide the system's of the same name, and an earlier system folder a later one's. A
// distribution that is twice in the virtualenv itself is a defect of both, because Python sees either of them.
void resolve_duplicates(std::vector<Distribution>& distributions) {
    std::vector<std::pair<std::string, Distribution*>> named;
    named.reserve(distributions.size());
    for (Distribution& one : distributions) named.emplace_back(normalized_name(one.name), &one);
    std::stable_sort(named.begin(), named.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<Distribution> seen;
    seen.reserve(distributions.size());
    for (auto begin = named.begin(); begin != named.end();) {
        const auto end =
            std::find_if(begin, named.end(), [&](const auto& other) { return other.first != begin->first; });
        auto last = std::find_if(begin, end, [](const auto& other) { return other.second->system; });
        if (last == begin) last = begin + 1;
        std::string versions;
        for (auto one = begin; one != last; ++one) {
            versions += fmt::format("{}{}", versions.empty() ? "" : " and ", one->second->version);
        }
        for (auto one = begin; one != last; ++one) {
            Distribution& distribution = *one->second;
            if (last - begin > 1 && distribution.defect.empty()) {
                distribution.defect = fmt::format("it is installed more than once: {}", versions);
            }
            seen.push_back(std::move(distribution));
        }
        begin = end;
    }
    distributions = std::move(seen);
}

// `python -m venv --upgrade` writes another version into pyvenv.cfg, and leaves the packages where they are.
std::string foreign_library_defect(const std::vector<fs::path>& folders, const std::string& version) {
    if (version.empty() || folders.empty()) return {};
    const std::string wanted = "python" + version;  // or python3.13t, without the global lock
    const auto is_read = [&](const fs::path& folder) {
        const std::string name = folder.parent_path().filename().string();
        return name.starts_with(wanted) || !name.starts_with("python");
    };
    if (std::any_of(folders.begin(), folders.end(), is_read)) return {};
    const std::string other = folders.front().parent_path().filename().string();
    return fmt::format("its packages are in {}, which Python {} does not read", other, version);
}

}  // namespace

VirtualenvLocation find_virtualenv(const fs::path& root, const std::string& name, const fs::path& home) {
    std::vector<fs::path> places{root / ".pyenv" / name};
    if (!home.empty()) places.push_back(home / ".pyenv" / name);
    places.push_back(root / name / ".venv");
    for (const fs::path& place : places) {
        const auto python = file_info(place / "bin/python", Follow::no);
        if (is_file(place / "pyvenv.cfg") || (python.ok() && *python)) return {true, place};
    }
    return {false, places.front()};
}

Result<ObservedVirtualenv> inspect_virtualenv(const VirtualenvLocation& place) {
    ObservedVirtualenv virtualenv;
    virtualenv.present = place.present;
    virtualenv.path = place.path.string();
    virtualenv.python = (place.path / "bin/python").string();
    virtualenv.markers = marker_environment({}, {});
    if (!place.present) return virtualenv;

    const auto text = read_file(place.path / "pyvenv.cfg", 64U << 10U);
    if (!text.ok() && text.error().code != ErrorCode::not_found) return text.error();
    PyvenvConfig config = parse_pyvenv_config(text.ok() ? *text : "");
    virtualenv.sees_system = config.system_site_packages;
    const FoundInterpreter interpreter = find_interpreter(place.path, config);
    virtualenv.python = interpreter.program.string();
    virtualenv.defect = interpreter.defect;
    virtualenv.defect_kind = interpreter.kind;
    if (!text.ok()) add_defect(virtualenv, missing_config_defect(place.path, interpreter.real));
    if (config.version.empty()) config.version = minor_version(interpreter.real.string());
    virtualenv.python_version = config.version;
    virtualenv.python_full_version = config.full_version.empty() ? config.version : config.full_version;

    GUP_TRY(const auto folders, site_folders(place.path, config.version));
    virtualenv.implementation = implementation_of(config, interpreter.real, folders);
    virtualenv.markers = marker_environment(virtualenv.python_full_version, virtualenv.implementation);
    if (folders.empty())
        add_defect(virtualenv, fmt::format("{} has no lib/python*/site-packages", place.path.string()));
    add_defect(virtualenv, foreign_library_defect(folders, config.version));
    for (const fs::path& folder : folders) GUP_CHECK(scan_site_packages(folder, SiteKind::virtualenv, virtualenv));
    if (config.system_site_packages) {
        for (const fs::path& folder : system_site_folders(config)) {
            const Status scanned = scan_site_packages(folder, SiteKind::system, virtualenv);
            if (!scanned.ok() && scanned.error().code != ErrorCode::not_found) return scanned.error();
        }
    }
    resolve_duplicates(virtualenv.distributions);
    if (virtualenv.defect.empty()) return virtualenv;
    for (Distribution& distribution : virtualenv.distributions) {
        distribution.requested = is_there(fs::path(distribution.location) / "REQUESTED");
    }
    return virtualenv;
}

std::vector<std::string> paths_of_folder(const fs::path& folder) {
    std::vector<std::string> paths{folder.string()};
    const auto real = real_path(folder);
    if (real.ok() && *real != folder) paths.push_back(real->string());
    return paths;
}

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

std::string full_version(std::string_view text) {
    std::string version = minor_version(text);
    if (version.empty()) return {};
    text.remove_prefix(text.find(version) + version.size());
    if (!text.starts_with('.')) return version;
    text.remove_prefix(1);
    const std::string_view patch = take_number(text);
    if (patch.empty()) return version;
    version += fmt::format(".{}", patch);
    if (text.starts_with('.')) text.remove_prefix(1);
    for (const auto& [word, mark] : release_levels) {
        if (!text.starts_with(word)) continue;
        text.remove_prefix(word.size());
        if (text.starts_with('.')) text.remove_prefix(1);
        const std::string_view serial = take_number(text);
        return serial.empty() ? version : fmt::format("{}{}{}", version, mark, serial);
    }
    return version;
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
        if (key == "version" || key == "version_info") {
            config.version = minor_version(value);
            config.full_version = full_version(value);
        }
        if (key == "executable" || key == "base-executable") config.executable = value;
        if (key == "implementation") config.implementation = lower(value);
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

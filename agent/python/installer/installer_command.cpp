// SPDX-License-Identifier: Apache-2.0
#include "python/installer/installer_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

#include "python/installer/foreign_settings.hpp"
#include "util/sys/environment.hpp"

namespace gup {
namespace {

using Variables = std::vector<std::pair<std::string, std::string>>;

std::vector<std::string> pip_arguments(const InstallerTool& tool) {
    std::vector<std::string> arguments{tool.program.string(),         "-m",        "pip", "install",   "--no-input",
                                       "--disable-pip-version-check", "--retries", "2",   "--timeout", "20"};
    if (tool.pip >= PipVersion{10, 0}) arguments.insert(arguments.end(), {"--no-color", "--progress-bar", "off"});
    if (tool.pip >= PipVersion{18, 0}) arguments.emplace_back("--prefer-binary");
    return arguments;
}

// Programs that git or ssh start must not ask questions: no person would answer.
void silence_questions(const CallFiles& files, Variables& variables) {
    variables.emplace_back("GIT_TERMINAL_PROMPT", "0");
    variables.emplace_back("SSH_ASKPASS_REQUIRE", "force");
    variables.emplace_back("SSH_ASKPASS", "/bin/false");
    if (!files.askpass.empty()) variables.emplace_back("GIT_ASKPASS", files.askpass.string());
}

bool is_own_home(const fs::path& home) {
    return home.empty() || home == environment_value("HOME");
}

PipConfigPlaces config_places(const ObservedVirtualenv& virtualenv, const InstallerSettings& settings) {
    PipConfigPlaces places;
    places.home = settings.home.empty() ? fs::path(environment_value("HOME")) : settings.home;
    places.virtualenv = virtualenv.path;
    if (!is_own_home(settings.home)) return places;
    places.config_home = environment_value("XDG_CONFIG_HOME");
    places.config_dirs = environment_value("XDG_CONFIG_DIRS");
    return places;
}

// As for pip, an index of the declaration takes the place of those of pip.conf.
void set_uv_variables(const PipConfigPlaces& places, const CallFiles& files, Variables& variables) {
    for (auto& variable : uv_environment(read_pip_config(places))) {
        const bool is_index = variable.first == "UV_DEFAULT_INDEX" || variable.first == "UV_INDEX";
        if (!is_index || !files.names_index) variables.push_back(std::move(variable));
    }
    variables.emplace_back("UV_PYTHON_DOWNLOADS", "never");
    variables.emplace_back("UV_HTTP_TIMEOUT", "20");
    variables.emplace_back("UV_HTTP_RETRIES", "2");
    variables.emplace_back("NO_COLOR", "1");
}

// Variables, folder and time for a call; its arguments are the caller's.
ProcessRequest process_for(const InstallerTool& tool, const ObservedVirtualenv& virtualenv,
                           const InstallerSettings& settings, const CallFiles& files) {
    ProcessRequest process;
    process.unset_env = misleading_variables(settings.home);
    // A package of ~/.local is not the virtualenv's, although Python sees it where it sees the system's packages.
    process.set_env = {
        {"LC_ALL", "C.UTF-8"}, {"TMPDIR", files.folder.string()}, {"PYTHONNOUSERSITE", "1"}, {"PYTHONUNBUFFERED", "1"}};
    if (!settings.home.empty()) process.set_env.emplace_back("HOME", settings.home.string());
    silence_questions(files, process.set_env);
    const PipConfigPlaces places = config_places(virtualenv, settings);
    if (tool.uv) {
        set_uv_variables(places, files, process.set_env);
    } else {
        auto neutral = neutral_pip_variables(read_pip_settings(places), virtualenv.python, files.folder);
        std::move(neutral.begin(), neutral.end(), std::back_inserter(process.set_env));
    }
    process.folder = files.folder;
    process.timeout = settings.timeout;
    return process;
}

}  // namespace

const Distribution* installed_pip(const ObservedVirtualenv& virtualenv) {
    for (const Distribution& distribution : virtualenv.distributions) {
        if (normalized_name(distribution.name) == "pip") return &distribution;
    }
    return nullptr;
}

PipVersion parse_pip_version(std::string_view text) {
    PipVersion version;
    const char* const end = text.data() + text.size();
    const auto major = std::from_chars(text.data(), end, version.major);
    if (major.ec == std::errc() && major.ptr != end && *major.ptr == '.') {
        (void)std::from_chars(major.ptr + 1, end, version.minor);
    }
    return version;
}

Result<InstallerTool> choose_installer(const ObservedVirtualenv& virtualenv, const InstallerSettings& settings,
                                       bool has_hashes) {
    if (settings.choice != InstallerChoice::pip) {
        fs::path program = settings.uv_path;
        if (program.empty() && settings.choice == InstallerChoice::uv) program = find_program("uv");
        if (is_executable(program)) {
            GUP_CHECK(check_installer_settings(InstallerKind::uv, config_places(virtualenv, settings), has_hashes));
            return InstallerTool{true, program, {}};
        }
        if (settings.choice == InstallerChoice::uv) {
            return Error{ErrorCode::not_found,
                         "uv is missing: " + (program.empty() ? "not in $PATH" : program.string()),
                         "put uv next to the agent, or set the installer to pip"};
        }
    }
    const Distribution* pip = installed_pip(virtualenv);
    if (pip == nullptr) {
        return Error{ErrorCode::not_found, fmt::format("no pip in {}", virtualenv.path),
                     fmt::format("{} -m ensurepip", virtualenv.python)};
    }
    GUP_CHECK(check_installer_settings(InstallerKind::pip, config_places(virtualenv, settings), has_hashes));
    return InstallerTool{false, virtualenv.python, parse_pip_version(pip->version)};
}

std::vector<std::string> misleading_variables(const fs::path& home) {
    std::vector<std::string> names{
        "PYTHONHOME",   "PYTHONPATH",          "PYTHONSTARTUP",   "VIRTUAL_ENV",       "__PYVENV_LAUNCHER__",
        "PIP_USER",     "PIP_TARGET",          "PIP_PREFIX",      "PIP_ROOT",          "PIP_PYTHON",
        "PIP_QUIET",    "PIP_VERBOSE",         "PIP_DRY_RUN",     "PIP_NO_DEPS",       "PIP_REQUIREMENT",
        "PIP_EDITABLE", "PIP_FORCE_REINSTALL", "PIP_UPGRADE",     "PIP_REPORT",        "PIP_IGNORE_INSTALLED",
        "UV_PYTHON",    "UV_TARGET",           "UV_PREFIX",       "UV_SYSTEM_PYTHON",  "UV_BREAK_SYSTEM_PACKAGES",
        "UV_NO_DEPS",   "UV_DRY_RUN",          "UV_PROJECT",      "UV_WORKING_DIR",    "UV_WORKING_DIRECTORY",
        "UV_REINSTALL", "UV_UPGRADE",          "UV_NO_REINSTALL", "UV_MANAGED_PYTHON", "UV_PROJECT_ENVIRONMENT"};
    constexpr std::array<std::string_view, 5> beginnings{"PYTHON", "VIRTUAL_ENV", "__PYVENV", "CONDA_", "_CONDA_"};
    for (std::string& name : environment_names()) {
        const bool misleads = std::any_of(beginnings.begin(), beginnings.end(),
                                          [&](std::string_view start) { return name.starts_with(start); });
        if (misleads) names.push_back(std::move(name));
    }
    if (!is_own_home(home)) {
        names.insert(names.end(), {"XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "XDG_CACHE_HOME", "XDG_DATA_HOME",
                                   "XDG_RUNTIME_DIR", "USER", "LOGNAME"});
    }
    return names;
}

ProcessRequest installer_process(const InstallerTool& tool, const ObservedVirtualenv& virtualenv,
                                 const InstallerSettings& settings, const CallFiles& files) {
    ProcessRequest process = process_for(tool, virtualenv, settings, files);
    if (tool.uv) {
        process.argv = {tool.program.string(), "pip", "install", "--python", virtualenv.python, "--no-progress"};
    } else {
        process.argv = pip_arguments(tool);
    }
    if (files.requires_hashes) process.argv.emplace_back("--require-hashes");
    if (files.without_dependencies) process.argv.emplace_back("--no-deps");
    if (!files.constraint_file.empty()) {
        process.argv.insert(process.argv.end(), {"-c", files.constraint_file.string()});
    }
    process.argv.insert(process.argv.end(), {"-r", files.requirement_file.string()});
    return process;
}

ProcessRequest uninstaller_process(const InstallerTool& tool, const ObservedVirtualenv& virtualenv,
                                   const InstallerSettings& settings, const fs::path& folder,
                                   const std::vector<std::string>& names) {
    ProcessRequest process = process_for(tool, virtualenv, settings, {folder, {}, {}});
    if (tool.uv) {
        process.argv = {tool.program.string(), "pip", "uninstall", "--python", virtualenv.python};
    } else {
        process.argv = {tool.program.string(),        "-m", "pip", "uninstall", "--yes", "--no-input",
                        "--disable-pip-version-check"};
        if (tool.pip >= PipVersion{10, 0}) process.argv.emplace_back("--no-color");
    }
    process.argv.insert(process.argv.end(), names.begin(), names.end());
    return process;
}

}  // namespace gup

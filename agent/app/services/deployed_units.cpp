// SPDX-License-Identifier: Apache-2.0
#include "app/services/deployed_units.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "app/output/message.hpp"
#include "app/output/output.hpp"
#include "app/services/generate_units.hpp"
#include "app/services/repository_files.hpp"
#include "app/services/unit_folder.hpp"
#include "util/printable.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

constexpr std::array<std::string_view, 3> starting_types{".container", ".kube", ".pod"};

// "%%" → "%": the only escape in names of images.
std::string unescaped(std::string_view value) {
    std::string text;
    for (std::size_t at = 0; at < value.size(); ++at) {
        text += value[at];
        if (value[at] == '%' && at + 1 < value.size() && value[at + 1] == '%') ++at;
    }
    return text;
}

// "--platform=linux/arm64", or two words.
std::string platform_in(std::string_view arguments) {
    constexpr std::string_view option = "--platform";
    const auto words = words_in(arguments);
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] == option && i + 1 < words.size()) return std::string(words[i + 1]);
        if (words[i].starts_with(option) && words[i].substr(option.size()).starts_with('=')) {
            return std::string(words[i].substr(option.size() + 1));
        }
    }
    return {};
}

// Lines of systemd.syntax(7), with continued lines put together.
std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    bool is_continued = false;
    for (std::string line; std::getline(stream, line);) {
        const std::string_view words = trimmed(line);
        const bool continues = words.ends_with('\\');
        const std::string part(continues ? words.substr(0, words.size() - 1) : words);
        if (is_continued) {
            lines.back() += " " + part;
        } else {
            lines.push_back(part);
        }
        is_continued = continues;
    }
    return lines;
}

struct UnitKeys {
    std::string image, service_name, platform, pull;
};

UnitKeys keys_in(const std::string& text, std::string_view section) {
    UnitKeys keys;
    bool is_inside = false;
    for (const std::string& line : lines_of(text)) {
        if (line.starts_with('[')) is_inside = line == section;
        const auto equals = line.find('=');
        if (!is_inside || equals == std::string::npos || line.starts_with('#') || line.starts_with(';')) continue;
        const std::string_view key = trimmed(std::string_view(line).substr(0, equals));
        const std::string_view value = trimmed(std::string_view(line).substr(equals + 1));
        if (key == "Image") keys.image = unescaped(value);
        if (key == "ServiceName") keys.service_name = unescaped(value);
        if (key == "Pull") keys.pull = value;
        if (key == "PodmanArgs" && keys.platform.empty()) keys.platform = platform_in(value);
    }
    return keys;
}

DeployedStack stack_of_files(const fs::path& folder, const std::string& name, const std::set<std::string>& files) {
    DeployedStack stack{.name = name};
    for (const std::string& file : files) {
        const auto text = read_file(folder / file);
        if (!text.ok()) continue;
        if (auto unit = deployed_unit(file, *text)) stack.units.push_back(*std::move(unit));
    }
    return stack;
}

// The stack's files when generate-units did not make them.
std::set<std::string> files_named(const fs::path& folder, const std::string& name) {
    std::set<std::string> files;
    if (!is_stack_name(name)) return files;
    for (const std::string_view type : starting_types) {
        const std::string file = fmt::format("{}{}", name, type);
        if (is_file(folder / file)) files.insert(file);
    }
    return files;
}

bool is_of_user(const CommandLine& line) {
    return line.services.of_user || line.services.form == ServicesForm::utility || ::geteuid() != 0;
}

}  // namespace

UnitNames DeployedStacks::units() const {
    UnitNames names;
    for (const DeployedStack& stack : stacks) {
        for (const DeployedUnit& one : stack.units) names.push_back(one.unit);
    }
    return names;
}

std::optional<DeployedUnit> deployed_unit(const std::string& file, const std::string& text) {
    const auto dot = file.rfind('.');
    if (dot == std::string::npos || dot == 0) return std::nullopt;
    const std::string type = file.substr(dot);
    if (std::find(starting_types.begin(), starting_types.end(), type) == starting_types.end()) return std::nullopt;
    const std::string stem = file.substr(file.rfind('/') + 1, dot - (file.rfind('/') + 1));
    if (stem.ends_with('@')) return std::nullopt;
    const std::string_view section = type == ".container" ? "[Container]" : type == ".kube" ? "[Kube]" : "[Pod]";
    const UnitKeys keys = keys_in(text, section);
    const std::string service = !keys.service_name.empty() ? keys.service_name : type == ".pod" ? stem + "-pod" : stem;
    return DeployedUnit{.file = file,
                        .unit = service + ".service",
                        .image = keys.image,
                        .platform = keys.platform,
                        .never_pulls = keys.pull == "never"};
}

Result<DeployedStacks> deployed_stacks(const fs::path& folder, const std::vector<std::string>& names) {
    GUP_TRY(const UnitManifest manifest, read_manifest(folder));
    std::vector<std::string> wanted = names;
    if (names.empty()) {
        for (const auto& entry : manifest.stacks) wanted.push_back(entry.first);
    }
    DeployedStacks found{.folder = folder};
    std::set<std::string> seen;
    for (const std::string& name : wanted) {
        if (!seen.insert(name).second) continue;
        const auto known = manifest.stacks.find(name);
        DeployedStack stack =
            stack_of_files(folder, name, known == manifest.stacks.end() ? files_named(folder, name) : known->second);
        if (stack.units.empty()) {
            found.unknown.push_back(name);
        } else {
            found.stacks.push_back(std::move(stack));
        }
    }
    return found;
}

fs::path folder_of_units(const CommandLine& line) {
    const bool is_users = is_of_user(line);
    const ServicesForm form = is_users ? ServicesForm::utility : line.services.form;
    return fs::absolute(units_folder(line.services.units, form)).lexically_normal();
}

Systemd systemd_for(const CommandLine& line) {
    Systemd systemd;
    if (is_of_user(line)) systemd.user = owner_with(::geteuid());
    return systemd;
}

Podman podman_for(const CommandLine& line) {
    Podman podman;
    if (is_of_user(line)) podman.user = owner_with(::geteuid());
    return podman;
}

ExitCode fail_command(const CommandLine& line, const Error& error) {
    const ExitCode code = ExitCode::connector_failed;
    print_error(line, error.message, error.hint);
    if (line.form == OutputForm::json) print_json(error_document(error, code));
    return code;
}

Error units_error(const Error& error, const Systemd& systemd) {
    if (error.code != ErrorCode::unsupported && !contains(error.message, "onnect to")) return error;
    if (!systemd.user || systemd.user->uid == 0) {
        return {ErrorCode::unsupported, "systemd does not run this machine", "call it on the gateway itself"};
    }
    const std::string user = systemd.user->name.empty() ? std::to_string(systemd.user->uid) : systemd.user->name;
    return {ErrorCode::unsupported, fmt::format("the manager of {}'s units does not run", user),
            fmt::format("loginctl enable-linger {}; for units of the system, call it as root", user)};
}

void tell_of_unknown(const CommandLine& line, const DeployedStacks& stacks) {
    for (const std::string& name : stacks.unknown) {
        print_remark(line, fmt::format("{} has no units in {}", printable(name), stacks.folder.native()));
    }
}

}  // namespace gup

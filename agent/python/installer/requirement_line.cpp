// SPDX-License-Identifier: Apache-2.0
#include "python/installer/requirement_line.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/packaging/version.hpp"
#include "util/text.hpp"
#include "util/url.hpp"

namespace gup {
namespace {

// "subdirectory=x" of "…#egg=lib&subdirectory=x".
std::string subdirectory_of(std::string_view source) {
    const auto begin = source.find("subdirectory=", source.find('#'));
    return std::string(source.substr(std::min(begin, source.size()), source.find('&', begin) - begin));
}

bool is_before_pep508(const InstallerTool& tool) {
    return !tool.uv && tool.pip < PipVersion{19, 1};
}

// "requests[socks,brotli]".
std::string name_with_extras(const Requirement& requirement) {
    if (requirement.extras.empty()) return requirement.name;
    return fmt::format("{}[{}]", requirement.name, fmt::join(requirement.extras, ","));
}

// pip refused "name @ git+file:///…" for years, and 18 and before every "name @ URL".
bool wants_egg(const InstallerTool& tool, std::string_view url) {
    return is_before_pep508(tool) || (!tool.uv && url.starts_with("file:"));
}

std::string git_text(const InstallRequest& request, const InstallerTool& tool, const std::string& url) {
    const Requirement& pin = request.requirement;
    const std::string revision = request.revision.empty() ? pin.version : request.revision;
    const std::string location = fmt::format("git+{}{}{}", url, revision.empty() ? "" : "@", revision);
    const std::string subdirectory = subdirectory_of(pin.source);
    if (wants_egg(tool, url)) {
        return fmt::format("{}#egg={}{}{}", location, name_with_extras(pin), subdirectory.empty() ? "" : "&",
                           subdirectory);
    }
    return fmt::format("{} @ {}{}{}", name_with_extras(pin), location, subdirectory.empty() ? "" : "#", subdirectory);
}

std::string archive_text(const Requirement& pin, const InstallerTool& tool) {
    if (!is_before_pep508(tool)) return fmt::format("{} @ {}", name_with_extras(pin), pin.source);
    const bool has_fragment = contains(pin.source, "#");
    return fmt::format("{}{}egg={}", pin.source, has_fragment ? "&" : "#", name_with_extras(pin));
}

std::string folder_text(const InstallRequest& request) {
    const auto& extras = request.requirement.extras;
    const std::string url = "file://" + percent_encoded(request.folder, "/-._~");
    return fmt::format("{}{}{}", request.requirement.is_editable ? "-e " : "", url,
                       extras.empty() ? "" : fmt::format("[{}]", fmt::join(extras, ",")));
}

std::string version_text(const Requirement& pin) {
    if (pin.version.empty()) return pin.range;
    return fmt::format("{}{}", is_pep440(pin.version) ? "==" : "===", pin.version);
}

// A URL ends at a blank, so the blank before the semicolon is needed.
std::string ending_of(const Requirement& pin) {
    std::string out;
    if (!pin.marker.empty()) out = fmt::format(" ; {}", pin.marker);
    for (const std::string& hash : pin.hashes) out += fmt::format(" --hash={}", hash);
    return out;
}

}  // namespace

RequirementLine requirement_line(const InstallRequest& request, const InstallerTool& tool, InstallMode mode) {
    const Requirement& pin = request.requirement;
    // Any version: the version that the forced call has installed may differ from the pin's, for example for a commit
    // id.
    if (mode == InstallMode::satisfied) return {name_with_extras(pin), {}};
    const std::string ending = ending_of(pin);
    if (!request.folder.empty()) return {folder_text(request) + ending, {}};
    const std::string repository = git_url_of(pin.source);
    if (!repository.empty()) {
        CleanUrl clean = without_password(repository.starts_with('/') ? "file://" + repository : repository);
        return {git_text(request, tool, clean.url) + ending, std::move(clean.credentials)};
    }
    if (!pin.source.empty()) return {archive_text(pin, tool) + ending, {}};
    return {name_with_extras(pin) + version_text(pin) + ending, {}};
}

RequirementLine constraint_line(const Requirement& constraint, const InstallerTool& tool) {
    InstallRequest request{constraint, constraint.revision, false};
    request.requirement.extras.clear();
    return requirement_line(request, tool, InstallMode::ordinary);
}

std::string option_lines(const std::vector<std::string>& options) {
    std::string lines;
    for (const std::string& word : options) {
        if (!lines.empty()) lines += word.starts_with('-') ? '\n' : ' ';
        lines += word;
    }
    return lines.empty() ? lines : lines + "\n";
}

}  // namespace gup

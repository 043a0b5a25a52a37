// SPDX-License-Identifier: Apache-2.0
#include "host/podman/podman.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "host/podman/podman_questions.hpp"
#include "host/podman/run_podman.hpp"
#include "host/units/stack_units.hpp"
#include "util/json.hpp"
#include "util/printable.hpp"
#include "util/sys/file.hpp"
#include "util/text.hpp"
#include "util/worker/worker.hpp"

namespace gup {
namespace {

using nlohmann::json;

constexpr quadlet::PodmanVersion first_with_quadlet{4, 4, 0};

Error no_quadlet(const quadlet::PodmanVersion& version) {
    if (version < first_with_quadlet) {
        return {ErrorCode::unsupported,
                fmt::format("podman {} has no Quadlet, which makes units of containers", version_text(version)),
                "install podman 4.4 or later: Debian 13 and Ubuntu 24.04 have it, Debian 12 does not"};
    }
    return {ErrorCode::unsupported,
            fmt::format("podman {} is installed without Quadlet: none of {} is there", version_text(version),
                        fmt::join(quadlet_places(), ", ")),
            "install the distribution's whole package of podman (apt install --reinstall podman)"};
}

// "Up 2 minutes (healthy)"
std::string health_in(std::string_view status) {
    for (const std::string_view health : {"unhealthy", "healthy", "starting"}) {
        if (contains(status, fmt::format("({})", health))) return std::string(health);
    }
    return {};
}

ContainerState container_from(const json& value) {
    const auto names = text_members(value, "Names");
    return {.name = names.empty() ? std::string() : names.front(),
            .unit = text_member(member_of(value, "Labels"), "PODMAN_SYSTEMD_UNIT"),
            .image = text_member(value, "Image"),
            .image_id = text_member(value, "ImageID"),
            .state = text_member(value, "State"),
            .health = health_in(text_member(value, "Status"))};
}

}  // namespace

std::string version_text(const quadlet::PodmanVersion& version) {
    return fmt::format("{}.{}.{}", version.major, version.minor, version.patch);
}

std::vector<std::string> quadlet_places() {
    return {"/usr/libexec/podman/quadlet", "/usr/lib/podman/quadlet", "/usr/local/libexec/podman/quadlet",
            "/usr/lib/systemd/system-generators/podman-system-generator",
            "/usr/local/lib/systemd/system-generators/podman-system-generator"};
}

Result<quadlet::PodmanVersion> podman_version(const Podman& podman) {
    if (in_worker()) return ask_podman_version(podman);
    GUP_TRY(const std::string text, detail::podman_output("podman --version", {.arguments = {"--version"}}, podman));
    if (const auto version = quadlet::parse_podman_version(text)) return *version;
    return Error{ErrorCode::failed, fmt::format("podman --version printed {}", printable(trimmed(text))), {}};
}

Result<PodmanFacts> check_podman(const Podman& podman) {
    if (in_worker()) return ask_check_podman(podman);
    GUP_TRY(const auto version, podman_version(podman));
    if (podman.user && podman.user->uid != 0) GUP_CHECK(check_user_manager(*podman.user));
    if (!podman.quadlet.empty()) return PodmanFacts{version, podman.quadlet};
    if (version < first_with_quadlet) return no_quadlet(version);
    for (const std::string& place : quadlet_places()) {
        if (is_executable(place)) return PodmanFacts{version, place};
    }
    return no_quadlet(version);
}

Result<std::vector<ContainerState>> container_states(const Podman& podman) {
    if (in_worker()) return ask_container_states(podman);
    const std::string act = "cannot list the containers";
    GUP_TRY(const std::string text,
            detail::podman_output(act, {.arguments = {"ps", "--all", "--no-trunc", "--format", "json"}}, podman));
    const auto list = parse_json(text);
    if (!list.ok()) return list.error().with_context(act);
    std::vector<ContainerState> containers;
    for (const json& one : *list) containers.push_back(container_from(one));
    return containers;
}

}  // namespace gup

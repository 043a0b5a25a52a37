// SPDX-License-Identifier: Apache-2.0
// Questions of a worker about podman. Only the agent may become root's podman, and a worker's limits keep its own user's
// podman from working, too.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "host/podman/images.hpp"
#include "host/podman/objects.hpp"
#include "host/podman/quadlet.hpp"

namespace gup {

// The functions of host/podman for a worker.
[[nodiscard]] Result<quadlet::PodmanVersion> ask_podman_version(const Podman& podman);
[[nodiscard]] Result<PodmanFacts> ask_check_podman(const Podman& podman);
[[nodiscard]] Result<std::vector<ContainerState>> ask_container_states(const Podman& podman);
[[nodiscard]] Result<DryRun> ask_dry_run(const fs::path& folder, const Podman& podman);
[[nodiscard]] Result<std::optional<LocalImage>> ask_find_image(const std::string& reference, const Podman& podman);
[[nodiscard]] Result<std::string> ask_pull_image(const PullRequest& request, const Podman& podman);
[[nodiscard]] Result<ImageStorage> ask_image_storage(const Podman& podman);
[[nodiscard]] Status ask_import_image(const ImageImport& request, const Podman& podman);
[[nodiscard]] Status ask_tag_image(const std::string& reference, const std::string& tag, const Podman& podman);
[[nodiscard]] Status ask_drop_tag(const std::string& tag, const Podman& podman);
[[nodiscard]] Result<std::vector<KeptImage>> ask_kept_images(const std::string& connector, const Podman& podman);
[[nodiscard]] Result<std::map<std::string, std::string>> ask_image_digests(const Podman& podman);
[[nodiscard]] Result<std::vector<std::string>> ask_names(const char* kind, const std::string& prefix,
                                                         const Podman& podman);
[[nodiscard]] Result<bool> ask_has(const char* kind, const std::string& name, const Podman& podman);
[[nodiscard]] Status ask_remove(const char* kind, const std::string& name, const Podman& podman);
[[nodiscard]] Status ask_make_secret(const std::string& name, const Secret& value, const Podman& podman);

// The agent's answer, with its own `podman`. Rootless questions are about containers of `owner`, whatever they say. Fails
// with permission for root's containers unless `may_be_rootful`; then tags and secrets are those of `connectors`:
// localhost/gup/CONNECTOR/… and gup-CONNECTOR-…, and dry runs read only `folders`. Root imports images only for root: a
// folder of another owner may lead anywhere.
struct PodmanRights {
    Owner owner;
    std::vector<std::string> connectors;
    std::vector<fs::path> folders;  // only the agent writes there
    bool may_be_rootful = false;
    Podman podman;
};
[[nodiscard]] Result<nlohmann::json> answer_podman_question(PodmanRights rights, const nlohmann::json& question);

}  // namespace gup

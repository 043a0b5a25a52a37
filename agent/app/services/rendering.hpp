// SPDX-License-Identifier: Apache-2.0
// Stacks of this machine as units.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "app/cli/services_request.hpp"
#include "app/services/repository_files.hpp"
#include "core/compose/load.hpp"
#include "core/quadlet/render.hpp"
#include "util/result.hpp"

namespace gup {

// Variables of --vars-json, else of $VARS_JSON_STR. Fails with invalid_input; no value is in the message.
[[nodiscard]] Result<std::map<std::string, std::string>> given_variables(const ServicesRequest& request);

// Of --deploy-services; empty: all.
[[nodiscard]] std::set<std::string> deployed_services(const ServicesRequest& request);

struct TargetPodman {
    quadlet::PodmanVersion version;
    bool is_guess = false;  // there is no podman here: units for every podman with Quadlet
};
// --podman-version, else that of the machine. Fails with invalid_input for a text that is no version.
[[nodiscard]] Result<TargetPodman> target_podman(const ServicesRequest& request);

struct StackSource {
    std::string stack;
    std::string folder;              // relative to the repository
    std::vector<std::string> files;  // the same
};

// The same for all stacks of one call.
struct RenderContext {
    fs::path repository;
    std::string services;  // the folder of the stacks, relative to it
    fs::path configs;      // folder for contents of configs
    std::map<std::string, std::string> variables;
    std::set<std::string> stacks;
    std::set<std::string> deployed;
    TargetPodman podman;
    bool is_rootless = false;
    std::map<std::string, std::set<std::string>> awaited{};  // by stack: services whose end another stack waits for
};
// Fails with invalid_input for a target or a prefix that would be more than a name. No podman is asked.
[[nodiscard]] Status check_names(const ServicesRequest& request);
// Checks names, reads variables and podman's version.
[[nodiscard]] Result<RenderContext> make_context(const ServicesRequest& request, const fs::path& repository,
                                                 const std::string& services);

struct RenderedStack {
    std::string stack;
    compose::Loaded loaded;
    quadlet::UnitSet set;
    std::vector<Problem> problems;  // of both

    [[nodiscard]] bool usable() const;
};

// Variables come from the context, then from --env-file, .env of the stack, version.env of the stacks' folder, and .env of
// the repository.
[[nodiscard]] compose::Loaded load_stack(const RenderContext& context, const ServicesRequest& request,
                                         const StackSource& source);
[[nodiscard]] RenderedStack render_stack(const RenderContext& context, const ServicesRequest& request,
                                         const StackSource& source);

}  // namespace gup

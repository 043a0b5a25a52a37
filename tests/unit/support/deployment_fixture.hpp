// SPDX-License-Identifier: Apache-2.0
// A connector on a gateway for the tests of its deployments: real git, a real folder, and a virtualenv whose pip is a few
// lines of sh.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "connector/observe.hpp"
#include "deploy/in_place_deployment.hpp"
#include "fixture.hpp"
#include "git_fixture.hpp"

namespace gup::test {

// "pip install -r FILE" for lines such as "alpha==1.0". A pin of the name "broken" fails.
inline constexpr const char* quick_pip = R"(#!/bin/sh
site=$(dirname "$0")/../lib/python3.11/site-packages
while [ "$1" != -r ]; do shift; done
while IFS= read -r line; do
    name=${line%%==*}
    version=${line##*==}
    [ "$name" != broken ] || { echo "ERROR: No matching distribution found for $line"; exit 1; }
    rm -rf "$site/$name"-*.dist-info
    info=$name-$version.dist-info
    mkdir "$site/$info"
    printf 'Name: %s\nVersion: %s\n' "$name" "$version" >"$site/$info/METADATA"
    echo pip >"$site/$info/INSTALLER"
    printf '%s,,\n' "$info/METADATA" "$info/INSTALLER" "$info/RECORD" >"$site/$info/RECORD"
done <"$2"
)";

inline const Requirement alpha{"alpha", "1.0", "", 1};
inline const Requirement broken{"broken", "1.0", "", 2};

// The connector "smart-meter" in place, at the first commit of its remote.
struct DeploymentSite {
    GitSandbox box;
    UpdateSettings settings;
    RunEvents events;
    Connector connector{"smart-meter", box.gateway()};

    DeploymentSite() {
        box.make_remote({{"main.py", "print(1)\n"}, {"gupfile", "alpha,1.0\n"}});
        settings.root = box.gateway().parent_path();
        settings.state = box.path("state");
        settings.disk_reserve = 0;
        settings.hooks.pre_update = box.path("pre.d");
        settings.hooks.post_update = box.path("post.d");
    }

    // The same with a source, without a release yet.
    void declare(const std::string& source, const std::string& sha256 = {}) {
        fs::remove_all(box.gateway());
        connector.declared.emplace();
        connector.declared->name = connector.name;
        connector.declared->source = parse_source(source).value();
        connector.declared->sha256 = sha256;
        settings.declared = {*connector.declared};
    }
    [[nodiscard]] std::string remote_main() const { return "git+file://" + box.remote().string() + "#main"; }

    [[nodiscard]] Observation observe() const {
        Observation observation = observe_here(connector, settings);
        REQUIRE_FALSE(observation.error);
        observation.owner.home = box.path("home");
        return observation;
    }
    [[nodiscard]] fs::path place() const { return settings.root / ".pyenv/smart-meter"; }
    [[nodiscard]] fs::path generations() const { return settings.root / generations_name / "smart-meter"; }
    [[nodiscard]] std::string head() const { return box.git(box.gateway(), "rev-parse HEAD"); }
    [[nodiscard]] bool has_journal() const { return is_there(settings.state / "journal/smart-meter"); }

    void make_virtualenv() const {
        const std::string info = "lib/python3.11/site-packages/pip-23.0.dist-info/";
        put(place() / "pyvenv.cfg", "home = /usr/bin\nversion = 3.11.2\n");
        put(place() / "bin/python", quick_pip);
        fs::permissions(place() / "bin/python", fs::perms::owner_all);
        put(place() / (info + "METADATA"), "Name: pip\nVersion: 23.0\n");
        put(place() / (info + "INSTALLER"), "pip\n");
        put(place() / (info + "RECORD"), "pip-23.0.dist-info/INSTALLER,,\npip-23.0.dist-info/RECORD,,\n");
    }

    // True if that version of alpha is in the virtualenv at that path.
    [[nodiscard]] static bool has_alpha(const fs::path& virtualenv, const std::string& version = "1.0") {
        return is_folder(virtualenv / ("lib/python3.11/site-packages/alpha-" + version + ".dist-info"));
    }

    // All possible leftovers of a deployment: everything in root except the repositories' own folders.
    [[nodiscard]] std::map<std::string, std::string> everything() const {
        auto found = snapshot(settings.root);
        std::erase_if(found, [](const auto& one) { return one.first.starts_with("state"); });
        return found;
    }
};

// One deployment with its request.
struct Deploying {
    Observation observation;
    Gupfile gupfile;
    ObservedVirtualenv virtualenv;
    DeploymentRequest request;
    std::unique_ptr<Deployment> deployment;

    explicit Deploying(const DeploymentSite& site)
        : observation(site.observe()),
          gupfile(observation.gupfile),
          virtualenv(observation.virtualenv),
          request{observation, gupfile, virtualenv} {}
    Deploying(const Deploying&) = delete;
    Deploying& operator=(const Deploying&) = delete;

    void move_to(const std::string& commit) {
        request.code = CodeChange::fast_forward;
        request.move = FastForward{observation.code.branch, observation.code.commit, commit, 1};
    }
    void install(const std::vector<Requirement>& pins) {
        gupfile.pins = pins;
        request.install = InstallPins{};
        for (const Requirement& pin : pins) request.install->pins.push_back({pin, "not installed", false});
    }

    Deployment& make(const DeploymentSite& site) {
        deployment = make_deployment(request, site.settings, site.events);
        return *deployment;
    }
    // Runs all phases, which must succeed.
    DeploymentResult run(const DeploymentSite& site, const DeploymentHooks& hooks = {}) {
        Deployment& made = make(site);
        REQUIRE_MESSAGE(made.stage(), said(made));
        REQUIRE_MESSAGE(made.activate(hooks), said(made));
        const Status committed = made.commit();
        REQUIRE_MESSAGE(committed.ok(), (committed.ok() ? "" : committed.error().message));
        return made.result();
    }
    [[nodiscard]] static std::string said(Deployment& deployment) {
        const auto& error = deployment.result().error;
        return error ? error->message : "";
    }
};

}  // namespace gup::test

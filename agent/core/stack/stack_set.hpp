// SPDX-License-Identifier: Apache-2.0
// All stacks of one connector at one revision: read, then rendered once the digests of their images are known.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/declaration/gupfile.hpp"
#include "core/quadlet/render.hpp"
#include "core/stack/stack_files.hpp"
#include "core/stack/stack_record.hpp"
#include "core/stack/stack_settings.hpp"

namespace gup {

struct StackRead {
    std::string stack;
    compose::Loaded loaded;
};

struct StackSources {
    std::vector<StackRead> stacks;  // sorted; only those with a compose file
    std::vector<Problem> problems;  // of all of them

    // The images as the compose files name them, each once.
    [[nodiscard]] std::vector<std::string> images() const;
};
[[nodiscard]] StackSources read_stacks(const StackFiles& files, const Gupfile& gupfile, const StackSettings& settings);

// What is not in the repository.
struct StackFacts {
    std::string connector;
    std::string generation;
    std::string key;
    std::string repository;  // absolute path, as programs know it
    std::string base;        // the real folder of the code: links begin there
    std::string shared;      // what survives a release: links to it are the agent's; empty: none
    std::string folder;      // absolute path of the folder of the units
    quadlet::PodmanVersion podman;
    bool is_rootless = false;
    bool is_others = false;                      // root runs what belongs to another user
    std::map<std::string, std::string> digests;  // of images(): "sha256:…"; missing: built or kept by somebody else
};

struct StackSecret {
    std::string name;  // podman's: "gup-NAME-SECRET-token-0123456789ab"
    Secret value;
};

struct StackConfig {
    std::string content;
    bool is_private = false;  // only its owner and group may read it
};

struct StackSet {
    StackRecord record;
    std::vector<quadlet::File> files;            // of the units' folder, without the record
    std::map<std::string, StackConfig> configs;  // their files in <folder>/configs
    std::vector<StackSecret> secrets;
    std::vector<Problem> problems;

    [[nodiscard]] bool usable() const;
};
// `files` has the content of secrets and configs. Mounts lead where `files` follows them to.
[[nodiscard]] StackSet render_stacks(StackSources sources, const StackFiles& files, const StackFacts& facts,
                                     const ServicesSection& section, const StackSettings& settings);

// The powers of `record` that the operator does not allow.
[[nodiscard]] std::vector<std::string> missing_powers(const StackRecord& record, const StackSettings& settings);

}  // namespace gup

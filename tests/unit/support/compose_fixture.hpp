// SPDX-License-Identifier: Apache-2.0
// A repository in memory, and the project of its stack.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/compose/load.hpp"

namespace gup::test {

class MemoryFiles : public compose::Files {
public:
    explicit MemoryFiles(std::map<std::string, std::string> files) : files_(std::move(files)) {}

    [[nodiscard]] Result<std::optional<std::string>> read(const std::string& path) const override {
        const auto found = files_.find(path);
        return found == files_.end() ? std::optional<std::string>{} : std::optional(found->second);
    }
    [[nodiscard]] bool has(const std::string& path) const override {
        const auto next = files_.lower_bound(path);
        return next != files_.end() && (next->first == path || next->first.starts_with(path + "/"));
    }

private:
    std::map<std::string, std::string> files_;
};

struct Stack {
    std::map<std::string, std::string> files;
    compose::LoadOptions options{};

    [[nodiscard]] compose::Loaded load() const {
        const MemoryFiles memory(files);
        compose::LoadOptions with = options;
        if (with.stack.empty()) with.stack = "gw";
        if (with.folder.empty()) with.folder = "services/gw";
        if (with.files.empty()) with.files = compose::find_compose_files(memory, with.folder, with.stack);
        if (with.env_files.empty()) with.env_files = {with.folder + "/.env"};
        return compose::load(memory, with);
    }
};

// One file: services/gw/compose.yaml.
[[nodiscard]] inline compose::Loaded load_stack(std::string text, compose::LoadOptions options = {}) {
    return Stack{.files = {{"services/gw/compose.yaml", std::move(text)}}, .options = std::move(options)}.load();
}

// The keys of one service "web" with an image.
[[nodiscard]] inline compose::Loaded load_service(const std::string& keys, compose::LoadOptions options = {}) {
    std::string text = "services:\n  web:\n    image: nginx\n";
    std::string line;
    for (const char c : keys + "\n") {
        if (c != '\n') {
            line += c;
            continue;
        }
        if (!line.empty()) text += "    " + line + "\n";
        line.clear();
    }
    return load_stack(std::move(text), std::move(options));
}

// "services/gw/compose.yaml:4:5: …" each, without the hints.
[[nodiscard]] inline std::vector<std::string> texts_of(const std::vector<Problem>& problems) {
    std::vector<std::string> texts;
    for (const Problem& problem : problems) {
        Problem said = problem;
        said.hint.clear();
        texts.push_back(display(said, ""));
    }
    return texts;
}

// The problems in one text, for messages of tests.
[[nodiscard]] inline std::string all_of(const std::vector<Problem>& problems) {
    std::string text;
    for (const Problem& problem : problems) text += display(problem, "") + "\n";
    return text;
}

}  // namespace gup::test

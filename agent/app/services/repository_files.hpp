// SPDX-License-Identifier: Apache-2.0
// A folder of stacks on this machine, and the repository around it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/compose/load.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// Files below a folder of this machine, as compose reads them.
class RepositoryFiles : public compose::Files {
public:
    explicit RepositoryFiles(fs::path root) : root_(std::move(root)) {}
    // A file outside of the root, that is read under this path.
    void add(const std::string& path, const fs::path& file) { others_[path] = file; }

    [[nodiscard]] Result<std::optional<std::string>> read(const std::string& path) const override;
    [[nodiscard]] bool has(const std::string& path) const override;

private:
    [[nodiscard]] fs::path file_of(const std::string& path) const;

    fs::path root_;
    std::map<std::string, fs::path> others_;
};

struct ServicesFolder {
    fs::path repository;  // absolute: the folder with .git above the stacks, else the parent of their folder
    std::string folder;   // of the stacks, relative to it: "services"; empty: the repository itself
    std::string name;     // the folder's own name
};
// Fails with not_found when `folder` is no folder. An empty one means "./services".
[[nodiscard]] Result<ServicesFolder> open_services_folder(const fs::path& folder);

// "services/gw".
[[nodiscard]] std::string folder_of_stack(const ServicesFolder& services, const std::string& stack);
// "services" and "a/b" → "services/a/b"; either may be empty.
[[nodiscard]] std::string join_path(const std::string& folder, const std::string& name);

// All folders in it, without hidden ones; sorted.
[[nodiscard]] std::vector<std::string> folders_of(const ServicesFolder& services);
// Those with a compose file; sorted.
[[nodiscard]] std::vector<std::string> stacks_of(const ServicesFolder& services);

// False for names that lead to another folder: "..", "a/b", ".hidden".
[[nodiscard]] bool is_stack_name(const std::string& name);

// "a b\nc" → "a", "b", "c". Several texts are put together. A text with a newline is split at newlines only, so that its
// paths may have blanks.
[[nodiscard]] std::vector<std::string> words_of(const std::vector<std::string>& texts);

}  // namespace gup

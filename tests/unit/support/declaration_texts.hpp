// SPDX-License-Identifier: Apache-2.0
// Files of a declaration, in memory.
#pragma once

#include <fmt/format.h>

#include <initializer_list>
#include <string>

#include "core/requirements/declaration_files.hpp"

namespace gup::test {

class TextFiles : public DeclarationFiles {
public:
    TextFiles(std::initializer_list<DeclarationTexts::value_type> texts) : texts_(texts) {}

    Result<std::optional<std::string>> read(const std::string& path) const override {
        if (path == broken) return Error{ErrorCode::io, fmt::format("cannot read {}", path), "look at the disk"};
        const auto found = texts_.find(path);
        return found == texts_.end() ? std::nullopt : std::optional(found->second);
    }

    Result<std::string> export_lock(const std::string& lock) const override {
        const auto found = texts_.find("exported " + lock);
        if (found != texts_.end()) return found->second;
        return Error{ErrorCode::unsupported, fmt::format("{} needs uv, which is not installed", lock), "install uv"};
    }

    std::string broken;  // the path of a file that is there and not readable

private:
    DeclarationTexts texts_;
};

}  // namespace gup::test

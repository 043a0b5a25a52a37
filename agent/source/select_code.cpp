// SPDX-License-Identifier: Apache-2.0
#include "source/select_code.hpp"

#include <fmt/format.h>

#include "core/requirements/read_declaration.hpp"

namespace gup {
namespace {

class FilesOfTree final : public DeclarationFiles {
public:
    explicit FilesOfTree(const CodeTree& tree) : tree_(tree) {}

    Result<std::optional<std::string>> read(const std::string& path) const override {
        constexpr std::uint64_t longest = 8U << 20U;
        if (path == gupfile_name) return tree_.gupfile;
        return tree_.read(path, longest);
    }

    // Its packages do not matter here.
    Result<std::string> export_lock(const std::string&) const override { return std::string(); }

private:
    const CodeTree& tree_;
};

}  // namespace

Status select_code(CodeSelection& selection, const CodeTree& tree) {
    DeclarationOptions options;
    options.may_find = true;
    GUP_TRY(const Declaration declaration, read_declaration(FilesOfTree(tree), options));
    const Gupfile& gupfile = declaration.gupfile;
    selection.keep(gupfile_name);
    for (const auto& [path, text] : declaration.texts) selection.keep(path);
    if (!gupfile.requirements.empty()) {
        const fs::path file(gupfile.requirements);
        selection.keep(file.lexically_normal());
        selection.keep((file.parent_path() / "pyproject.toml").lexically_normal());  // a lock is exported with it
    }
    for (const NamedProgram& program : named_programs(gupfile)) {
        if (!selection.leaves_out(program.path)) continue;
        return Error{
            ErrorCode::invalid_input,
            fmt::format("{} of the gupfile names {}, which .gitattributes leave out of releases (export-ignore)",
                        program.key, program.path),
            "remove export-ignore for it, and for the folders above it, from .gitattributes"};
    }
    selection.exclude(gupfile.exclude);
    return {};
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "connector/declaration.hpp"

#include <fmt/format.h>

#include "connector/generation_store.hpp"
#include "core/release.hpp"
#include "python/installer/export_lock.hpp"
#include "util/crypto/digest.hpp"
#include "util/log/log.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/symlink.hpp"

namespace gup {
namespace {

constexpr std::uint64_t file_limit = 8U << 20U;  // bytes of a requirements or lock file

fs::path exported_folder(const fs::path& own_folder) {
    return own_folder / "exported";
}

Result<std::optional<std::string>> read_if_there(const fs::path& path, std::uint64_t limit) {
    auto text = read_file(path, limit);
    if (text.ok()) return std::optional(*std::move(text));
    if (text.error().code == ErrorCode::not_found) return std::optional<std::string>();
    return text.error();
}

// The own gupfile of a connector whose code has none, and the export of locks.
class CodeFiles : public DeclarationFiles {
public:
    explicit CodeFiles(const DeclarationPlace& place) : place_(place) {}

    Result<std::optional<std::string>> read(const std::string& path) const override {
        if (path != gupfile_name) return read_code(path, file_limit);
        GUP_TRY(auto text, read_code(path, gupfile_limit));
        if (text && !is_placeholder_gupfile(*text)) return text;
        GUP_TRY(text, read_if_there(own_gupfile(place_.own_folder), gupfile_limit));
        if (text && is_placeholder_gupfile(*text)) text.reset();
        return text;
    }

    Result<std::string> export_lock(const std::string& path) const override {
        LockText lock{fs::path(path).filename().string(), {}, {}};
        GUP_TRY(const auto text, read_code(path, file_limit));
        lock.lock = text.value_or("");
        GUP_TRY(lock.project, read_code((fs::path(path).parent_path() / "pyproject.toml").string(), file_limit));
        const std::string key = sha256_of(lock.name + '\0' + lock.lock + '\0' + lock.project.value_or(""));
        GUP_TRY(std::string exported, find_exported(key, lock));
        (*place_.exported)[key] = exported;
        return exported;
    }

protected:
    [[nodiscard]] virtual Result<std::optional<std::string>> read_code(const std::string& path,
                                                                       std::uint64_t limit) const = 0;

private:
    [[nodiscard]] Result<std::string> find_exported(const std::string& key, const LockText& lock) const {
        if (const auto known = place_.exported->find(key); known != place_.exported->end()) return known->second;
        auto kept = read_file(exported_folder(place_.own_folder) / (key + ".txt"), 4 * file_limit);
        if (kept.ok()) return kept;
        return gup::export_lock(lock, place_.installer);
    }

    const DeclarationPlace& place_;
};

class FolderFiles final : public CodeFiles {
public:
    FolderFiles(const fs::path& folder, const DeclarationPlace& place) : CodeFiles(place), folder_(folder) {}

private:
    Result<std::optional<std::string>> read_code(const std::string& path, std::uint64_t limit) const override {
        const fs::path file = folder_ / path;
        if (path == gupfile_name) return read_if_there(file, limit);
        GUP_TRY(const auto info, file_info(file));
        if (!info || info->kind == FileKind::folder) return std::optional<std::string>();
        GUP_CHECK(check_stays_inside(file));
        return read_if_there(file, limit);
    }

    [[nodiscard]] Status check_stays_inside(const fs::path& file) const {
        const auto real = real_path(file);
        const auto inside = real_path(folder_);
        if (!real.ok() || !inside.ok() || is_below(*real, *inside)) return {};
        return Error{ErrorCode::invalid_input, fmt::format("{} leads out of the connector's folder", file.string()),
                     "a declaration and its files are in the repository"};
    }

    const fs::path& folder_;
};

class CommitFiles final : public CodeFiles {
public:
    CommitFiles(const GitRepository& repository, const std::string& commit, const DeclarationPlace& place)
        : CodeFiles(place), repository_(repository), commit_(commit) {}

private:
    Result<std::optional<std::string>> read_code(const std::string& path, std::uint64_t) const override {
        return repository_.read_file_at(commit_, path);
    }

    const GitRepository& repository_;
    const std::string& commit_;
};

class TreeFiles final : public CodeFiles {
public:
    TreeFiles(const CodeTree& tree, const DeclarationPlace& place) : CodeFiles(place), tree_(tree) {}

private:
    Result<std::optional<std::string>> read_code(const std::string& path, std::uint64_t limit) const override {
        if (path == gupfile_name) return tree_.gupfile;
        return tree_.read(path, limit);
    }

    const CodeTree& tree_;
};

// Whether there is anything that could declare packages.
Result<Declaration> read_all(const CodeFiles& files, const DeclarationPlace& place) {
    GUP_TRY(Declaration declaration, read_declaration(files, place.options));
    declaration.gupfile.is_missing = declaration.texts.empty() && declaration.gupfile.problems.empty();
    return declaration;
}

}  // namespace

DeclarationPlace declaration_place(const ScanSettings& settings, const std::string& name, const Owner& owner) {
    DeclarationPlace place;
    place.options.rules = settings.rules;
    if (const auto chosen = settings.requirements.find(name); chosen != settings.requirements.end()) {
        place.options.requirements = chosen->second;
    }
    place.options.may_find = true;
    place.own_folder = settings.root / generations_name / name;
    place.installer = settings.installer;
    place.installer.home = owner.home;
    return place;
}

Result<Declaration> declaration_in(const fs::path& folder, const DeclarationPlace& place) {
    return read_all(FolderFiles(folder, place), place);
}

Result<Declaration> declaration_at(const GitRepository& repository, const std::string& commit,
                                   const DeclarationPlace& place) {
    return read_all(CommitFiles(repository, commit, place), place);
}

Result<Declaration> declaration_of(const CodeTree& tree, const DeclarationPlace& place) {
    return read_all(TreeFiles(tree, place), place);
}

Result<bool> differs_at(const GitRepository& repository, const std::string& commit, const Declaration& declaration,
                        const DeclarationPlace& place) {
    if (declaration.texts.empty() || !declaration.gupfile.usable()) return true;
    const CommitFiles files(repository, commit, place);
    if (!declaration.has_gupfile()) {
        GUP_TRY(const auto gupfile, files.read(gupfile_name));
        if (gupfile) return true;
    }
    for (const auto& [path, text] : declaration.texts) {
        GUP_TRY(const auto other, files.read(path));
        if (other != text) return true;
    }
    return false;
}

void keep_exported(const DeclarationPlace& place, const fs::path& root, const Owner& owner) {
    const ExportedLocks& used = *place.exported;
    const fs::path folder = exported_folder(place.own_folder);
    const std::vector<std::string> names = list_folder(folder).value_or({});
    if (used.empty() && names.empty()) return;
    Status done;
    for (const std::string& name : names) {
        if (!used.contains(name.substr(0, name.find('.')))) (void)remove_tree(folder / name);
    }
    for (const auto& [key, text] : used) {
        if (!done.ok() || is_there(folder / (key + ".txt"))) continue;
        done = make_generations_folder(place.own_folder, root, owner);
        if (done.ok()) done = make_folders(folder);
        if (done.ok()) done = write_file_atomically(folder / (key + ".txt"), text);
    }
    if (!done.ok()) log::warning({}, done.error().message);
}

fs::path own_gupfile(const fs::path& own_folder) {
    return own_folder / gupfile_name;
}

std::string own_gupfile_text(const std::string& requirements) {
    if (requirements.empty()) return std::string(placeholder_gupfile);
    return fmt::format("# The repository has no gupfile.\n[connector]\nrequirements = \"{}\"\n", requirements);
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "deploy/stacks/stack_sources.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <functional>
#include <memory>

#include "connector/upstream.hpp"
#include "deploy/stacks/stack_deployment.hpp"
#include "source/git/export.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/symlink.hpp"

namespace gup {
namespace {

constexpr std::uint64_t stack_file_limit = 4U << 20U;  // bytes
constexpr std::size_t most_paths = 100'000;

// Calls `take` with each file below `folder` as a relative path. Links are not followed.
Status walk(const fs::path& folder, const std::function<Status(const std::string& path, const FileInfo& info)>& take) {
    std::vector<std::string> pending{""};
    while (!pending.empty()) {
        const std::string inner = pending.back();
        pending.pop_back();
        GUP_TRY(const auto names, list_folder(folder / inner));
        for (const std::string& one : names) {
            const std::string path = inner.empty() ? one : fmt::format("{}/{}", inner, one);
            if (path == ".git" || path == ".venv" || path == kept_units_name) continue;
            GUP_TRY(const auto info, file_info(folder / path, Follow::no));
            if (!info) continue;
            if (info->kind == FileKind::folder) {
                pending.push_back(path);
            } else {
                GUP_CHECK(take(path, *info));
            }
        }
    }
    return {};
}

Result<std::vector<CodePath>> paths_in(const fs::path& folder) {
    std::vector<CodePath> paths;
    GUP_CHECK(walk(folder, [&](const std::string& path, const FileInfo& info) -> Status {
        if (paths.size() >= most_paths) {
            return Error{ErrorCode::invalid_input, fmt::format("{} has too many files", folder.string()), {}};
        }
        paths.push_back({path, info.kind == FileKind::link ? link_text(folder / path) : std::string()});
        return {};
    }));
    return paths;
}

// A link's content is where it leads, and what it leads to is not read.
Result<std::optional<std::string>> read_in(const fs::path& folder, const std::string& path) {
    GUP_TRY(const auto info, file_info(folder / path, Follow::no));
    if (!info) return std::optional<std::string>();
    if (info->kind == FileKind::link) return std::optional(link_text(folder / path));
    if (info->kind != FileKind::regular) return std::optional<std::string>();
    GUP_TRY(std::string text, read_file(folder / path, stack_file_limit));
    return std::optional(std::move(text));
}

}  // namespace

Result<std::shared_ptr<const StackFiles>> stack_files(const StackRevision& source, const Observation& observation) {
    if (!source.folder.empty()) {
        GUP_TRY(auto paths, paths_in(source.folder));
        return std::shared_ptr<const StackFiles>(std::make_shared<StackFiles>(
            std::move(paths), [folder = source.folder](const std::string& path) { return read_in(folder, path); }));
    }
    GUP_TRY(GitExport opened,
            GitExport::open(source.repository.empty() ? observation.repository.folder : source.repository,
                            git_user(observation)));
    const auto repository = std::make_shared<GitExport>(std::move(opened));
    GUP_TRY(auto paths, repository->paths(source.commit));
    // Also what is no part of the commit may be mounted: data, and links to it.
    return std::shared_ptr<const StackFiles>(std::make_shared<StackFiles>(
        std::move(paths),
        [repository, commit = source.commit](const std::string& path) {
            return repository->read_file_at(commit, path);
        },
        [folder = observation.connector.path](const std::string& path) { return link_text(folder / path); }));
}

Status write_kept_units(const fs::path& folder, const std::vector<UnitFolderFile>& files) {
    GUP_CHECK(remove_tree(folder));
    constexpr std::uint32_t only_owner = 0700;
    for (const UnitFolderFile& file : files) {
        const fs::path path = folder / file.name;
        GUP_CHECK(make_folders(path.parent_path(), only_owner));
        constexpr std::uint32_t mode = 0600;
        GUP_CHECK(write_file_atomically(path, file.text, mode));
    }
    return {};
}

Result<std::vector<UnitFolderFile>> read_kept_units(const fs::path& folder) {
    std::vector<UnitFolderFile> files;
    GUP_CHECK(walk(folder, [&](const std::string& path, const FileInfo&) -> Status {
        GUP_TRY(const auto text, read_in(folder, path));
        files.push_back({path, text.value_or(""), !path.ends_with(".network") && !path.ends_with(".volume")});
        return {};
    }));
    return files;
}

std::vector<StackRecord> kept_records(const fs::path& generations) {
    std::vector<StackRecord> records;
    for (const std::string& id : list_folder(generations).value_or({})) {
        const auto text = read_file(generations / id / kept_units_name / stack_record_name);
        if (!text.ok()) continue;
        if (auto record = parse_stack_record(*text); record.ok()) records.push_back(*std::move(record));
    }
    return records;
}

}  // namespace gup

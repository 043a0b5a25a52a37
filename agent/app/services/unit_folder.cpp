// SPDX-License-Identifier: Apache-2.0
#include "app/services/unit_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "util/json.hpp"
#include "util/printable.hpp"
#include "util/sys/directory.hpp"

namespace gup {
namespace {

constexpr int manifest_schema = 1;

Error strange_manifest(const fs::path& file) {
    return {ErrorCode::corrupt, fmt::format("{} is not a list of units", file.string()),
            "move it away; then remove the units that gup-agent made, or they are taken for somebody else's"};
}

// Names from a file are not trusted: a unit in the folder, or a config one folder deeper.
bool is_inside(const std::string& name) {
    return !name.empty() && !name.starts_with('/') && name.find("..") == std::string::npos &&
           name.find('\0') == std::string::npos;
}

std::string text_of(const UnitManifest& manifest) {
    nlohmann::json stacks = nlohmann::json::object();
    for (const auto& [stack, files] : manifest.stacks) stacks[stack] = files;
    return nlohmann::json{{"schema", manifest_schema}, {"stacks", std::move(stacks)}}.dump(1) + '\n';
}

UnitManifest manifest_after(UnitManifest manifest, const UnitUpdate& update, const UnitChanges& changes) {
    for (const std::string& it : changes.removed) {
        for (auto& [stack, files] : manifest.stacks) files.erase(it);
    }
    for (const auto& [name, file] : update.files) manifest.stacks[file.stack].insert(name);
    std::erase_if(manifest.stacks, [](const auto& it) { return it.second.empty(); });
    return manifest;
}

// Both: so that no file is without an owner after a crash in between.
UnitManifest manifest_between(UnitManifest manifest, const UnitUpdate& update) {
    for (const auto& [name, file] : update.files) manifest.stacks[file.stack].insert(name);
    return manifest;
}

std::string flat(std::string name) {
    for (char& c : name) {
        if (c == '/') c = '+';
    }
    return name;
}

Status write_staged(const fs::path& path, const WantedFile& file) {
    UniqueFd fd{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file.mode)};
    if (!fd.valid()) return detail::error_for("cannot write", path);
    GUP_CHECK(write_all(fd.get(), file.text, path));
    if (::fchmod(fd.get(), file.mode) != 0) return detail::error_for("cannot set the mode of", path);
    return {};
}

bool is_same(const fs::path& path, const WantedFile& file) {
    const auto info = file_info(path, Follow::no);
    if (!info.ok() || !*info || (*info)->kind != FileKind::regular || (*info)->mode != file.mode) return false;
    const auto text = read_file(path);
    return text.ok() && *text == file.text;
}

}  // namespace

std::string UnitManifest::stack_of(const std::string& file) const {
    for (const auto& [stack, files] : stacks) {
        if (files.contains(file)) return stack;
    }
    return {};
}

Result<UnitManifest> read_manifest(const fs::path& folder) {
    const fs::path file = folder / unit_manifest_name;
    UnitManifest manifest;
    if (!is_there(file)) return manifest;
    GUP_TRY(const std::string text, read_file(file));
    const auto document = parse_json(text);
    if (!document.ok() || number_member(*document, "schema") != manifest_schema ||
        !member_of(*document, "stacks").is_object()) {
        return strange_manifest(file);
    }
    for (const auto& [stack, files] : member_of(*document, "stacks").items()) {
        if (!files.is_array()) return strange_manifest(file);
        for (const nlohmann::json& it : files) {
            if (!it.is_string() || !is_inside(it.get<std::string>())) return strange_manifest(file);
            manifest.stacks[stack].insert(it.get<std::string>());
        }
    }
    return manifest;
}

Result<UnitChanges> compare_units(const fs::path& folder, const UnitManifest& manifest, const UnitUpdate& update) {
    UnitChanges changes;
    for (const auto& [name, file] : update.files) {
        const std::string owner = manifest.stack_of(name);
        const bool is_here = is_there(folder / name);
        if (is_here && owner.empty()) {
            return Error{ErrorCode::conflict,
                         fmt::format("{} is there already, and this command did not make it",
                                     printable((folder / name).string())),
                         "remove or rename it, or give the new units another --prefix"};
        }
        if (!owner.empty() && owner != file.stack && !update.stacks.contains(owner)) {
            return Error{ErrorCode::conflict,
                         fmt::format("{} and {} would both have the unit {}", printable(owner), printable(file.stack),
                                     printable(name)),
                         "rename one of the services, or use a prefix"};
        }
        if (!is_here) {
            changes.made.push_back(name);
        } else if (is_same(folder / name, file)) {
            ++changes.unchanged;
        } else {
            changes.changed.push_back(name);
        }
    }
    for (const std::string& stack : update.stacks) {
        const auto files = manifest.stacks.find(stack);
        if (files == manifest.stacks.end()) continue;
        for (const std::string& it : files->second) {
            if (!update.files.contains(it) && !update.kept.contains(it)) changes.removed.push_back(it);
        }
    }
    return changes;
}

Status apply_units(const fs::path& folder, const UnitManifest& manifest, const UnitUpdate& update,
                   const UnitChanges& changes) {
    if (changes.empty()) return {};
    GUP_CHECK(make_folders(folder));
    std::vector<std::string> names = changes.made;
    names.insert(names.end(), changes.changed.begin(), changes.changed.end());
    {
        GUP_TRY(const TemporaryFolder staging, TemporaryFolder::make(folder));
        for (const std::string& name : names) {
            GUP_CHECK(write_staged(staging.path() / flat(name), update.files.at(name)));
        }
        GUP_CHECK(sync_file_system(staging.path()));
        GUP_CHECK(write_file_atomically(folder / unit_manifest_name, text_of(manifest_between(manifest, update))));
        for (const std::string& name : names) {
            const fs::path target = folder / name;
            GUP_CHECK(make_folders(target.parent_path()));
            if (::rename((staging.path() / flat(name)).c_str(), target.c_str()) != 0) {
                return detail::error_for("cannot replace", target);
            }
        }
    }
    for (const std::string& name : changes.removed) {
        const fs::path target = folder / name;
        if (::unlink(target.c_str()) != 0 && errno != ENOENT) return detail::error_for("cannot remove", target);
    }
    GUP_CHECK(write_file_atomically(folder / unit_manifest_name, text_of(manifest_after(manifest, update, changes))));
    return sync_folder(folder);
}

}  // namespace gup

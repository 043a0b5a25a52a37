// SPDX-License-Identifier: Apache-2.0
#include "deploy/folder_tree.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>
#include <utility>

#include "core/declaration/gupfile.hpp"
#include "core/generation.hpp"
#include "core/release.hpp"
#include "source/select_code.hpp"
#include "util/crypto/digest.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/symlink.hpp"

namespace gup {
namespace {

constexpr std::uint64_t attributes_limit = 1U << 20U;
constexpr std::uint32_t executable_by_owner = 0100;

bool is_a_releases_own(std::string_view name) {
    return name == generation_virtualenv_name || name == generation_record_name;
}

std::string joined(const std::string& below, const std::string& name) {
    return below.empty() ? name : fmt::format("{}/{}", below, name);
}

class FolderWalk {
public:
    FolderWalk(const fs::path& folder, const CodeSelection& selection, const VisitCode& visit)
        : folder_(folder), selection_(selection), visit_(visit) {}

    Status look_into(const std::string& below) {
        GUP_TRY(const auto names, list_folder(folder_ / below));
        for (const std::string& name : names) {
            // A virtualenv cannot be moved, so the release gets its own one, and its own record.
            if (is_repository_file(name) || (below.empty() && is_a_releases_own(name))) continue;
            const std::string path = joined(below, name);
            GUP_TRY(const auto info, file_info(folder_ / path, Follow::no));
            if (!info) continue;
            // Persisted paths are shared by all releases.
            if (info->kind == FileKind::link && link_text(folder_ / path) == shared_link_text(path)) continue;
            const bool is_a_folder = info->kind == FileKind::folder;
            if (is_a_folder ? selection_.leaves_out_folder(path) : selection_.leaves_out(path)) continue;
            GUP_CHECK(visit_(path, *info));
            if (is_a_folder) GUP_CHECK(look_into(path));
        }
        return {};
    }

private:
    const fs::path& folder_;
    const CodeSelection& selection_;
    const VisitCode& visit_;
};

Status add_attributes(const fs::path& folder, const std::string& below, ExportAttributes& attributes) {
    GUP_TRY(const auto names, list_folder(folder / below));
    for (const std::string& name : names) {
        const std::string path = joined(below, name);
        GUP_TRY(const auto info, file_info(folder / path, Follow::no));
        if (!info || name == ".git" || (below.empty() && is_a_releases_own(name))) continue;
        if (info->kind == FileKind::regular && name == attributes_name) {
            GUP_TRY(const std::string text, read_file(folder / path, attributes_limit));
            attributes.add(below, text);
        }
        if (info->kind == FileKind::folder) GUP_CHECK(add_attributes(folder, path, attributes));
    }
    return {};
}

Result<std::string> checked_link(const fs::path& folder, const std::string& path) {
    std::string text = link_text(folder / path);
    if (text.empty()) return Error{ErrorCode::io, fmt::format("cannot read {}", (folder / path).string()), {}};
    GUP_CHECK(check_link_stays_inside(path, text));
    return text;
}

Status copy_entry(const fs::path& from, const fs::path& to, const std::string& path, const FileInfo& info) {
    const fs::path made = to / path;
    if (info.kind == FileKind::folder) {
        if (::mkdir(made.c_str(), 0777) == 0) return {};
        return errno_error(errno, fmt::format("cannot create {}", made.string()));
    }
    if (info.kind == FileKind::link) {
        GUP_TRY(const std::string text, checked_link(from, path));
        if (::symlink(text.c_str(), made.c_str()) == 0) return {};
        return errno_error(errno, fmt::format("cannot create {}", made.string()));
    }
    if (info.kind != FileKind::regular) return {};
    std::error_code error;
    fs::copy_file(from / path, made, error);
    if (!error) return {};
    return errno_error(error.value(), fmt::format("cannot copy {} to {}", (from / path).string(), made.string()));
}

bool is_executable_file(const FileInfo& info) {
    return info.kind == FileKind::regular && (info.mode & executable_by_owner) != 0;
}

// A persisted path of the release, or one below it: the link leads to what all releases share.
bool is_persisted_in(const fs::path& release, const std::string& path) {
    for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
        const std::string folder = path.substr(0, slash);
        if (link_text(release / folder) == shared_link_text(folder)) return true;
    }
    return link_text(release / path) == shared_link_text(path);
}

// What programs write next to their code.
bool is_a_cache(const std::string& path) {
    return path.starts_with("__pycache__") || path.find("/__pycache__") != std::string::npos;
}

class FolderTree final : public CodeTree {
public:
    explicit FolderTree(fs::path folder) : folder_(std::move(folder)) {}

    Status look(FolderUse use) {
        GUP_TRY(gupfile, read(gupfile_name, gupfile_limit));
        if (use == FolderUse::source) {
            ExportAttributes attributes;
            GUP_CHECK(add_attributes(folder_, {}, attributes));
            selection_.use(std::move(attributes), {});
            GUP_CHECK(select_code(selection_, *this));
        }
        return visit_code(folder_, selection_, [&](const std::string& path, const FileInfo& info) -> Status {
            ++files;
            if (info.kind == FileKind::regular) bytes += info.size;
            if (info.kind == FileKind::other) left_out.push_back(path);
            if (info.kind == FileKind::link) GUP_CHECK(checked_link(folder_, path));
            return {};
        });
    }

    Result<std::optional<std::string>> read(const std::string& path, std::uint64_t limit) const override {
        auto text = read_file(folder_ / path, limit);
        if (text.ok()) return std::optional(*std::move(text));
        if (text.error().code == ErrorCode::not_found) return std::optional<std::string>();
        return text.error();
    }

    bool has_folder(const std::string& path) const override { return is_folder(folder_ / path); }

    Status write_to(const fs::path& folder) const override {
        return visit_code(folder_, selection_, [&](const std::string& path, const FileInfo& info) {
            return copy_entry(folder_, folder, path, info);
        });
    }

    Result<std::string> digest() const override {
        Sha256 all;
        GUP_CHECK(visit_code(folder_, selection_, [&](const std::string& path, const FileInfo& info) -> Status {
            if (info.kind == FileKind::folder || info.kind == FileKind::other) return {};
            std::string content = link_text(folder_ / path);
            if (info.kind == FileKind::regular) {
                GUP_TRY(content, sha256_of_file(folder_ / path));
            }
            all.add(fmt::format("{}{}", path, '\0'));
            all.add(fmt::format("{}{}{}{}", static_cast<int>(info.kind), is_executable_file(info) ? "x" : "-", content,
                                '\0'));
            return {};
        }));
        return "sha256:" + all.finish();
    }

    Result<std::vector<std::string>> differences(const fs::path& written) const override {
        std::vector<std::string> found;
        std::set<std::string> known;
        GUP_CHECK(visit_code(folder_, selection_, [&](const std::string& path, const FileInfo& info) -> Status {
            known.insert(path);
            if (is_a_cache(path) || info.kind == FileKind::other || is_persisted_in(written, path)) return {};
            GUP_TRY(const auto there, file_info(written / path, Follow::no));
            if (!there) {
                if (info.kind != FileKind::folder) found.push_back(path + " (new)");
                return {};
            }
            GUP_TRY(const bool is_same, is_same_entry(written, path, info, *there));
            if (!is_same) found.push_back(path);
            return {};
        }));
        GUP_CHECK(visit_code(written, {}, [&](const std::string& path, const FileInfo& info) -> Status {
            const bool is_code = info.kind != FileKind::folder && !is_a_cache(path) && path != gupfile_name;
            if (is_code && !known.contains(path)) found.push_back(path + " (removed)");
            return {};
        }));
        return found;
    }

private:
    [[nodiscard]] Result<bool> is_same_entry(const fs::path& written, const std::string& path, const FileInfo& here,
                                             const FileInfo& there) const {
        if (here.kind != there.kind) return false;
        if (here.kind == FileKind::link) return link_text(folder_ / path) == link_text(written / path);
        if (here.kind != FileKind::regular) return true;
        if (here.size != there.size || is_executable_file(here) != is_executable_file(there)) return false;
        GUP_TRY(const std::string one, sha256_of_file(folder_ / path));
        GUP_TRY(const std::string other, sha256_of_file(written / path));
        return one == other;
    }

    fs::path folder_;
    CodeSelection selection_;
};

}  // namespace

Status visit_code(const fs::path& folder, const CodeSelection& selection, const VisitCode& visit) {
    return FolderWalk(folder, selection, visit).look_into({});
}

Result<std::shared_ptr<const CodeTree>> open_folder(const fs::path& folder, FolderUse use) {
    auto tree = std::make_shared<FolderTree>(folder);
    GUP_CHECK(tree->look(use));
    return std::shared_ptr<const CodeTree>(std::move(tree));
}

}  // namespace gup

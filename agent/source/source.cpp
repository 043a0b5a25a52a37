// SPDX-License-Identifier: Apache-2.0
#include "source/source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/declaration/gupfile.hpp"
#include "core/release.hpp"
#include "source/archive/archive_source.hpp"
#include "source/archive/http_backend.hpp"
#include "source/archive/s3_backend.hpp"
#include "source/commit_tree.hpp"
#include "source/git/git_source.hpp"
#include "source/select_code.hpp"
#include "util/http/download.hpp"
#include "util/zip/archive.hpp"

namespace gup {
namespace {

fs::path archive_in(const fs::path& folder) {
    return folder / "archive.part";
}

// ---- git

class GitSource final : public Source {
public:
    explicit GitSource(SourceRequest request) : request_(std::move(request)) {}

    Result<Revision> latest(const Revision&) override { return find_source_commit(address(), request_.user); }

    Result<Revision> fetch(const Revision& revision, const fs::path& into, const ProgressCallback& progress) override {
        GUP_CHECK(bring_source_commit(into / repository_name, address(), revision, request_.user, progress));
        return revision;
    }

    Result<std::shared_ptr<const CodeTree>> open(const Revision& revision, const fs::path& in) override {
        return open_commit({in / repository_name, request_.user, address().folder}, revision.id);
    }

    // The next commit is fetched on top of this one.
    void forget(const fs::path&) override {}
    bool is_downloaded_whole() const override { return false; }
    Status reach() override {
        const auto found = latest({});
        return found.ok() ? Status{} : Status(found.error());
    }

private:
    [[nodiscard]] const SourceAddress& address() const { return request_.connector.source; }
    SourceRequest request_;
};

// ---- archives

class ZipTree final : public CodeTree {
public:
    explicit ZipTree(ZipArchive archive) : archive_(std::move(archive)) {}

    Status look() {
        GUP_TRY(gupfile, archive_.read(gupfile_name, gupfile_limit));
        folder_around = gup::folder_around(archive_.paths());
        CodeSelection selection;
        GUP_CHECK(select_code(selection, *this));
        archive_.leave_out([&](std::string_view path) {
            if (!path.ends_with('/')) return selection.leaves_out(path);
            return selection.leaves_out_folder(path.substr(0, path.size() - 1));
        });
        bytes = archive_.contents().bytes;
        files = archive_.contents().files;
        return {};
    }

    Result<std::optional<std::string>> read(const std::string& path, std::uint64_t limit) const override {
        return archive_.read(path, limit);
    }
    bool has_folder(const std::string& path) const override {
        const auto paths = archive_.paths();
        return std::any_of(paths.begin(), paths.end(), [&](const auto& one) { return one.starts_with(path + "/"); });
    }
    Status write_to(const fs::path& folder) const override { return archive_.extract(folder); }

private:
    ZipArchive archive_;
};

class ArchiveSource final : public Source {
public:
    ArchiveSource(SourceRequest request, MakeArchiveServer make_server)
        : request_{
              std::move(request.connector), std::move(request.user), std::move(request.network), make_server, {}, {}} {}

    Result<Revision> latest(const Revision& running) override { return ask_archive(request_, running); }

    Result<Revision> fetch(const Revision& revision, const fs::path& into, const ProgressCallback& progress) override {
        const fs::path& state = request_.network.state;
        const std::string& name = request_.connector.name;
        GUP_TRY(request_.seen, read_seen_archives(state, name));
        request_.accepted = [&](const std::string& key, const ArchiveOrder& order) {
            return request_.network.only_looks ? Status{} : note_seen_archive(state, name, key, order);
        };
        return fetch_archive(request_, revision, archive_in(into), progress);
    }

    // One that is damaged here is worth another download.
    Result<std::shared_ptr<const CodeTree>> open(const Revision&, const fs::path& in) override {
        const ArchiveView view{is_repositorys_own, request_.connector.source.folder};
        auto archive = ZipArchive::open(archive_in(in), {}, view);
        if (!archive.ok() && archive.error().code == ErrorCode::corrupt) forget(in);
        if (!archive.ok()) return archive.error();
        auto tree = std::make_shared<ZipTree>(*std::move(archive));
        GUP_CHECK(tree->look());
        return std::shared_ptr<const CodeTree>(std::move(tree));
    }

    void forget(const fs::path& in) override { forget_download(archive_in(in)); }
    // The server names the revision: it must not choose an old release that was signed once.
    bool is_downloaded_whole() const override {
        return request_.connector.public_keys.empty() || !request_.connector.sha256.empty();
    }
    Status reach() override { return reach_archive(request_); }

private:
    ArchiveRequest request_;
};

// ---- the table

using Made = std::unique_ptr<Source>;

struct Scheme {
    SourceKind kind;
    Made (*make)(SourceRequest request);
};

constexpr std::array<Scheme, 3> schemes{{
    {SourceKind::git, [](SourceRequest request) -> Made { return std::make_unique<GitSource>(std::move(request)); }},
    {SourceKind::http_zip,
     [](SourceRequest request) -> Made {
         return std::make_unique<ArchiveSource>(std::move(request), detail::make_web_server);
     }},
    {SourceKind::s3_zip,
     [](SourceRequest request) -> Made {
         return std::make_unique<ArchiveSource>(std::move(request), detail::make_bucket_server);
     }},
}};

}  // namespace

std::unique_ptr<Source> make_source(SourceRequest request) {
    const SourceKind kind = request.connector.source.kind;
    const auto* found =
        std::find_if(schemes.begin(), schemes.end(), [&](const Scheme& scheme) { return scheme.kind == kind; });
    return found->make(std::move(request));  // each kind has its line
}

Revision running_revision(const Generation& running, const DeclaredConnector& declared) {
    if (running.source != display(declared.source)) return {};
    Revision revision{running.commit, running.branch};
    revision.etag = running.etag;
    revision.modified = running.modified;
    return revision;
}

bool is_of_revision(const Generation& made, const DeclaredConnector& declared, const std::string& id) {
    if (id.empty() || made.commit != id) return false;
    // A checkout that was adopted does not say where it came from.
    const bool is_whole_commit = made.source.empty() && declared.source.folder.empty();
    return is_whole_commit || made.source == display(declared.source);
}

void sweep_download(const fs::path& folder) {
    forget_download(archive_in(folder));
}

bool has_download(const fs::path& folder) {
    const fs::path archive = archive_in(folder);
    return is_there(archive) || is_there(archive.native() + ".from");
}

}  // namespace gup

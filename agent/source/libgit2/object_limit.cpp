// SPDX-License-Identifier: Apache-2.0
#include "source/libgit2/object_limit.hpp"

#include <fmt/format.h>
#include <git2/sys/odb_backend.h>
#include <sys/stat.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "source/libgit2/pack_scan.hpp"
#include "util/sys/file.hpp"
#include "util/text.hpp"
#include "util/units.hpp"

namespace gup::git {
namespace {

std::atomic<std::uint64_t>& limit_storage() {
    static std::atomic<std::uint64_t> instance{object_limit_default};
    return instance;
}

thread_local std::optional<Error> last_refusal;

// For libgit2: its message is ours, and failure() finds the rest of the error again.
int refuse(const Error& error) noexcept {
    try {
        last_refusal = error;
        git_error_set_str(GIT_ERROR_ODB, error.message.c_str());
    } catch (...) {
        git_error_set_oom();
    }
    return GIT_ERROR;
}

// Before the others of the repository's object database: answers nothing, and refuses what is too long.
struct ObjectGuard : git_odb_backend {
    std::vector<git_odb_backend*> others;  // of the same database, which owns all of them
    std::vector<fs::path> folders;         // with a file for each object
    fs::path packs;
};

// A pack that arrives: looked through before the indexer gets it.
struct ScannedPack : git_odb_writepack {
    explicit ScannedPack(std::uint64_t limit) : git_odb_writepack{}, scan(limit) {}
    PackScan scan;
    Indexer indexer;
};

Status check_loose_object(const fs::path& folder, const std::string& name, std::uint64_t limit) {
    constexpr std::size_t fan_out = 2;
    constexpr std::uint64_t envelope = mebibyte;  // what does not compress becomes a little longer
    const fs::path file = folder / name.substr(0, fan_out) / name.substr(fan_out);
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) return {};
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size <= limit + limit / 256 + envelope) return {};
    return object_too_long(fmt::format("{} is an object", file.string()), size, limit);
}

Status check_object(const ObjectGuard& guard, const git_oid& id) {
    const std::uint64_t limit = object_limit();
    if (limit == 0) return {};
    bool are_files_known = false;
    for (git_odb_backend* other : guard.others) {
        if (other->read_header == nullptr) continue;
        const bool has_packs = other->writepack != nullptr;
        if (!has_packs && !std::exchange(are_files_known, true)) {
            for (const fs::path& folder : guard.folders) GUP_CHECK(check_loose_object(folder, hex(id), limit));
        }
        std::size_t size = 0;
        git_object_t type = GIT_OBJECT_INVALID;
        if (other->read_header(&size, &type, other, &id) != 0) continue;
        if (size > limit) return object_too_long(fmt::format("{} is an object", hex(id)), size, limit);
        return {};
    }
    return {};
}

int guard_read(void** /*data*/, std::size_t* /*size*/, git_object_t* /*type*/, git_odb_backend* base,
               const git_oid* id) noexcept {
    try {
        const Status status = check_object(*static_cast<ObjectGuard*>(base), *id);
        git_error_clear();
        return status.ok() ? GIT_PASSTHROUGH : refuse(status.error());
    } catch (...) {
        git_error_set_oom();
        return GIT_ERROR;
    }
}

// Without it libgit2 would read whole objects where a header is enough.
int guard_read_header(std::size_t* /*size*/, git_object_t* /*type*/, git_odb_backend* /*base*/,
                      const git_oid* /*id*/) noexcept {
    return GIT_ENOTFOUND;
}

// So that the objects that a refresh finds are looked at, too.
int guard_refresh(git_odb_backend* /*base*/) noexcept {
    return 0;
}

int pack_append(git_odb_writepack* base, const void* bytes, std::size_t size, git_indexer_progress* stats) noexcept {
    auto& pack = *static_cast<ScannedPack*>(base);
    try {
        const Status status = pack.scan.take({static_cast<const char*>(bytes), size});
        if (!status.ok()) return refuse(status.error());
    } catch (...) {
        git_error_set_oom();
        return GIT_ERROR;
    }
    return git_indexer_append(pack.indexer.get(), bytes, size, stats);
}

int pack_commit(git_odb_writepack* base, git_indexer_progress* stats) noexcept {
    return git_indexer_commit(static_cast<ScannedPack*>(base)->indexer.get(), stats);
}

void pack_free(git_odb_writepack* base) noexcept {
    delete static_cast<ScannedPack*>(base);  // NOLINT(cppcoreguidelines-owning-memory): C owns it
}

int guard_writepack(git_odb_writepack** out, git_odb_backend* base, git_odb* odb, git_indexer_progress_cb progress,
                    void* payload) noexcept {
    *out = nullptr;
    try {
        auto pack = std::make_unique<ScannedPack>(object_limit());
        git_indexer_options options = GIT_INDEXER_OPTIONS_INIT;
        options.progress_cb = progress;
        options.progress_cb_payload = payload;
        const fs::path& folder = static_cast<ObjectGuard*>(base)->packs;
        const int code = git_indexer_new(Out(pack->indexer), folder.c_str(), 0, odb, &options);
        if (code != 0) return code;
        pack->backend = base;
        pack->append = pack_append;
        pack->commit = pack_commit;
        pack->free = pack_free;
        *out = pack.release();
        return 0;
    } catch (...) {
        git_error_set_oom();
        return GIT_ERROR;
    }
}

void guard_free(git_odb_backend* base) noexcept {
    delete static_cast<ObjectGuard*>(base);  // NOLINT(cppcoreguidelines-owning-memory): C owns it
}

// The folder of objects, and those that its info/alternates names.
void add_folders(const fs::path& folder, int depth, std::vector<fs::path>& folders) {
    constexpr int deepest = 5;  // as libgit2
    constexpr std::size_t most = 100;
    folders.push_back(folder);
    if (depth == deepest) return;
    const auto text = read_file(folder / "info/alternates", mebibyte);
    if (!text.ok()) return;
    for (std::string_view rest = *text; !rest.empty();) {
        const std::string_view line = trimmed(take_until(rest, '\n'));
        if (!line.empty() && line.front() != '#' && folders.size() < most) {
            add_folders(folder / line, depth + 1, folders);
        }
    }
}

}  // namespace

void set_object_limit(std::uint64_t bytes) noexcept {
    limit_storage() = bytes;
}

std::uint64_t object_limit() noexcept {
    return limit_storage();
}

Error object_too_long(std::string_view what, std::uint64_t bytes, std::uint64_t limit) {
    return {ErrorCode::unsupported, fmt::format("{} of {} bytes, and at most {} are taken", what, bytes, limit),
            "a larger network.max-object-size in gup-agent.toml allows it", Cause::limit};
}

Status limit_objects(git_repository* repository) {
    Odb odb;
    if (const int code = git_repository_odb(Out(odb), repository); code != 0) {
        return failure(code, "cannot open the objects");
    }
    auto guard = std::make_unique<ObjectGuard>();
    for (std::size_t i = 0; i < git_odb_num_backends(odb.get()); ++i) {
        git_odb_backend* other = nullptr;
        if (git_odb_get_backend(&other, odb.get(), i) == 0) guard->others.push_back(other);
    }
    const fs::path objects = fs::path(git_repository_commondir(repository)) / "objects";
    guard->packs = objects / "pack";
    add_folders(objects, 0, guard->folders);
    git_odb_init_backend(guard.get(), GIT_ODB_BACKEND_VERSION);
    guard->read = guard_read;
    guard->read_header = guard_read_header;
    guard->writepack = guard_writepack;
    guard->refresh = guard_refresh;
    guard->free = guard_free;
    constexpr int before_all_others = 100;
    if (const int code = git_odb_add_backend(odb.get(), guard.get(), before_all_others); code != 0) {
        return failure(code, "cannot limit the size of objects");
    }
    (void)guard.release();
    return {};
}

std::optional<Error> take_object_refusal(std::string_view last_message) {
    auto refusal = std::exchange(last_refusal, std::nullopt);
    if (refusal && refusal->message == last_message) return refusal;
    return std::nullopt;
}

}  // namespace gup::git

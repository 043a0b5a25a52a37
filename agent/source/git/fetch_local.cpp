// SPDX-License-Identifier: Apache-2.0
#include "source/git/fetch_local.hpp"

#include <fmt/format.h>

#include <optional>
#include <set>

#include "source/git/fetch.hpp"
#include "source/git/ref_update.hpp"
#include "source/git/remote.hpp"
#include "source/libgit2/config.hpp"
#include "source/libgit2/object_limit.hpp"
#include "source/libgit2/opened.hpp"
#include "source/libgit2/pack_scan.hpp"
#include "source/libgit2/tree_diff.hpp"
#include "source/remote/context.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/free_space.hpp"
#include "util/sys/signals.hpp"
#include "util/url.hpp"

namespace gup::git {
namespace {

struct IdLess {
    bool operator()(const git_oid& a, const git_oid& b) const noexcept { return git_oid_cmp(&a, &b) < 0; }
};

// The missing objects of one commit's history.
class Missing {
public:
    Missing(git_repository* source, git_odb* here, git_packbuilder* pack) : source_(source), here_(here), pack_(pack) {}

    Status add_history(const git_oid& tip) {
        std::vector<git_oid> open{tip};
        while (!open.empty()) {
            const git_oid id = open.back();
            open.pop_back();
            if (!is_new(id)) continue;
            if (stop_requested()) return Error{ErrorCode::cancelled, "stopped", {}};
            GUP_TRY(const Commit commit, find_commit(source_, id));
            GUP_CHECK(insert(id));
            GUP_CHECK(add_tree(*git_commit_tree_id(commit.get()), 0));
            for (unsigned i = 0; i < git_commit_parentcount(commit.get()); ++i) {
                open.push_back(*git_commit_parent_id(commit.get(), i));
            }
        }
        return {};
    }

private:
    bool is_new(const git_oid& id) {
        return seen_.insert(id).second && git_odb_exists_ext(here_, &id, GIT_ODB_LOOKUP_NO_REFRESH) == 0;
    }

    Status insert(const git_oid& id) {
        if (const int code = git_packbuilder_insert(pack_, &id, nullptr); code != 0) {
            return failure(code, "cannot pack objects");
        }
        return {};
    }

    Status add_tree(const git_oid& id, int depth) {
        constexpr int deepest = 1024;
        if (depth > deepest) return Error{ErrorCode::corrupt, "folders are nested too deep", {}};
        if (!is_new(id)) return {};
        Tree tree;
        if (const int code = git_tree_lookup(Out(tree), source_, &id); code != 0) {
            return failure(code, "cannot read a folder");
        }
        GUP_CHECK(insert(id));
        for (std::size_t i = 0; i < git_tree_entrycount(tree.get()); ++i) {
            const git_tree_entry* entry = git_tree_entry_byindex(tree.get(), i);
            const git_oid child = *git_tree_entry_id(entry);
            const std::uint32_t mode = canonical_mode(git_tree_entry_filemode_raw(entry));
            if (mode == GIT_FILEMODE_TREE) {
                GUP_CHECK(add_tree(child, depth + 1));
            } else if (mode != GIT_FILEMODE_COMMIT && is_new(child)) {
                GUP_CHECK(check_size(child, git_tree_entry_name(entry)));
                GUP_CHECK(insert(child));
            }
        }
        return {};
    }

    // The packer would have it in memory, maybe twice.
    [[nodiscard]] Status check_size(const git_oid& id, const char* name) {
        const std::uint64_t limit = object_limit();
        if (limit == 0) return {};
        std::size_t size = 0;
        git_object_t type = GIT_OBJECT_INVALID;
        Odb odb;
        int code = git_repository_odb(Out(odb), source_);
        if (code == 0) code = git_odb_read_header(&size, &type, odb.get(), &id);
        if (code != 0) return failure(code, fmt::format("cannot read {}", name));
        return size > limit ? object_too_long(fmt::format("{} is an object", name), size, limit) : Status{};
    }

    git_repository* source_;
    git_odb* here_;
    git_packbuilder* pack_;
    std::set<git_oid, IdLess> seen_;
};

// A pack on its way into an indexer, piece by piece.
struct PackSink {
    Indexer indexer;
    git_indexer_progress stats{};
    SpaceWatch space;
    std::optional<Error> error;
    PackScan scan;
};

int on_pack_bytes(void* bytes, std::size_t size, void* payload) noexcept {
    auto& sink = *static_cast<PackSink*>(payload);
    if (auto status = sink.space.spend(size); !status.ok()) {
        sink.error = std::move(status).error();
        return GIT_EUSER;
    }
    if (auto status = sink.scan.take({static_cast<const char*>(bytes), size}); !status.ok()) {
        sink.error = std::move(status).error();
        return GIT_EUSER;
    }
    return git_indexer_append(sink.indexer.get(), bytes, size, &sink.stats);
}

int on_indexed(const git_indexer_progress* stats, void* payload) noexcept {
    if (stop_requested()) return GIT_EUSER;
    const auto& progress = *static_cast<const ProgressCallback*>(payload);
    if (progress) progress({stats->received_bytes, stats->received_objects, stats->total_objects});
    return 0;
}

// A tag object and the objects that it names, down to the commit; false if the commit is missing.
bool copy_tag(git_repository* source, git_repository* here, const git_oid& id) {
    if (has_object(here, id)) return true;
    Tag tag;
    if (git_tag_lookup(Out(tag), source, &id) != 0) return false;
    if (!copy_tag(source, here, *git_tag_target_id(tag.get()))) return false;
    Odb from;
    Odb to;
    OdbObject object;
    git_oid written{};
    if (git_repository_odb(Out(from), source) != 0 || git_repository_odb(Out(to), here) != 0) return false;
    if (git_odb_read(Out(object), from.get(), &id) != 0) return false;
    return git_odb_write(&written, to.get(), git_odb_object_data(object.get()), git_odb_object_size(object.get()),
                         git_odb_object_type(object.get())) == 0;
}

TheirRefs refs_in(git_repository* source, git_repository* here) {
    TheirRefs theirs{{}, [source, here](const git_oid& id) { return copy_tag(source, here, id); }};
    const auto add = [&](const char* name) {
        git_oid id{};
        if (git_reference_name_to_id(&id, source, name) == 0) theirs.refs.push_back({name, id});
    };
    add("HEAD");
    ReferenceIterator iterator;
    if (git_reference_iterator_new(Out(iterator), source) == 0) {
        Reference ref;
        while (git_reference_next(Out(ref), iterator.get()) == 0) add(git_reference_name(ref.get()));
    }
    git_error_clear();
    return theirs;
}

// With --tags a commit that only a tag names comes, too.
std::vector<git_oid> tips_of(git_repository* source, const git_oid& wanted, Tags tags) {
    std::vector<git_oid> tips{wanted};
    ReferenceIterator iterator;
    if (tags != Tags::all || git_reference_iterator_glob_new(Out(iterator), source, "refs/tags/*") != 0) return tips;
    Reference ref;
    while (git_reference_next(Out(ref), iterator.get()) == 0) {
        Object commit;
        if (git_reference_peel(Out(commit), ref.get(), GIT_OBJECT_COMMIT) != 0) continue;
        tips.push_back(*git_object_id(commit.get()));
    }
    git_error_clear();
    return tips;
}

Status copy_objects(git_repository* source, const Opened& opened, const std::vector<git_oid>& tips,
                    const ProgressCallback& progress) {
    Odb here;
    if (const int code = git_repository_odb(Out(here), opened.get()); code != 0) return failure(code, "objects");
    git_odb_refresh(here.get());
    PackBuilder pack;
    if (const int code = git_packbuilder_new(Out(pack), source); code != 0) return failure(code, "cannot pack");
    git_packbuilder_set_threads(pack.get(), 1);
    Missing missing(source, here.get(), pack.get());
    for (const git_oid& tip : tips) GUP_CHECK(missing.add_history(tip));
    if (git_packbuilder_object_count(pack.get()) == 0) return {};
    const fs::path folder = opened.common_folder() / "objects/pack";
    GUP_CHECK(make_folders(folder));
    PackSink sink{{}, {}, {folder, detail::transport_settings().disk_reserve}, {}, PackScan(object_limit())};
    git_indexer_options options = GIT_INDEXER_OPTIONS_INIT;
    options.progress_cb = on_indexed;
    options.progress_cb_payload = const_cast<ProgressCallback*>(&progress);
    constexpr unsigned read_only = 0444;  // as git makes packs
    int code = git_indexer_new(Out(sink.indexer), folder.c_str(), read_only, here.get(), &options);
    if (code == 0) code = git_packbuilder_foreach(pack.get(), on_pack_bytes, &sink);
    if (code == 0) code = git_indexer_commit(sink.indexer.get(), &sink.stats);
    if (sink.error) return *sink.error;
    if (code != 0) return failure(code, "cannot write the pack");
    git_odb_refresh(here.get());
    return {};
}

}  // namespace

Status fetch_local(const Opened& opened, const FetchRequest& request, const ProgressCallback& progress) {
    const std::string act = fmt::format("cannot fetch from {}", mask_secrets(request.url));
    GUP_TRY(const git_oid wanted, parse_id(request.commit));
    const fs::path local = local_path(request.url);
    if (!is_folder(local))
        return Error{ErrorCode::unreachable, fmt::format("{}: {} does not exist", act, local.string()), {}};
    auto found = open_remote_folder(local);
    if (!found.ok()) return found.error().with_context(act);
    const Repository source = std::move(*found);
    if (auto status = copy_objects(source.get(), opened, tips_of(source.get(), wanted, request.tags), progress);
        !status) {
        return status.error().with_context(act);
    }
    if (auto status = update_refs(opened, request, refs_in(source.get(), opened.get())); !status) {
        return status.error().with_context(act);
    }
    return {};
}

}  // namespace gup::git

// SPDX-License-Identifier: Apache-2.0
#include "source/git/ref_update.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/declaration/requirement.hpp"
#include "core/short_id.hpp"
#include "util/log/log.hpp"
#include "util/url.hpp"

namespace gup::git {
namespace {

constexpr std::string_view tag_prefix = "refs/tags/";
constexpr const char* reflog_message = "gup-agent: fetch";

// Refs whose names `name` needs as folders, or that need `name` as one.
std::vector<std::string> refs_in_the_way(git_repository* repository, const std::string& name) {
    std::vector<std::string> found;
    for (auto slash = name.find('/', std::string_view("refs/").size()); slash != std::string::npos;
         slash = name.find('/', slash + 1)) {
        Reference reference;
        const std::string parent = name.substr(0, slash);
        if (git_reference_lookup(Out(reference), repository, parent.c_str()) == 0) found.push_back(parent);
    }
    ReferenceIterator iterator;
    if (git_reference_iterator_glob_new(Out(iterator), repository, (name + "/*").c_str()) == 0) {
        Reference reference;
        while (git_reference_next(Out(reference), iterator.get()) == 0) {
            found.emplace_back(git_reference_name(reference.get()));
        }
    }
    git_error_clear();
    return found;
}

std::string target_of(git_repository* repository, const std::string& name) {
    git_oid id{};
    const int code = git_reference_name_to_id(&id, repository, name.c_str());
    git_error_clear();
    return code == 0 ? short_id(hex(id)) : "nothing";
}

// The agent's own refs, and the copies of a remote's: only these may be removed.
bool is_copy(std::string_view name) {
    return name.starts_with("refs/remotes/") || name.starts_with("refs/gup");
}

Status clear_the_way(const Opened& opened, const std::string& name) {
    if (!is_copy(name)) return {};
    for (const std::string& stale : refs_in_the_way(opened.get(), name)) {
        if (!is_copy(stale)) continue;
        const std::string was = target_of(opened.get(), stale);
        if (const int code = git_reference_remove(opened.get(), stale.c_str()); code != 0) {
            return failure(code, fmt::format("cannot remove {}, which is in the way of {}", stale, name));
        }
        log::info({}, fmt::format("removed {} (it was {}): the remote has {} in its place", stale, was, name));
    }
    return {};
}

Status set_ref(const Opened& opened, const std::string& name, const git_oid& id) {
    git_oid present{};
    if (git_reference_name_to_id(&present, opened.get(), name.c_str()) == 0 && git_oid_equal(&present, &id) != 0) {
        return {};
    }
    git_error_clear();
    GUP_CHECK(clear_the_way(opened, name));
    Reference made;
    constexpr int force = 1;
    if (const int code = git_reference_create(Out(made), opened.get(), name.c_str(), &id, force, reflog_message);
        code != 0) {
        return failure(code, fmt::format("cannot set {}", name));
    }
    return {};
}

// The refs of the remote that one refspec names, with their names here.
Status follow_refspec(const Opened& opened, const std::string& text, const TheirRefs& theirs) {
    Refspec spec;
    if (const int code = git_refspec_parse(Out(spec), text.c_str(), 1); code != 0) return failure(code, text);
    const char* source = git_refspec_src(spec.get());
    if (is_commit_id(source)) {
        GUP_TRY(const git_oid id, parse_id(source));
        return has_object(opened.get(), id) ? set_ref(opened, git_refspec_dst(spec.get()), id) : Status{};
    }
    for (const TheirRef& ref : theirs.refs) {
        int is_valid = 0;
        if (git_refspec_src_matches(spec.get(), ref.name.c_str()) != 1) continue;
        if (git_reference_name_is_valid(&is_valid, ref.name.c_str()) != 0 || is_valid == 0) continue;
        Buffer name;
        if (const int code = git_refspec_transform(name.out(), spec.get(), ref.name.c_str()); code != 0) {
            return failure(code, ref.name);
        }
        if (has_object(opened.get(), ref.id)) GUP_CHECK(set_ref(opened, name.text(), ref.id));
    }
    return {};
}

void warn_about_tag(const Opened& opened, const FetchRequest& request, const TheirRef& tag, const Error& error) {
    const auto obstacles = refs_in_the_way(opened.get(), tag.name);
    const std::string shown = tag.name.substr(tag_prefix.size());
    const std::string act = fmt::format("cannot write the tag {} of {}", shown, mask_secrets(request.url));
    if (obstacles.empty()) return log::warning({}, fmt::format("{}: {}", act, error.message));
    const std::string name = obstacles.front().substr(std::min(obstacles.front().size(), tag_prefix.size()));
    log::warning(
        {}, log::with_hint(fmt::format("{}: the tag {} is here, and both cannot exist", act, name),
                           fmt::format("if it is not needed: git -C {} tag -d {}", opened.work_tree().string(), name)));
}

void follow_tags(const Opened& opened, const FetchRequest& request, const TheirRefs& theirs) {
    for (const TheirRef& ref : theirs.refs) {
        int is_valid = 0;
        if (!ref.name.starts_with(tag_prefix)) continue;
        if (git_reference_name_is_valid(&is_valid, ref.name.c_str()) != 0 || is_valid == 0) continue;
        git_oid present{};
        if (git_reference_name_to_id(&present, opened.get(), ref.name.c_str()) == 0) continue;
        git_error_clear();
        if (!theirs.bring(ref.id)) continue;
        if (const Status status = set_ref(opened, ref.name, ref.id); !status.ok()) {
            warn_about_tag(opened, request, ref, status.error());
        }
    }
    git_error_clear();
}

}  // namespace

Status update_refs(const Opened& opened, const FetchRequest& request, const TheirRefs& theirs) {
    for (const std::string& refspec : request.refspecs) GUP_CHECK(follow_refspec(opened, refspec, theirs));
    if (request.tags != Tags::none) follow_tags(opened, request, theirs);
    return {};
}

}  // namespace gup::git

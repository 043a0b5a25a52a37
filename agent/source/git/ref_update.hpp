// SPDX-License-Identifier: Apache-2.0
// The refs of a fetch, once its objects are here.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "source/git/fetch.hpp"
#include "source/libgit2/opened.hpp"

namespace gup::git {

// A ref of the remote.
struct TheirRef {
    std::string name;  // "refs/tags/5.0.0"
    git_oid id{};      // of an annotated tag: the tag object
};

// What the remote has, and a way to its tags.
struct TheirRefs {
    std::vector<TheirRef> refs;
    // Whether the object of a tag is here, or was brought.
    std::function<bool(const git_oid&)> bring;
};

// Sets the refs of the request's refspecs, and the tags that it asks for. A tracking ref that the remote cannot have any
// more, because a new one needs its name as a folder (or the other way round), is removed. A tag that cannot be written
// is a warning: the tags here may be a person's. A branch that moved during the fetch is left alone.
[[nodiscard]] Status update_refs(const Opened& opened, const FetchRequest& request, const TheirRefs& theirs);

}  // namespace gup::git

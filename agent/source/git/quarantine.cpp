// SPDX-License-Identifier: Apache-2.0
#include "source/git/quarantine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "source/libgit2/config.hpp"
#include "source/libgit2/opened.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/file.hpp"

namespace gup::git {
namespace {

Status copy_shallow(const Opened& opened, const fs::path& target) {
    const auto content = read_file(opened.common_folder() / "shallow");
    if (!content) return content.error().code == ErrorCode::not_found ? Status{} : Status{content.error()};
    return write_file_atomically(target / "shallow", *content);
}

// Heads and tracking refs, so that the remote is told what is here already.
Status copy_refs(const Opened& opened, const fs::path& target) {
    ReferenceIterator iterator;
    if (const int code = git_reference_iterator_new(Out(iterator), opened.get()); code != 0) {
        return failure(code, fmt::format("cannot read the refs of {}", opened.name()));
    }
    std::vector<std::pair<std::string, std::string>> refs;
    Reference ref;
    while (git_reference_next(Out(ref), iterator.get()) == 0) {
        if (git_reference_type(ref.get()) != GIT_REFERENCE_DIRECT) continue;
        refs.emplace_back(git_reference_name(ref.get()), hex(*git_reference_target(ref.get())));
    }
    git_error_clear();
    std::sort(refs.begin(), refs.end());
    std::string text;
    for (const auto& [name, id] : refs) text += fmt::format("{} {}\n", id, name);
    return write_file_atomically(target / "packed-refs", text);
}

}  // namespace

Result<Opened> make_quarantine(const Opened& opened, const fs::path& temporary_folder) {
    const fs::path folder = temporary_folder / (opened.name() + ".git");
    const std::string act = fmt::format("cannot create a quarantine for {}", opened.name());
    git_repository_init_options options = GIT_REPOSITORY_INIT_OPTIONS_INIT;
    options.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKPATH;
    Repository made;
    if (const int code = git_repository_init_ext(Out(made), folder.c_str(), &options); code != 0) {
        return failure(code, act);
    }
    made.reset();
    GUP_CHECK(make_folders(folder / "objects/info"));
    std::error_code ignored;
    const fs::path objects = fs::absolute(opened.common_folder() / "objects", ignored);
    GUP_CHECK(write_file_atomically(folder / "objects/info/alternates", objects.string() + "\n"));
    GUP_CHECK(copy_shallow(opened, folder));
    GUP_CHECK(copy_refs(opened, folder));

    Opened made_here;
    made_here.user = opened.user;
    GUP_TRY(made_here.repository, open_plainly(folder, GIT_REPOSITORY_OPEN_BARE));
    GUP_CHECK(configure(made_here.get(), made_here.user, opened.get()));
    const fs::path original = opened.has_no_work_tree() ? opened.git_folder() : opened.work_tree();
    GUP_TRY(made_here.original, open_repository(original, opened.user));
    return made_here;
}

}  // namespace gup::git

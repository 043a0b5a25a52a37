// SPDX-License-Identifier: Apache-2.0
#include "deploy/virtualenv_link.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "deploy/virtualenv_stage.hpp"
#include "python/virtualenv_links.hpp"
#include "util/log/log.hpp"
#include "util/sys/symlink.hpp"

namespace gup {

Status anchor_links(const fs::path& virtualenv, Transaction& transaction) {
    GUP_TRY(const fs::path real, real_path(virtualenv));
    GUP_TRY(const auto links, links_that_leave(real));
    for (const OutsideLink& link : links) {
        if (::faccessat(AT_FDCWD, link.path.parent_path().c_str(), W_OK, AT_EACCESS) == 0) {
            GUP_CHECK(transaction.link(link.path, link.target));
        } else {
            log::warning({}, fmt::format("{} will not lead to {} after a rollback: its folder is another user's",
                                         link.path.string(), link.target));
        }
    }
    return {};
}

Result<Displaced> switch_virtualenv(const VirtualenvSwitch& wanted, Transaction& transaction) {
    const Observation& observation = wanted.observation;
    const fs::path& place = observation.place.path;
    GUP_TRY(const auto there, file_info(place, Follow::no));
    if (is_below(place, observation.connector.path)) {
        GUP_CHECK(exclude_from_git(observation.connector.path, "/" + place.filename().string()));
    }
    if (there && there->kind == FileKind::folder) {
        GUP_CHECK(anchor_links(place, transaction));
        GUP_CHECK(transaction.create_folder(wanted.aside.parent_path()));
        const Status exchanged = transaction.replace_by_link(place, wanted.aside, wanted.to);
        if (exchanged.ok()) return Displaced::folder;
        return exchanged.error().with_hint(
            "the connector's owner must own the folder of the virtualenv, and the virtualenv must not be a mount "
            "point");
    }
    if (!is_folder(place.parent_path())) {
        GUP_CHECK(transaction.create_parents(place.parent_path(), place.parent_path().parent_path()));
    }
    GUP_CHECK(transaction.link(place, wanted.to));
    return Displaced::link;
}

}  // namespace gup

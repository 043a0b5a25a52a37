#include "deploy/virtualenv_link.hpp"

#include "deploy/virtualenv_stage.hpp"

namespace gup {

Result<Displaced> switch_virtualenv(const VirtualenvSwitch& wanted, Transaction& transaction) {
    const Observation& observation = wanted.observation;
    const fs::path& place = observation.place.path;
    GUP_TRY(const auto there, file_info(place, Follow::no));
    if (is_below(place, observation.connector.path)) {
        GUP_CHECK(exclude_from_git(observation.connector.path, "/" + place.filename().string()));
    }
    if (there && there->kind == FileKind::folder) {
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

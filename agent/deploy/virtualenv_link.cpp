#include "deploy/virtualenv_link.hpp"

#include <unistd.h>

#include "deploy/virtualenv_stage.hpp"
#include "host/elevated_fs.hpp"
#include "transaction/steps.hpp"

namespace gup {
namespace {

Status exchange(const VirtualenvSwitch& wanted, const LogStep& note) {
    const fs::path& place = wanted.observation.place.path;
    const fs::path& aside = wanted.aside;
    GUP_CHECK(note(exchange_step(place, aside, wanted.to)));
    if (::mkdir(aside.parent_path().c_str(), 0777) != 0) {
        return errno_error(errno, "cannot make " + aside.parent_path().string());
    }
    if (::symlink(wanted.to.c_str(), aside.c_str()) != 0) {
        return errno_error(errno, "cannot make " + aside.string());
    }
    Status exchanged = exchange_entries(place, aside, wanted.observation.owner);
    if (exchanged.ok()) return {};
    return exchanged.error().with_hint(
        "the folder that holds the virtualenv must be its owner's, and the virtualenv no mount point");
}

}  // namespace

Result<Displaced> switch_virtualenv(const VirtualenvSwitch& wanted, const LogStep& note) {
    const Observation& observation = wanted.observation;
    const fs::path& place = observation.place.path;
    GUP_TRY(const auto there, file_info(place, Follow::no));
    if (is_below(place, observation.connector.path)) {
        GUP_CHECK(exclude_from_git(observation.connector.path, "/" + place.filename().string()));
    }
    if (there && there->kind == FileKind::folder) {
        GUP_CHECK(exchange(wanted, note));
        return Displaced::folder;
    }
    std::string from;
    if (there) {
        std::error_code error;
        if (there->kind == FileKind::link) from = fs::read_symlink(place, error).string();
        if (from.empty() || error) {
            return Error{ErrorCode::conflict, place.string() + " is neither a folder nor a link", {}};
        }
    }
    GUP_TRY(const auto around, file_info(place.parent_path()));
    if (!around) {
        GUP_CHECK(note(make_place_step(place.parent_path())));
        GUP_CHECK(make_owner_folder(place.parent_path(), observation.owner));
    }
    GUP_CHECK(note(switch_step(place, from, wanted.to)));
    GUP_CHECK(switch_link(place, wanted.to, observation.owner));
    return Displaced::link;
}

}  // namespace gup

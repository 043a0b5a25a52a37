// SPDX-License-Identifier: Apache-2.0
#include "doctor/ownership_checks.hpp"

#include <fmt/format.h>

#include "connector/connector_owner.hpp"
#include "host/ownership.hpp"

namespace gup {
namespace {

void add_notes(const Belongings& belongings, Diagnosis& diagnosis) {
    for (const Waypoint& point : belongings.points) {
        if (!is_open_to_group(point)) continue;
        diagnosis.note(fmt::format("{} may write to {}: its members can act as {}",
                                   display(Intruder{Intruder::Kind::group, point.group}), point.path.string(),
                                   user_name(belongings.uid)));
        return;  // one says enough: with core.sharedRepository there are many
    }
}

}  // namespace

void check_root_ownership(const ScanSettings& settings, Diagnosis& diagnosis) {
    diagnosis.look();
    const auto belongings = belongings_of_root(settings);
    if (!belongings.ok()) return;  // the scan says why
    const Status status = check_ownership(*belongings);
    if (status.ok()) return add_notes(*belongings, diagnosis);
    diagnosis.find({"permissions", settings.root.string(), status.error().message,
                    "such a user could act as a connector's owner, so connectors there are not updated",
                    status.error().hint});
}

void note_groups(const Observation& observation, const ScanSettings& settings, Diagnosis& diagnosis) {
    const auto belongings = belongings_of(settings, observation.connector.name, observation.owner, observation.place);
    if (belongings.ok()) add_notes(*belongings, diagnosis);
}

}  // namespace gup

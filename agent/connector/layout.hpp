// SPDX-License-Identifier: Apache-2.0
// The releases layout of one connector on disk:
//
//   <root>/<name>                 a link to .gup/<name>/<id>, relative to root
//   <root>/.pyenv/<name>          a link to <root>/<name>/.venv
//   <root>/.gup/<name>/<id>/      a release: its code, .venv and generation.json, without which it is none
//   <root>/.gup/<name>/shared/    what the connector writes (persist); each release has links to it
//   <root>/.gup/<name>/repository its git folder, when it was adopted
#pragma once

#include <string>
#include <vector>

#include "connector/observe.hpp"
#include "connector/settings.hpp"
#include "core/generation.hpp"
#include "host/owner.hpp"
#include "python/virtualenv.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct ConnectorLayout {
    std::string name;
    Owner owner;
    fs::path link;             // <root>/<name>: a link, a folder, or missing
    fs::path folder;           // <root>/.gup/<name>, by its real path
    VirtualenvLocation place;  // the known path of the virtualenv
};

// Fails with invalid_input for a name that no connector can have, and as find_owner and check_belongings.
[[nodiscard]] Result<ConnectorLayout> find_layout(const ScanSettings& settings, const std::string& name);

// The user that the agent works as for that connector: see identify_owner in connector/connector_owner.hpp.
[[nodiscard]] Result<Owner> find_owner(const ScanSettings& settings, const std::string& name);

// The same for an observed connector.
[[nodiscard]] ConnectorLayout layout_of(const Observation& observation, const fs::path& root);

// The release that <root>/<name> leads to; empty if that is not a link, or leads elsewhere. It may not exist.
[[nodiscard]] std::string enabled_release(const fs::path& root, const std::string& name);
// The layout of what is at <root>/<name>: releases for a link to a release, which need not be there.
[[nodiscard]] Layout layout_at(const fs::path& root, const std::string& name);
// True when <root>/<name> is a link to a release that is there.
[[nodiscard]] bool is_releases_layout(const fs::path& root, const std::string& name);

// The text of the link to a release.
[[nodiscard]] std::string release_link_text(const ConnectorLayout& site, const std::string& id);

// The generations of that layout, the latest first: releases are those with code of their own, the others share the
// connector's folder. As the owner.
[[nodiscard]] std::vector<Generation> list_generations(const ConnectorLayout& site, Layout layout);
// The one of them that runs; nullptr when none is known.
[[nodiscard]] const Generation* find_current(const std::vector<Generation>& generations, const Observation& observation,
                                             Layout layout);

// The connector's repository: the adopted one, else the one in its folder. It may not exist.
[[nodiscard]] fs::path release_repository(const ConnectorLayout& site);

// For a new generation: one more than the greatest existing sequence.
[[nodiscard]] std::int64_t next_sequence(const ConnectorLayout& site);

}  // namespace gup

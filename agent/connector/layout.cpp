// SPDX-License-Identifier: Apache-2.0
#include "connector/layout.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "connector/connector_owner.hpp"
#include "connector/generation_store.hpp"
#include "core/declaration/connector_name.hpp"
#include "core/declaration/gupfile.hpp"
#include "core/release.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/symlink.hpp"

namespace gup {
namespace {

fs::path releases_folder(const fs::path& root, const std::string& name) {
    return real_path(root).value_or(root) / generations_name / name;
}

// An existing connector has the name of its folder, however odd.
Status check_site_name(const ScanSettings& settings, const std::string& name) {
    const bool is_entry = !name.empty() && name.find('/') == std::string::npos && !name.starts_with('.');
    if (is_entry && is_there(settings.root / name)) return {};
    const Status checked = check_new_name(name);
    if (checked.ok()) return {};
    return Error{checked.error().code, checked.error().message,
                 "letters, digits and . _ - + are allowed, the first a letter or a digit"};
}

}  // namespace

Result<Owner> find_owner(const ScanSettings& settings, const std::string& name) {
    GUP_CHECK(check_site_name(settings, name));
    return identify_owner(settings, name);
}

Result<ConnectorLayout> find_layout(const ScanSettings& settings, const std::string& name) {
    ConnectorLayout site;
    site.name = name;
    site.link = settings.root / name;
    site.folder = releases_folder(settings.root, name);
    GUP_TRY(site.owner, find_owner(settings, name));
    site.place = find_virtualenv(settings.root, name, site.owner.home);
    GUP_CHECK(check_belongings(settings, name, site.owner, site.place));
    return site;
}

ConnectorLayout layout_of(const Observation& observation, const fs::path& root) {
    const Connector& connector = observation.connector;
    return {connector.name, observation.owner, connector.path, releases_folder(root, connector.name),
            observation.place};
}

std::string enabled_release(const fs::path& root, const std::string& name) {
    const fs::path text = link_text(root / name);
    if (text.empty()) return {};
    const fs::path target = (text.is_absolute() ? text : root / text).lexically_normal();
    const fs::path around = target.parent_path();
    const bool is_ours =
        around == (root / generations_name / name).lexically_normal() || around == releases_folder(root, name);
    std::string id = target.filename();
    if (!is_ours || !check_release_id(id).ok()) return {};
    // A folder with its own repository is a person's checkout.
    return is_there(root / name / ".git") ? std::string() : id;
}

Layout layout_at(const fs::path& root, const std::string& name) {
    return enabled_release(root, name).empty() ? Layout::in_place : Layout::releases;
}

bool is_releases_layout(const fs::path& root, const std::string& name) {
    return !enabled_release(root, name).empty() && is_folder(root / name);
}

std::string release_link_text(const ConnectorLayout& site, const std::string& id) {
    return fmt::format("{}/{}/{}", generations_name, site.name, id);
}

std::vector<Generation> list_generations(const ConnectorLayout& site, Layout layout) {
    const fs::path& place = site.place.path;
    if (layout == Layout::releases) return list_releases(site.folder);
    return list_generations(generations_folder(site.link.parent_path(), site.name, place), place);
}

const Generation* find_current(const std::vector<Generation>& generations, const Observation& observation,
                               Layout layout) {
    if (layout == Layout::releases) return find_generation(generations, observation.release);
    return find_current(generations, observation.code.commit, virtualenv_at(observation.place));
}

fs::path release_repository(const ConnectorLayout& site) {
    const fs::path adopted = site.folder / repository_name;
    return is_real_folder(adopted) ? adopted : site.link;
}

std::int64_t next_sequence(const ConnectorLayout& site) {
    std::int64_t next = 1;
    const std::vector<std::string> names = list_folder(site.folder).value_or({});
    for (const std::string& name : names) {
        if (const auto one = read_generation(site.folder, name)) next = std::max(next, one->sequence + 1);
    }
    return next;
}

}  // namespace gup

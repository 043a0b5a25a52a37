// SPDX-License-Identifier: Apache-2.0
#include "deploy/release_builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "connector/generation_store.hpp"
#include "core/drift.hpp"
#include "core/release.hpp"
#include "deploy/shared_paths.hpp"
#include "deploy/virtualenv_stage.hpp"
#include "util/log/log.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/signals.hpp"
#include "util/sys/symlink.hpp"
#include "util/units.hpp"

namespace gup {
namespace {

// In addition to the code and the virtualenv of require_room: folders, links, generation.json.
constexpr std::uint64_t release_slack = 1 * mebibyte;

// No id begins with it.
constexpr const char* again_prefix = ".again-";

// Without it the copied virtualenv would import the code of the release before.
Status require_own_folder(std::vector<PinFailure> failures) {
    std::erase_if(failures, [](const PinFailure& one) { return !is_own_folder(one.requirement); });
    return require_all_pins(failures, "correct its pyproject.toml; the release before stays");
}

// What installs a folder names its path, and that of a release that is made aside is another one.
Status check_can_be_made_aside(const Gupfile& gupfile, const std::string& id) {
    if (std::none_of(gupfile.pins.begin(), gupfile.pins.end(), is_own_folder)) return {};
    return Error{ErrorCode::unsupported,
                 fmt::format("release {} cannot be made again: its own folder is installed in its virtualenv", id),
                 "install the folder as another release, with another --version, and enable that"};
}

constexpr const char* not_installed_hint = "nothing was installed; correct the gupfile, then try again";

}  // namespace

ReleaseBuilder::ReleaseBuilder(const ReleaseBuild& build, const UpdateSettings& settings, const RunEvents& events)
    : build_(build),
      site_(build.site),
      settings_(settings),
      events_(events),
      folder_(build.site.folder / (std::string(build.again ? again_prefix : "") + build.code.id)),
      owner_{site_.name, site_.owner.home, site_.place.path, folder_} {}

Status ReleaseBuilder::prepare() {
    GUP_TRY(persisted_, check_persisted(build_.gupfile.persist));
    if (build_.again) GUP_CHECK(check_can_be_made_aside(build_.gupfile, build_.code.id));
    GUP_CHECK(find_virtualenv_to_copy());
    copied_.own_folders = {folder_.string(), site_.link.string()};
    choose_pins();
    if (!pins_.pins.empty()) prepared_ = prepare_install(pins_, owner_, events_);
    if (!is_update()) GUP_CHECK(require_all_pins(prepared_.failures, not_installed_hint));
    return require_release_room();
}

Status ReleaseBuilder::make(Transaction& transaction) {
    GUP_CHECK(write_code(transaction));
    if (!live_.empty() || !is_update() || build_.creates) GUP_CHECK(make_virtualenv());
    GUP_CHECK(link_persisted(transaction, site_, folder_, persisted_, OwnFiles::are_defaults));
    if (stop_requested()) return Error{ErrorCode::cancelled, "stopped before anything was switched", {}};
    GUP_CHECK(sync_file_system(folder_));
    return record();
}

void ReleaseBuilder::choose_pins() {
    if (!is_update()) {
        pins_.pins = find_drift(build_.gupfile, copied_);
        if (settings_.installer.prune) remove_.packages = find_unnamed(build_.gupfile, copied_);
        return;
    }
    pins_.pins = build_.pins;
    if (build_.remove) remove_ = *build_.remove;
    if (live_.empty()) return;
    // What installs the connector's folder still leads to that of the release before.
    for (Drift& one : find_drift(build_.gupfile, copied_)) {
        const auto is_it = [&](const Drift& planned) { return planned.requirement == one.requirement; };
        const bool is_planned = std::any_of(pins_.pins.begin(), pins_.pins.end(), is_it);
        if (is_own_folder(one.requirement) && !is_planned) pins_.pins.push_back(std::move(one));
    }
}

// Unchanged files are shared with the running virtualenv, or with that of the latest release, and need no download.
Status ReleaseBuilder::find_virtualenv_to_copy() {
    if (is_update()) {
        copied_ = *build_.virtualenv;
        if (site_.place.present && !build_.creates) live_ = real_path(site_.place.path).value_or({});
        return {};
    }
    std::vector<fs::path> places;
    if (site_.place.present) places.push_back(site_.place.path);
    for (const Generation& one : list_releases(site_.folder)) places.push_back(virtualenv_in(site_.folder, one.id));
    for (const fs::path& place : places) {
        const auto real = real_path(place);
        if (!real.ok()) continue;
        GUP_TRY(copied_, inspect_virtualenv({true, *real}));
        if (!copied_.defect.empty()) continue;
        live_ = *real;
        return {};
    }
    copied_ = {};
    return {};
}

// The code's bytes also stay free while the virtualenv is created.
Status ReleaseBuilder::require_release_room() const {
    UpdateSettings settings = settings_;
    settings.disk_reserve += build_.code.tree->bytes + release_slack;
    return require_room(site_.folder, live_, prepared_, copied_, settings);
}

Status ReleaseBuilder::write_code(Transaction& transaction) {
    events_.tell(site_.name, fmt::format("writing {}", build_.code.id));
    // A leftover of an interrupted removal: a folder with a record is a release, whose id is never used here.
    if (is_there(folder_)) {
        log::warning(site_.name, fmt::format("removed the unfinished {}", folder_.string()));
        GUP_CHECK(remove_tree(folder_));
    }
    GUP_CHECK(transaction.create_folder(folder_));
    GUP_CHECK(write_release_code(build_.code, folder_));
    const std::string& text = build_.code.has_gupfile ? build_.gupfile_text : build_.code.gupfile;
    return text.empty() ? Status{} : write_file_atomically(folder_ / gupfile_name, text);
}

// A virtualenv contains its path. One that is made elsewhere is copied, with links to the same files, for its later path.
Status ReleaseBuilder::make_virtualenv() {
    const fs::path place = folder_ / generation_virtualenv_name;
    if (!build_.again) return fill_virtualenv(place);
    const fs::path made = folder_ / ".venv-made";
    GUP_CHECK(fill_virtualenv(made));
    VirtualenvCopy copy{made, place, {}};
    copy.known_as = virtualenv_in(site_.folder, build_.code.id);
    GUP_TRY(const CopyReport report, copy_virtualenv(copy));
    log::debug(site_.name, fmt::format("copied the virtualenv: {} files linked", report.linked));
    return remove_tree(made);
}

Status ReleaseBuilder::fill_virtualenv(const fs::path& to) {
    const StageRequest where{live_, to, live_.empty() && copied_.sees_system};
    GUP_TRY(virtualenv, stage_virtualenv(where, owner_, settings_, events_));
    virtualenv.own_folders = copied_.own_folders;
    if (live_.empty() && !is_update()) pins_.pins = find_drift(build_.gupfile, virtualenv);
    const InstallTarget place{build_.gupfile, owner_, virtualenv};
    Installed installed;
    installed.virtualenv = virtualenv;
    if (!pins_.pins.empty()) {
        installed = install_staged(pins_, std::move(prepared_), place, settings_.installer, events_);
    }
    if (!remove_.packages.empty()) remove_staged(remove_, place, settings_.installer, events_, installed);
    // A virtualenv that replaces a broken one is whole, or it is not there.
    const bool is_again = build_.creates && copied_.present;
    if (!is_update() || is_again) GUP_CHECK(require_all_pins(installed.failures, not_installed_hint));
    GUP_CHECK(require_own_folder(installed.failures));
    GUP_CHECK(check_machine(installed.failures));
    actions = std::move(installed.actions);
    failures = std::move(installed.failures);
    virtualenv = std::move(installed.virtualenv);
    return {};
}

Status ReleaseBuilder::record() const {
    Generation made;
    made.id = build_.code.id;
    made.sequence = next_sequence(site_);
    made.time = system_clock().now();
    made.connector = site_.name;
    made.branch = build_.code.branch;
    made.commit = build_.code.commit;
    made.from_commit = build_.before ? build_.before->commit : build_.code.commit;
    if (build_.before) made.previous = build_.before->id;
    if (!virtualenv.path.empty()) made.virtualenv = virtualenv_in(site_.folder, made.id).string();
    made.pins = build_.gupfile.pins;
    made.source = build_.code.source;
    made.etag = build_.code.etag;
    made.modified = build_.code.modified;
    made.folder = build_.code.folder;
    made.content = build_.code.content;
    if (build_.again) made.previous = build_.again->previous;
    return write_generation_at(folder_, made);
}

}  // namespace gup

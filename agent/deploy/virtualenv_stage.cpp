// SPDX-License-Identifier: Apache-2.0
#include "deploy/virtualenv_stage.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "deploy/mend_installed.hpp"
#include "python/installer/create_virtualenv.hpp"
#include "python/installer/uninstall.hpp"
#include "python/pinned_prefix.hpp"
#include "python/virtualenv_copy.hpp"
#include "python/virtualenv_verify.hpp"
#include "util/log/log.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/free_space.hpp"
#include "util/units.hpp"

namespace gup {
namespace {

// The need is unknown before pip asks: a wheel, its files, and its dependencies.
constexpr std::uint64_t least_per_pin = 4 * mebibyte;
constexpr std::uint64_t files_per_pin = 100;
// The download, the unpacked files, and a build in between, each as big as what is installed now.
constexpr std::uint64_t copies_of_a_pin = 3;
constexpr Milliseconds measuring_patience{2000};

std::uint64_t installed_bytes(const Requirement& pin, const ObservedVirtualenv& virtualenv) {
    const std::string name = normalized_name(pin.name);
    for (const Distribution& distribution : virtualenv.distributions) {
        if (distribution.system || normalized_name(distribution.name) != name) continue;
        // Its packages are next to its metadata, mostly in the folder of its name.
        std::string package = name;
        std::replace(package.begin(), package.end(), '-', '_');
        return disk_usage(fs::path(distribution.location).parent_path() / package, measuring_patience).bytes;
    }
    return 0;
}

Error no_room(const fs::path& place, const std::string& numbers) {
    return {ErrorCode::no_space, fmt::format("no space for the update at {}: up to {}", place.string(), numbers),
            "free some space there, or lower update.keep; nothing was changed"};
}

void replace_all(std::string& text, const std::string& what, const std::string& with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
        text.replace(at, what.size(), with);
    }
}

}  // namespace

Result<DiskNeed> virtualenv_need(const fs::path& folder, const fs::path& live, const PreparedInstall& pins,
                                 const ObservedVirtualenv& virtualenv) {
    GUP_TRY(const FileSystem disk, file_system_of(folder));
    DiskNeed need = new_virtualenv_need;
    if (!live.empty()) {
        GUP_TRY(need, measure_virtualenv_copy(live, disk.place));
    }
    for (const InstallRequest& request : pins.requests) {
        need.bytes += std::max(least_per_pin, copies_of_a_pin * installed_bytes(request.requirement, virtualenv));
        need.files += files_per_pin;
    }
    return need;
}

Status require_room(const fs::path& folder, const DiskNeed& need, const UpdateSettings& settings) {
    GUP_TRY(const FileSystem disk, file_system_of(folder));
    if (disk.free_bytes < need.bytes + settings.disk_reserve) {
        return no_room(folder,
                       fmt::format("{} are needed and {} must stay free, but {} are free", format_size(need.bytes),
                                   format_size(settings.disk_reserve), format_size(disk.free_bytes)));
    }
    if (disk.counts_files && disk.free_files < need.files) {
        return no_room(folder,
                       fmt::format("{} files (inodes) are needed, but {} are free", need.files, disk.free_files));
    }
    return {};
}

Status require_room(const SpaceRequest& one, const SpaceRequest& other, const UpdateSettings& settings) {
    GUP_TRY(const FileSystem of_one, file_system_of(one.folder));
    GUP_TRY(const FileSystem of_other, file_system_of(other.folder));
    if (of_one.device == of_other.device) return require_room(one.folder, one.need + other.need, settings);
    GUP_CHECK(require_room(one.folder, one.need, settings));
    return require_room(other.folder, other.need, settings);
}

Status require_room(const fs::path& folder, const fs::path& live, const PreparedInstall& pins,
                    const ObservedVirtualenv& virtualenv, const UpdateSettings& settings) {
    GUP_TRY(const DiskNeed need, virtualenv_need(folder, live, pins, virtualenv));
    return require_room(folder, need, settings);
}

Result<ObservedVirtualenv> stage_virtualenv(const StageRequest& place, const VirtualenvOwner& owner,
                                            const UpdateSettings& settings, const RunEvents& events) {
    const std::string& name = owner.connector;
    if (place.live.empty()) {
        events.tell(name, "creating its virtualenv");
        InstallerSettings installer = settings.installer;
        installer.home = owner.home;
        GUP_CHECK(create_virtualenv(place.to, settings.interpreter, installer, {name, place.sees_system}));
        GUP_CHECK(pin_prefix(place.to));
    } else {
        events.tell(name, "copying its virtualenv");
        const VirtualenvCopy copy{place.live, place.to, {owner.place.string()}};
        GUP_TRY(const CopyReport report, copy_virtualenv(copy));
        for (const std::string& skipped : report.skipped) {
            log::warning(name, fmt::format("{} is neither a file nor a folder: not in the new generation", skipped));
        }
        for (const std::string& lost : report.without_attributes) {
            log::warning(
                name, fmt::format("only root can copy the attributes of {}: the new generation has it without", lost));
        }
        log::debug(name, fmt::format("copied the virtualenv: {} files linked, {} copied ({})", report.linked,
                                     report.copied, format_size(report.bytes)));
    }
    GUP_TRY(auto virtualenv, inspect_virtualenv({true, place.to}));
    if (!owner.code.empty()) virtualenv.own_folders = paths_of_folder(owner.code);
    return virtualenv;
}

Installed install_staged(const InstallPins& step, PreparedInstall prepared, const InstallTarget& place,
                         const InstallerSettings& settings, const RunEvents& events) {
    const RecordStamps before = record_stamps(place.virtualenv);
    InstallerSettings own = settings;
    // The installer's temporary files are removed with the generation, and are on the measured disk.
    if (own.temporary_folder.empty()) own.temporary_folder = fs::path(place.virtualenv.path).parent_path();
    Installed installed = install(step, std::move(prepared), place, own, events);
    std::vector<Error> findings;
    if (!installed.actions.empty()) findings = mend_installed(before, place, own, events, installed);
    if (findings.empty() && !installed.failures.empty()) {
        for (auto& lost : find_missing_files(place.virtualenv, installed.virtualenv, place.owner.place)) {
            findings.push_back({ErrorCode::corrupt, std::move(lost), {}});
        }
    }
    if (!findings.empty() && !installed.actions.empty()) {
        installed.actions.clear();
        for (const Drift& drift : step.pins) {
            const auto is_it = [&](const PinFailure& one) { return one.requirement == drift.requirement; };
            if (std::any_of(installed.failures.begin(), installed.failures.end(), is_it)) continue;
            installed.failures.push_back(
                {drift.requirement, PinFailureKind::unknown, findings.front().message, findings.front().hint});
        }
    }
    for (PinFailure& failure : installed.failures) {
        replace_all(failure.reason, place.virtualenv.path, place.owner.place.string());
    }
    return installed;
}

void remove_staged(const RemovePackages& step, const InstallTarget& place, const InstallerSettings& settings,
                   const RunEvents& events, Installed& installed) {
    if (!installed.failures.empty()) return;
    InstallerSettings own = settings;
    own.home = place.owner.home;
    if (own.temporary_folder.empty()) own.temporary_folder = fs::path(place.virtualenv.path).parent_path();
    std::vector<std::string> names;
    for (const InstalledPackage& one : step.packages) names.push_back(one.name);
    events.tell(place.owner.connector, "removing packages");
    const Status removed = uninstall(installed.virtualenv, names, own, [&](std::string_view line) {
        events.tell(place.owner.connector, std::string(line));
    });
    auto now = inspect_virtualenv({true, place.virtualenv.path});
    if (now.ok()) installed.virtualenv = *std::move(now);
    RemovePackages done;
    for (const InstalledPackage& one : step.packages) {
        const auto& left = installed.virtualenv.distributions;
        const bool stays = std::any_of(left.begin(), left.end(), [&](const Distribution& other) {
            return !other.system && is_same_name(other.name, one.name);
        });
        if (!stays) {
            done.packages.push_back(one);
            continue;
        }
        const std::string reason = removed.ok() ? "the installer reported no failure" : removed.error().message;
        installed.failures.push_back({{one.name, one.version, ""},
                                      PinFailureKind::unknown,
                                      fmt::format("it could not be removed: {}", reason),
                                      removed.ok() ? "" : removed.error().hint});
    }
    if (!done.packages.empty()) installed.actions.push_back(display_done(Step{std::move(done)}));
}

Status exclude_from_git(const fs::path& work_tree, const std::string& line) {
    const fs::path info = work_tree / ".git/info";
    if (!is_folder(work_tree / ".git")) return {};
    const auto known = read_file(info / "exclude");
    if (known.ok() && ("\n" + *known).find("\n" + line + "\n") != std::string::npos) return {};
    GUP_CHECK(make_folders(info));
    const std::string text = known.ok() ? *known : std::string();
    return write_file_atomically(info / "exclude",
                                 text + (text.empty() || text.ends_with('\n') ? "" : "\n") + line + "\n");
}

}  // namespace gup

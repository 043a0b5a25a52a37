// SPDX-License-Identifier: Apache-2.0
#include "deploy/mend_installed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/satisfied.hpp"
#include "util/log/log.hpp"
#include "util/sys/symlink.hpp"
#include "util/url.hpp"

namespace gup {
namespace {

constexpr std::size_t files_shown = 3;

std::string display(const Distribution& distribution) {
    return fmt::format("{} {}", distribution.name, distribution.version);
}

class Mending {
public:
    Mending(const RecordStamps& before, const InstallTarget& place, const InstallerSettings& settings,
            const RunEvents& events, Installed& installed)
        : before_(before), place_(place), settings_(settings), events_(events), installed_(installed) {
        change_.from.push_back(place.owner.place.string());
        if (const auto real = real_path(place.owner.place); real.ok()) change_.from.push_back(real->string());
        change_.to = place.virtualenv.path;
    }

    std::vector<Error> run() {
        HurtFiles hurt = find_hurt_files(installed_.virtualenv, before_, place_.owner.place);
        warn_overwritten(hurt.overwritten);
        std::vector<HurtFile> lost = restore_files(std::move(hurt.lost), place_.owner.place, change_);
        const std::vector<IncompleteDistribution> incomplete = find_incomplete(installed_.virtualenv, before_);
        std::set<std::string> names;
        for (const HurtFile& file : lost) names.insert(normalized_name(file.distribution->name));
        for (const auto& one : incomplete) names.insert(normalized_name(one.name));
        if (names.empty()) return {};
        const std::set<std::string> failed = install_again(names);
        std::vector<Error> findings;
        hurt = find_hurt_files(installed_.virtualenv, before_, place_.owner.place);
        for (const HurtFile& file : restore_files(std::move(hurt.lost), place_.owner.place, change_)) {
            const std::string package = display(*file.distribution);
            findings.push_back(
                {ErrorCode::corrupt,
                 fmt::format("{} lost {}, which another package had, too, and could not be installed again", package,
                             file.path.string()),
                 fmt::format("make {} available to the installer again, or remove it from the virtualenv", package)});
        }
        for (const auto& one : find_incomplete(installed_.virtualenv, before_)) {
            const bool is_the_wheels = std::find(incomplete.begin(), incomplete.end(), one) != incomplete.end() &&
                                       failed.count(normalized_name(one.name)) == 0 && !one.is_certain;
            if (is_the_wheels) {
                warn(fmt::format("{} {} differs from its own RECORD, as its wheel does: {}", one.name, one.version,
                                 one.problem));
            } else {
                findings.push_back({ErrorCode::corrupt,
                                    fmt::format("{} {} is incomplete: {}", one.name, one.version, one.problem),
                                    fmt::format("gup-agent now {} tries again", place_.owner.connector)});
            }
        }
        return findings;
    }

private:
    void warn(std::string text) const {
        for (auto at = text.find(change_.to); at != std::string::npos; at = text.find(change_.to, at)) {
            text.replace(at, change_.to.size(), change_.from.front());
        }
        log::warning(place_.owner.connector, text);
    }

    void warn_overwritten(const std::vector<HurtFile>& files) const {
        std::map<std::pair<std::string, std::string>, std::vector<std::string>> by_pair;
        for (const HurtFile& file : files) {
            by_pair[{file.by, display(*file.distribution)}].push_back(file.path.string());
        }
        for (const auto& [pair, paths] : by_pair) {
            std::string list;
            for (std::size_t i = 0; i < std::min(paths.size(), files_shown); ++i) {
                list += fmt::format("{}{}", i > 0 ? ", " : "", paths[i]);
            }
            if (paths.size() > files_shown) list += fmt::format(" and {} more", paths.size() - files_shown);
            warn(fmt::format("{} has overwritten files of {}: {}", pair.first, pair.second, list));
        }
    }

    // As it was installed: from the index, or from the commit of its repository.
    [[nodiscard]] InstallRequest request_for(const Distribution& distribution) const {
        InstallRequest request;
        request.requirement.name = distribution.name;
        request.requirement.version = distribution.version;
        if (!distribution.commit_id.empty()) {
            request.requirement.source = "git+" + distribution.url;
            request.revision = distribution.commit_id;
        }
        for (const Requirement& pin : place_.gupfile.pins) {
            if (is_same_name(pin.name, distribution.name) && satisfies_version(pin, distribution.version))
                request.requirement.hashes = pin.hashes;
        }
        request.reinstall = true;
        return request;
    }

    // Returns the names of those for which it failed.
    std::set<std::string> install_again(const std::set<std::string>& names) {
        std::vector<InstallRequest> requests;
        for (const Distribution& distribution : installed_.virtualenv.distributions) {
            if (distribution.system || names.count(normalized_name(distribution.name)) == 0) continue;
            if (!distribution.editable) requests.push_back(request_for(distribution));
            events_.tell(place_.owner.connector, fmt::format("installing {} again", display(distribution)));
        }
        InstallerSettings settings = settings_;
        settings.home = place_.owner.home;
        const auto tell = [&](std::string_view line) {
            events_.tell(place_.owner.connector, "installing: " + mask_secrets(line));
        };
        const InstallJob job = install_job(std::move(requests), place_.gupfile, installed_.virtualenv);
        const auto report = install_pins(installed_.virtualenv, job, settings, tell);
        std::set<std::string> failed;
        if (!report.ok()) return names;
        for (const PinFailure& failure : report->failures) failed.insert(normalized_name(failure.requirement.name));
        auto now = inspect_virtualenv({true, place_.virtualenv.path});
        if (!now.ok()) return names;
        installed_.virtualenv = *std::move(now);
        return failed;
    }

    const RecordStamps& before_;
    const InstallTarget& place_;
    const InstallerSettings& settings_;
    const RunEvents& events_;
    Installed& installed_;
    PrefixChange change_;
};

}  // namespace

std::vector<Error> mend_installed(const RecordStamps& before, const InstallTarget& place,
                                  const InstallerSettings& settings, const RunEvents& events, Installed& installed) {
    return Mending(before, place, settings, events, installed).run();
}

}  // namespace gup

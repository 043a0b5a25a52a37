#include "python/environment_verify.hpp"

#include <fmt/format.h>

#include "python/installed_record.hpp"

namespace gup {
namespace {

constexpr std::uint64_t longest_record = 64U << 20U;

bool has_record(const Distribution& distribution, const ObservedEnvironment& environment) {
    return distribution.form == DistributionForm::dist_info && !distribution.system &&
           is_below(distribution.location, environment.path);
}

std::string stamp_of(const Distribution& distribution) {
    const auto info = file_info(fs::path(distribution.location) / "RECORD", Follow::no);
    if (!info.ok() || !*info) return {};
    return fmt::format("{} {} {}", (*info)->inode, (*info)->size, (*info)->modified_ns);
}

// Empty: the row's file is as the row says. A .pyc has no size there, and Python makes it anew when it is gone.
std::string row_problem(const RecordRow& row, const fs::path& site) {
    const fs::path path = path_of(row, site);
    const auto info = file_info(path);
    if (!info.ok()) return info.error().message;
    if (!*info) return row.path.ends_with(".pyc") ? std::string() : path.string() + " is missing";
    if (row.size.empty() || row.size == std::to_string((*info)->size)) return {};
    return fmt::format("{} has {} bytes, and {} are recorded", path.string(), (*info)->size, row.size);
}

void verify_record(const Distribution& distribution, std::vector<std::string>& findings) {
    const fs::path folder = distribution.location;
    const auto text = read_file(folder / "RECORD", longest_record);
    if (!text.ok()) {
        findings.push_back(text.error().message);
        return;
    }
    for (const RecordRow& row : parse_record(*text)) {
        std::string problem = row_problem(row, folder.parent_path());
        if (problem.empty()) continue;
        findings.push_back(fmt::format("{} {} is incomplete: {}", distribution.name, distribution.version, problem));
        return;
    }
}

}  // namespace

RecordStamps record_stamps(const ObservedEnvironment& environment) {
    RecordStamps stamps;
    for (const Distribution& distribution : environment.distributions) {
        if (has_record(distribution, environment)) stamps.emplace(distribution.location, stamp_of(distribution));
    }
    return stamps;
}

std::vector<std::string> verify_installed(const ObservedEnvironment& environment, const RecordStamps& before) {
    std::vector<std::string> findings;
    for (const Distribution& distribution : environment.distributions) {
        if (!has_record(distribution, environment)) continue;
        const auto known = before.find(distribution.location);
        if (known != before.end() && known->second == stamp_of(distribution)) continue;
        if (!distribution.defect.empty()) {
            findings.push_back(
                fmt::format("{} {} is incomplete: {}", distribution.name, distribution.version, distribution.defect));
        } else {
            verify_record(distribution, findings);
        }
    }
    return findings;
}

}  // namespace gup

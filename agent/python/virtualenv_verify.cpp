#include "python/virtualenv_verify.hpp"

#include <fmt/format.h>

#include <set>

#include "core/declaration/requirement.hpp"
#include "python/installed_record.hpp"

namespace gup {
namespace {

bool has_record(const Distribution& distribution, const ObservedVirtualenv& virtualenv) {
    return distribution.form == DistributionForm::dist_info && !distribution.system &&
           is_below(distribution.location, virtualenv.path);
}

std::string stamp_of(const Distribution& distribution) {
    const auto info = file_info(fs::path(distribution.location) / "RECORD", Follow::no);
    if (!info.ok() || !*info) return {};
    return fmt::format("{} {} {}", (*info)->inode, (*info)->size, (*info)->modified_ns);
}

// Empty: the file matches its row. A .pyc has no size there, and Python creates a missing one again.
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
    const auto rows = read_record(folder / "RECORD");
    if (!rows.ok()) {
        findings.push_back(rows.error().message);
        return;
    }
    for (const RecordRow& row : *rows) {
        std::string problem = row_problem(row, folder.parent_path());
        if (problem.empty()) continue;
        findings.push_back(fmt::format("{} {} is incomplete: {}", distribution.name, distribution.version, problem));
        return;
    }
}

std::string lost_file(const Distribution& distribution, const ObservedVirtualenv& after, const fs::path& live) {
    const fs::path folder = distribution.location;
    const auto rows = read_record(folder / "RECORD");
    if (!rows.ok()) return {};
    for (const RecordRow& row : *rows) {
        const fs::path path = path_of(row, folder.parent_path());
        if (row.path.ends_with(".pyc") || !is_below(path, after.path)) continue;
        if (!is_there(path) && is_there(live / path.lexically_relative(after.path))) return path.string();
    }
    return {};
}

}  // namespace

RecordStamps record_stamps(const ObservedVirtualenv& virtualenv) {
    RecordStamps stamps;
    for (const Distribution& distribution : virtualenv.distributions) {
        if (has_record(distribution, virtualenv)) stamps.emplace(distribution.location, stamp_of(distribution));
    }
    return stamps;
}

std::vector<std::string> verify_installed(const ObservedVirtualenv& virtualenv, const RecordStamps& before) {
    std::vector<std::string> findings;
    for (const Distribution& distribution : virtualenv.distributions) {
        if (!has_record(distribution, virtualenv)) continue;
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

std::vector<std::string> find_missing_files(const ObservedVirtualenv& before, const ObservedVirtualenv& after,
                                            const fs::path& live) {
    std::vector<std::string> findings;
    std::set<std::string> names;
    for (const Distribution& distribution : after.distributions) {
        names.insert(normalized_name(distribution.name));
        if (!has_record(distribution, after)) continue;
        const std::string lost = lost_file(distribution, after, live);
        if (lost.empty()) continue;
        findings.push_back(
            fmt::format("{} {} is incomplete: {} is missing", distribution.name, distribution.version, lost));
    }
    for (const Distribution& distribution : before.distributions) {
        if (names.count(normalized_name(distribution.name)) != 0) continue;
        findings.push_back(
            fmt::format("the installer took {} {} away and broke off", distribution.name, distribution.version));
    }
    return findings;
}

}  // namespace gup

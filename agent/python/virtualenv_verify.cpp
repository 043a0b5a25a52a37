// SPDX-License-Identifier: Apache-2.0
#include "python/virtualenv_verify.hpp"

#include <fmt/format.h>

#include <set>

#include "core/declaration/requirement.hpp"
#include "python/installed_record.hpp"

namespace gup {
namespace {

constexpr std::size_t problems_shown = 3;

bool has_record(const Distribution& distribution, const ObservedVirtualenv& virtualenv) {
    return distribution.form == DistributionForm::dist_info && !distribution.system &&
           is_below(distribution.location, virtualenv.path);
}

std::string stamp_of(const Distribution& distribution) {
    const auto info = file_info(fs::path(distribution.location) / "RECORD", Follow::no);
    if (!info.ok() || !*info) return {};
    return fmt::format("{} {} {}", (*info)->inode, (*info)->size, (*info)->modified_ns);
}

struct RowProblem {
    std::string text;  // empty: the file matches its row
    bool is_emptied = false;
};

// A .pyc has no size there, and Python creates a missing one again.
RowProblem row_problem(const RecordRow& row, const fs::path& site) {
    const fs::path path = path_of(row, site);
    const auto info = file_info(path);
    if (!info.ok()) return {info.error().message};
    if (!*info) return {row.path.ends_with(".pyc") ? std::string() : path.string() + " is missing"};
    const std::uint64_t size = (*info)->size;
    if (row.size.empty() || row.size == std::to_string(size)) return {};
    return {fmt::format("{} has {} bytes, and {} are recorded", path.string(), size, row.size), size == 0};
}

// Empty: it is whole.
IncompleteDistribution verify_record(const Distribution& distribution) {
    IncompleteDistribution found{distribution.name, distribution.version, {}, false};
    const fs::path folder = distribution.location;
    const auto rows = read_record(folder / "RECORD");
    if (!rows.ok()) {
        found.problem = rows.error().message;
        found.is_certain = true;
        return found;
    }
    std::size_t problems = 0;
    for (const RecordRow& row : *rows) {
        const RowProblem problem = row_problem(row, folder.parent_path());
        found.is_certain |= problem.is_emptied;
        if (problem.text.empty() || ++problems > problems_shown) continue;
        found.problem += (found.problem.empty() ? "" : ", ") + problem.text;
    }
    if (problems > problems_shown) found.problem += fmt::format(" and {} more", problems - problems_shown);
    return found;
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

std::vector<IncompleteDistribution> find_incomplete(const ObservedVirtualenv& virtualenv, const RecordStamps& before) {
    std::vector<IncompleteDistribution> findings;
    for (const Distribution& distribution : virtualenv.distributions) {
        if (!has_record(distribution, virtualenv)) continue;
        const auto known = before.find(distribution.location);
        if (known != before.end() && known->second == stamp_of(distribution)) continue;
        IncompleteDistribution found{distribution.name, distribution.version, distribution.defect, false};
        if (found.problem.empty()) found = verify_record(distribution);
        if (!found.problem.empty()) findings.push_back(std::move(found));
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

// SPDX-License-Identifier: Apache-2.0
#include "connector/generation_store.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "core/declaration/gupfile.hpp"
#include "core/release.hpp"
#include "host/elevated_fs.hpp"
#include "status/requirement_json.hpp"
#include "util/json.hpp"
#include "util/log/log.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/free_space.hpp"
#include "util/sys/symlink.hpp"

namespace gup {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t generation_limit = 1U << 20U;
constexpr int generation_schema = 1;

std::uint64_t device_of(const fs::path& path) {
    const auto info = file_info(path);
    return info.ok() && *info ? (*info)->device : 0;
}

Json pins_json(const std::vector<Requirement>& pins) {
    Json array = Json::array();
    for (const Requirement& pin : pins) array.push_back(requirement_json(pin));
    return array;
}

Json generation_json(const Generation& one) {
    Json json{{"schema", generation_schema},  {"id", one.id},
              {"sequence", one.sequence},     {"time", one.time},
              {"connector", one.connector},   {"branch", one.branch},
              {"commit", one.commit},         {"from", one.from_commit},
              {"previous", one.previous},     {"environment", one.virtualenv},
              {"virtualenv", one.virtualenv}, {"pins", pins_json(one.pins)}};
    for (const auto& [key, value] : {std::pair{"source", &one.source},
                                     {"etag", &one.etag},
                                     {"modified", &one.modified},
                                     {"folder", &one.folder},
                                     {"content", &one.content},
                                     {"imported", &one.imported}}) {
        if (!value->empty()) json[key] = *value;
    }
    return json;
}

// The folder went to the first generation after `sequence` that contains it now.
std::string moved_virtualenv(const std::vector<Generation>& by_age, const fs::path& folder, std::int64_t sequence) {
    for (auto one = by_age.rbegin(); one != by_age.rend(); ++one) {
        if (one->sequence < sequence || !one->id.ends_with(before_suffix)) continue;
        if (one->virtualenv == virtualenv_in(folder, one->id)) return one->virtualenv;
    }
    return {};
}

template <class Accept>
std::vector<Generation> list_records(const fs::path& folder, Accept is_accepted) {
    std::vector<Generation> generations;
    const std::vector<std::string> names = list_folder(folder).value_or({});
    for (const std::string& name : names) {
        if (!is_accepted(name)) continue;
        if (auto one = read_generation(folder, name)) generations.push_back(*std::move(one));
    }
    std::sort(generations.begin(), generations.end(),
              [](const Generation& a, const Generation& b) { return a.sequence > b.sequence; });
    return generations;
}

}  // namespace

fs::path generations_folder(const fs::path& root, const std::string& name, const fs::path& place) {
    // Real paths, because a virtualenv contains its real path.
    fs::path usual = real_path(root).value_or(root) / generations_name / name;
    const fs::path real = real_path(place).value_or({});
    if (real.empty()) return usual;
    fs::path around = real.parent_path().parent_path();
    if (real.filename() == generation_virtualenv_name && around.filename() == name &&
        around.parent_path().filename() == generations_name) {
        return around;
    }
    const std::uint64_t device = device_of(real);
    if (device == device_of(root)) return usual;
    const bool is_beside = device == device_of(place.parent_path());
    const fs::path beside = is_beside ? real_path(place.parent_path()).value_or({}) : real.parent_path();
    return beside / generations_name / name;
}

namespace {

Status make_in_root_or_elsewhere(const fs::path& folder, const fs::path& root, const Owner& owner) {
    if (folder.parent_path().parent_path() != real_path(root).value_or({})) return make_folders(folder);
    GUP_CHECK(make_shared_folder(folder.parent_path()));
    return make_owner_folder(folder, owner, Elevated::yes);
}

}  // namespace

Status make_generations_folder(const fs::path& folder, const fs::path& root, const Owner& owner) {
    Status made = make_in_root_or_elsewhere(folder, root, owner);
    if (made.ok()) return made;
    const auto disk = file_system_of(folder);
    const bool read_only = disk.ok() && disk->read_only;
    return Error{read_only ? ErrorCode::permission : made.error().code, made.error().message, made.error().hint};
}

void remove_empty_generations_folder(const fs::path& folder) {
    if (folder.parent_path().filename() != generations_name) return;
    remove_empty_folder(folder, Elevated::yes);
    remove_empty_folder(folder.parent_path(), Elevated::yes);
}

std::string virtualenv_at(const fs::path& place) {
    const auto info = file_info(place, Follow::no);
    if (!info.ok() || !*info) return {};
    return (*info)->kind == FileKind::link ? real_path(place).value_or({}).string() : place.string();
}

std::string virtualenv_at(const VirtualenvLocation& place) {
    return place.present ? virtualenv_at(place.path) : std::string();
}

std::string free_generation_id(const fs::path& folder, const std::string& wanted) {
    for (int number = 1;; ++number) {
        std::string id = number == 1 ? wanted : fmt::format("{}-{}", wanted, number);
        const auto there = file_info(folder / id, Follow::no);
        if (!there.ok() || !*there) return id;
    }
}

fs::path virtualenv_in(const fs::path& folder, const std::string& id) {
    return folder / id / generation_virtualenv_name;
}

Status write_generation(const fs::path& folder, const Generation& generation) {
    return write_generation_at(folder / generation.id, generation);
}

Status write_generation_at(const fs::path& place, const Generation& generation) {
    const std::string text = generation_json(generation).dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
    GUP_CHECK(write_file_atomically(place / generation_record_name, text));
    return sync_folder(place.parent_path());
}

// The owner may have written anything there.
std::optional<Generation> read_generation(const fs::path& folder, const std::string& id) {
    const auto text = read_file(folder / id / generation_record_name, generation_limit);
    if (!text.ok()) return std::nullopt;
    try {
        const auto document = parse_json(*text, generation_limit);
        if (!document.ok()) return std::nullopt;
        const Json& json = *document;
        if (json.value("schema", 0) != generation_schema) return std::nullopt;
        Generation one;
        one.id = id;
        one.sequence = json.value("sequence", std::int64_t{0});
        one.time = json.value("time", std::int64_t{0});
        one.connector = json.value("connector", "");
        one.branch = json.value("branch", "");
        one.commit = json.value("commit", "");
        one.from_commit = json.value("from", "");
        one.previous = json.value("previous", "");
        one.virtualenv = json.value("virtualenv", json.value("environment", ""));
        one.source = json.value("source", "");
        one.etag = json.value("etag", "");
        one.modified = json.value("modified", "");
        one.folder = json.value("folder", "");
        one.content = json.value("content", "");
        one.imported = json.value("imported", "");
        for (const Json& pin : array_member(json, "pins")) one.pins.push_back(requirement_from_json(pin));
        return one;
    } catch (const Json::exception&) {
        return std::nullopt;
    }
}

std::vector<Generation> list_generations(const fs::path& folder, const fs::path& place) {
    auto generations = list_records(folder, [&](const std::string& name) {
        return is_generation_name(name) && !is_there(folder / name / gupfile_name);
    });
    for (Generation& one : generations) {
        if (one.virtualenv != place.string()) continue;
        const std::string moved = moved_virtualenv(generations, folder, one.sequence);
        if (!moved.empty()) one.virtualenv = moved;
    }
    return generations;
}

std::vector<Generation> list_releases(const fs::path& folder) {
    return list_records(folder, [&](const std::string& name) {
        return check_release_id(name).ok() && is_real_folder(folder / name) && is_file(folder / name / gupfile_name);
    });
}

std::vector<fs::path> sweep_generations(const fs::path& folder, const fs::path& place) {
    std::vector<fs::path> removed;
    const fs::path live = real_path(place).value_or({});
    const std::vector<std::string> names = list_folder(folder).value_or({});
    for (const std::string& name : names) {
        const fs::path path = folder / name;
        const auto info = file_info(path, Follow::no);
        const auto record = file_info(path / generation_record_name, Follow::no);
        const bool is_leftover = info.ok() && *info && (*info)->kind == FileKind::folder && record.ok() && !*record;
        if (!is_generation_name(name) || !is_leftover || (!live.empty() && is_below(live, path))) continue;
        if (remove_tree(path).ok()) removed.push_back(path);
    }
    return removed;
}

std::vector<std::string> prune_generations(const fs::path& folder, const fs::path& place, const std::string& current,
                                           std::size_t keep) {
    const auto now = list_generations(folder, place);
    const PruneRequest request{folder.string(), virtualenv_at(place), keep};
    std::vector<std::string> removed;
    for (const std::string& id : choose_pruned(now, find_generation(now, current), request)) {
        if (auto status = remove_generation(folder, id); !status.ok()) {
            log::warning({}, status.error().message);
        } else {
            removed.push_back(id);
        }
    }
    return removed;
}

Status remove_generation(const fs::path& folder, const std::string& id) {
    const fs::path path = folder / id;
    if (::unlink((path / generation_record_name).c_str()) != 0 && errno != ENOENT) {
        return errno_error(errno, "cannot remove " + (path / generation_record_name).string());
    }
    return remove_tree(path);
}

}  // namespace gup

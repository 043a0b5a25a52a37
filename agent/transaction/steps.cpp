#include "transaction/steps.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "connector/generation_store.hpp"
#include "core/plan.hpp"
#include "core/short_id.hpp"
#include "host/elevated_fs.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/symlink.hpp"

namespace gup {
namespace {

constexpr const char* repository_kind = "repository";
constexpr const char* checkout_kind = "checkout";
constexpr const char* stage_kind = "stage_generation";
constexpr const char* make_place_kind = "make_place";
constexpr const char* exchange_kind = "exchange_environment";
constexpr const char* switch_kind = "switch_environment";
constexpr const char* restart_kind = "restart_service";
constexpr const char* virtualenv_kind = "create_environment";

bool is_fresh_clone(const WorkTreeMove& move) {
    return std::all_of(move.from.begin(), move.from.end(), [](char digit) { return digit == '0'; });
}

Status clean_repository(const std::string& path, const GitUser& user) {
    auto repository = GitRepository::open_git_folder(path, user);
    if (repository.ok()) repository->remove_leftovers();
    if (!repository.ok() && repository.error().code != ErrorCode::not_found) return std::move(repository).error();
    return {};
}

Result<std::string> undo_repository(const JournalStep& step, const UndoContext& context) {
    GUP_TRY(const std::string path, value_of(step, "path"));
    if (context.reason == UndoReason::crash) GUP_CHECK(clean_repository(path, context.user));
    return fmt::format("removed what an interrupted git left in {}", path);
}

// A fresh clone of a submodule has nothing to go back to; what is there of it is finished by the next update.
Result<std::string> undo_checkout(const JournalStep& step, const UndoContext& context) {
    WorkTreeMove move;
    GUP_TRY(move.path, value_of(step, "path"));
    GUP_TRY(move.from, value_of(step, "from"));
    GUP_TRY(move.to, value_of(step, "to"));
    if (context.reason == UndoReason::crash) GUP_CHECK(clean_repository(move.path, context.user));
    if (!is_fresh_clone(move)) {
        GUP_TRY(GitRepository repository, GitRepository::open(move.path, context.user));
        GUP_CHECK(repository.recover_work_tree(move, move.from));
    }
    return fmt::format("put {} back to {}", move.path, short_id(move.from));
}

Result<std::string> undo_stage(const JournalStep& step) {
    GUP_TRY(const std::string path, value_of(step, "path"));
    GUP_CHECK(remove_tree(path));
    remove_empty_generations_folder(fs::path(path).parent_path());
    return fmt::format("removed the unfinished generation {}", path);
}

Result<std::string> undo_exchange(const JournalStep& step, const UndoContext& context) {
    GUP_TRY(const fs::path place, value_of(step, "path"));
    GUP_TRY(const fs::path with, value_of(step, "with"));
    GUP_TRY(const auto here, file_info(place, Follow::no));
    GUP_TRY(const auto aside, file_info(with, Follow::no));
    if (aside && aside->kind == FileKind::folder) {
        if (here && here->kind != FileKind::link) {
            return Error{ErrorCode::conflict,
                         fmt::format("{} was made while an update had moved it to {}", place.string(), with.string()),
                         "keep one of them there, and remove the other"};
        }
        // Nothing is at the place when the file system cannot exchange and it happened in between.
        if (!here) GUP_CHECK(switch_link(place, "/nonexistent", context.owner));
        GUP_CHECK(exchange_entries(place, with, context.owner));
    }
    sweep_link(place);
    ::unlink(with.c_str());
    const fs::path folder = with.parent_path();
    const auto left = list_folder(folder);
    if (left.ok() &&
        std::none_of(left->begin(), left->end(), [](const auto& name) { return name == generation_virtualenv_name; })) {
        GUP_CHECK(remove_tree(folder));
    }
    remove_empty_generations_folder(folder.parent_path());
    return fmt::format("put the virtualenv {} back", place.string());
}

Result<std::string> undo_switch(const JournalStep& step, const UndoContext& context) {
    GUP_TRY(const fs::path place, value_of(step, "path"));
    GUP_TRY(const std::string from, value_of(step, "from"));
    GUP_TRY(const std::string to, value_of(step, "to"));
    sweep_link(place);
    GUP_TRY(const auto here, file_info(place, Follow::no));
    if (!here && !from.empty()) GUP_CHECK(switch_link(place, from, context.owner));
    if (here && here->kind == FileKind::link) {
        if (link_text(place) == to)
            GUP_CHECK(from.empty() ? remove_link(place) : switch_link(place, from, context.owner));
    }
    return fmt::format("put the virtualenv {} back", place.string());
}

Result<unsigned> number_in(const JournalStep& step, const char* key) {
    GUP_TRY(const std::string text, value_of(step, key));
    unsigned number = 0;
    const char* end = text.data() + text.size();
    if (!text.empty() && std::from_chars(text.data(), end, number).ptr == end) return number;
    return Error{ErrorCode::corrupt, fmt::format("the journal has a step {} with a wrong {}", step.kind, key), {}};
}

}  // namespace

JournalStep repository_step(const fs::path& path) {
    return {repository_kind, {{"path", path.string()}}};
}

JournalStep checkout_step(const WorkTreeMove& move) {
    return {checkout_kind, {{"path", move.path}, {"from", move.from}, {"to", move.to}}};
}

JournalStep stage_step(const fs::path& path, const Owner& owner) {
    JournalStep step{stage_kind, owner_values(owner)};
    step.values.emplace("path", path.string());
    return step;
}

JournalStep make_place_step(const fs::path& path) {
    return {make_place_kind, {{"path", path.string()}}};
}

JournalStep exchange_step(const fs::path& place, const fs::path& with, const fs::path& to) {
    return {exchange_kind, {{"path", place.string()}, {"with", with.string()}, {"to", to.string()}}};
}

JournalStep switch_step(const fs::path& place, const std::string& from, const fs::path& to) {
    return {switch_kind, {{"path", place.string()}, {"from", from}, {"to", to.string()}}};
}

JournalStep restart_step(const std::string& unit, const std::string& boot_id) {
    return {restart_kind, {{"unit", unit}, {"boot", boot_id}}};
}

std::vector<std::string> take_restarts(JournalRecord& record, const std::string& boot_id) {
    std::vector<std::string> units;
    for (const JournalStep& step : record.steps) {
        const auto unit = value_of(step, "unit");
        if (step.kind == restart_kind && unit.ok() && value_of(step, "boot").value_or("") == boot_id) {
            units.push_back(*unit);
        }
    }
    std::erase_if(record.steps, [](const JournalStep& step) { return step.kind == restart_kind; });
    return units;
}

bool is_of_the_code(const JournalStep& step) {
    return step.kind == repository_kind || step.kind == checkout_kind || step.kind == virtualenv_kind;
}

std::map<std::string, std::string> owner_values(const Owner& owner) {
    return {{"uid", std::to_string(owner.uid)}, {"gid", std::to_string(owner.gid)}};
}

Result<Owner> owner_in(const JournalStep& step) {
    GUP_TRY(const unsigned uid, number_in(step, "uid"));
    GUP_TRY(const unsigned gid, number_in(step, "gid"));
    return owner_with(uid, gid);
}

Result<Owner> owner_of_steps(const JournalRecord& record) {
    for (const JournalStep& step : record.steps) {
        if (step.values.count("uid") != 0) return owner_in(step);
    }
    return Error{ErrorCode::not_found, "the journal names no owner", {}};
}

Result<std::string> undo_step(const JournalStep& step, const UndoContext& context) {
    if (step.kind == repository_kind) return undo_repository(step, context);
    if (step.kind == checkout_kind) return undo_checkout(step, context);
    if (step.kind == stage_kind) return undo_stage(step);
    if (step.kind == exchange_kind) return undo_exchange(step, context);
    if (step.kind == switch_kind) return undo_switch(step, context);
    if (step.kind == make_place_kind) {
        GUP_TRY(const std::string path, value_of(step, "path"));
        remove_empty_folder(path);
        return fmt::format("removed the empty folder {}", path);
    }
    if (step.kind == virtualenv_kind) {
        GUP_TRY(const std::string path, value_of(step, "path"));
        GUP_CHECK(remove_tree(path));
        return fmt::format("removed the unfinished virtualenv {}", path);
    }
    return Error{ErrorCode::unsupported, "the journal has a step of an unknown kind: " + step.kind,
                 "a newer gup-agent wrote it: recover with that one"};
}

}  // namespace gup

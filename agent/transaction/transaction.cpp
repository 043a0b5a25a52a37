// SPDX-License-Identifier: Apache-2.0
#include "transaction/transaction.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "connector/generation_store.hpp"
#include "core/plan.hpp"
#include "core/short_id.hpp"
#include "source/remote/ssh_host_key.hpp"
#include "transaction/steps.hpp"
#include "util/log/log.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/symlink.hpp"

namespace gup {
namespace {

std::map<std::string, std::string> values_of(const UnitFolder& folder) {
    std::map<std::string, std::string> values;
    if (folder.user) values.emplace("user", "yes");
    if (folder.system != "/") values.emplace("system", folder.system.string());
    return values;
}

Status check_free(const fs::path& path) {
    if (!is_there(path)) return {};
    return Error{ErrorCode::conflict, path.string() + " already exists", {}};
}

}  // namespace

std::string transaction_id(UnixTime time, const std::string& branch, const std::string& commit) {
    return fmt::format("{}-{}-{}", id_time(format_time(time)), branch, short_id(commit));
}

TransactionPlace place_in_root(const fs::path& state, const ConnectorLayout& site) {
    const fs::path root = site.link.parent_path();
    return {state, site.name, site.owner, GitUser{site.owner.home}, {root, root / ".pyenv"}, site.folder};
}

Result<Transaction> Transaction::begin(TransactionPlace place, std::string id) {
    JournalRecord record;
    record.id = std::move(id);
    record.connector = place.connector;
    GUP_TRY(Journal journal, Journal::begin(place.state, record.id, record.connector));
    return Transaction(std::move(place), std::move(record), std::move(journal));
}

Result<Transaction> Transaction::begin_now(TransactionPlace place, const std::string& what) {
    std::string id = transaction_id(system_clock().now(), what, place.connector);
    return begin(std::move(place), std::move(id));
}

Elevated Transaction::elevation_at(const fs::path& path) const {
    const bool is_shared =
        std::find(place_.shared.begin(), place_.shared.end(), path.parent_path()) != place_.shared.end();
    return is_shared ? Elevated::yes : Elevated::no;
}

Status Transaction::log(const char* kind, const fs::path& path, std::map<std::string, std::string> values) {
    values.emplace("path", path.string());
    if (elevation_at(path) == Elevated::yes) values.emplace("help", "yes");
    values.merge(owner_values(place_.owner));
    return log(JournalStep{kind, std::move(values)});
}

Status Transaction::log(JournalStep step) {
    record_.steps.push_back(std::move(step));
    return journal_.step(record_.steps.back());
}

Status Transaction::create_folder(const fs::path& path) {
    GUP_CHECK(log_folder(path));
    Status made = create_owner_folder(path, place_.owner, elevation_at(path));
    // A file that appeared since the check is not ours: it is not removed.
    if (!made.ok() && made.error().code == ErrorCode::conflict) record_.steps.pop_back();
    return made;
}

Status Transaction::create_parents(const fs::path& path, const fs::path& top) {
    if (path == top || !is_below(path, top)) return {};
    GUP_CHECK(create_parents(path.parent_path(), top));
    GUP_TRY(const auto here, file_info(path, Follow::no));
    if (here && here->kind == FileKind::folder) return {};
    if (here) return Error{ErrorCode::conflict, path.string() + " is not a folder", {}};
    GUP_CHECK(log(kind::create_parent, path));
    const auto& shared = place_.shared;
    if (std::find(shared.begin(), shared.end(), path) != shared.end()) return make_shared_folder(path);
    return make_owner_folder(path, place_.owner, elevation_at(path));
}

Status Transaction::link(const fs::path& path, const std::string& to) {
    GUP_TRY(const auto here, file_info(path, Follow::no));
    if (here && here->kind != FileKind::link) {
        return Error{ErrorCode::conflict, path.string() + " is there, and is not a link", {}};
    }
    const std::string from = here ? link_text(path) : std::string();
    if (from == to) return {};
    GUP_CHECK(log(kind::link, path, {{"from", from}, {"to", to}}));
    const Elevated elevated = elevation_at(path);
    return to.empty() ? remove_link(path, elevated) : switch_link(path, to, place_.owner, elevated);
}

Status Transaction::rename(const fs::path& path, const fs::path& to) {
    GUP_CHECK(check_free(to));
    GUP_CHECK(log(kind::rename, path, {{"to", to.string()}}));
    return rename_entry(path, to, elevation_at(path));
}

Status Transaction::publish(const fs::path& path, const fs::path& to) {
    GUP_CHECK(log(kind::rename, path, {{"to", to.string()}, {"final", "yes"}}));
    GUP_CHECK(rename_entry(path, to, elevation_at(path)));
    return sync_folder(to.parent_path());
}

Status Transaction::replace_by_link(const fs::path& path, const fs::path& to, const std::string& text) {
    GUP_CHECK(check_free(to));
    GUP_CHECK(log(kind::exchange, path, {{"with", to.string()}, {"to", text}, {"made", "yes"}}));
    GUP_CHECK(switch_link(to, text, place_.owner, Elevated::no));
    return exchange_entries(path, to, place_.owner, elevation_at(path));
}

Status Transaction::replace_link(const fs::path& path, const fs::path& from) {
    GUP_CHECK(log(kind::exchange, path, {{"with", from.string()}, {"to", link_text(path)}, {"made", "no"}}));
    GUP_CHECK(exchange_entries(path, from, place_.owner, elevation_at(path)));
    return link(from, {});
}

Status Transaction::exchange(const FolderExchange& folders) {
    GUP_TRY(JournalStep step, describe_exchange(kind::exchange, folders));
    GUP_CHECK(log(kind::exchange, folders.path, std::move(step.values)));
    return exchange_folders(folders);
}

Status Transaction::rewrite_record(const fs::path& folder, const Generation& generation) {
    GUP_CHECK(log(kind::rewrite, folder / generation.id));
    return write_generation(folder, generation);
}

Status Transaction::trust_host_key(const fs::path& file, const std::string& line) {
    GUP_TRY(const bool pinned, is_pinned(file, line));
    if (pinned) return {};  // by another program: it stays
    GUP_CHECK(log(JournalStep{kind::host_key, {{"file", file.string()}, {"line", line}}}));
    return pin_host_key(file, line);
}

Status Transaction::remove_folder(const fs::path& path) {
    GUP_CHECK(log(kind::create, path));
    return remove_generation(path.parent_path(), path.filename());
}

Status Transaction::log_folder(const fs::path& path) {
    GUP_CHECK(check_free(path));
    return log(kind::create, path);
}

Status Transaction::log_file(const fs::path& path) {
    GUP_CHECK(check_free(path));
    return log(kind::create, path, {{"entry", "file"}});
}

Status Transaction::log_next(const fs::path& path) {
    return log(kind::create, path);
}

Status Transaction::log_git(const fs::path& path) {
    return log(kind::git, path);
}

Status Transaction::log_git_index(const fs::path& path) {
    return log(kind::git, path, {{"index", "yes"}});
}

Status Transaction::log_checkout(const WorkTreeMove& move) {
    return log(kind::checkout, move.path, {{"from", move.from}, {"to", move.to}});
}

Status Transaction::log_restart(const std::string& unit, const std::string& boot_id) {
    return log(JournalStep{kind::restart, {{"unit", unit}, {"boot", boot_id}}});
}

Status Transaction::log_user_restart(const std::string& unit, const std::string& boot_id) {
    return log(JournalStep{kind::restart, {{"unit", unit}, {"boot", boot_id}, {"user", "yes"}}});
}

Status Transaction::exchange_units(const UnitFolder& folder, const std::string& record) {
    auto values = values_of(folder);
    values.emplace("record", record);
    GUP_CHECK(log(kind::units, folder.live(), std::move(values)));
    return exchange_unit_folder(folder);
}

Status Transaction::log_reload(const UnitFolder& folder) {
    auto values = values_of(folder);
    values.merge(owner_values(place_.owner));
    return log(JournalStep{kind::reload, std::move(values)});
}

Status Transaction::log_start(const UnitFolder& folder, const std::vector<std::string>& units) {
    auto values = values_of(folder);
    values.emplace("units", fmt::format("{}", fmt::join(units, " ")));
    values.merge(owner_values(place_.owner));
    return log(JournalStep{kind::start, std::move(values)});
}

Status Transaction::log_network(const UnitFolder& folder, const std::string& name) {
    auto values = values_of(folder);
    values.emplace("name", name);
    values.merge(owner_values(place_.owner));
    return log(JournalStep{kind::network, std::move(values)});
}

UndoContext Transaction::undo_context() const {
    UndoContext context{place_.user, place_.owner, UndoReason::failure};
    context.connector = place_.connector;
    context.systemd = place_.systemd;
    context.podman = place_.podman;
    return context;
}

Status Transaction::commit() {
    if (!place_.flushed.empty()) GUP_CHECK(sync_file_system(place_.flushed));
    GUP_CHECK(journal_.commit());
    // Leftovers are removed by the next transaction: they do not belong to the new generation.
    if (const Status done = finish_steps(record_.steps, undo_context()); !done.ok()) {
        log::warning(place_.connector, done.error().message);
    }
    return {};
}

Status Transaction::roll_back() {
    const auto note = [this] {
        ++record_.undone;
        journal_.note_undone();
    };
    const auto undone = undo_steps(record_, undo_context(), note);
    if (!undone.ok()) return undone.error();
    for (const std::string& action : *undone) log::debug(place_.connector, action);
    return {};
}

void Transaction::end() {
    if (auto ended = journal_.end(); !ended.ok()) log::warning(place_.connector, ended.error().message);
}

Error Transaction::fail(Error cause) {
    if (const Status status = roll_back(); !status.ok()) {
        cause.message += "; and it could not be undone completely: " + status.error().message;
        cause.hint = "gup-agent recover";
        return cause;
    }
    end();
    return cause;
}

}  // namespace gup

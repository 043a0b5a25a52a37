// SPDX-License-Identifier: Apache-2.0
#include "transaction/journal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "util/sys/directory.hpp"
#include "util/worker/channel.hpp"
#include "util/worker/worker.hpp"

namespace gup {
namespace {

// A worker's steps are written to the agent's disk.
constexpr std::size_t longest_journal = std::size_t{4} << 20U;

fs::path journal_folder(const fs::path& state) {
    return state / "journal";
}

fs::path journal_path(const fs::path& state, const std::string& connector) {
    return journal_folder(state) / connector;
}

Status remove_journal(const fs::path& path) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return errno_error(errno, "cannot remove " + path.string());
    return sync_folder(path.parent_path());
}

}  // namespace

Result<Journal> Journal::begin(const fs::path& state, const std::string& id, const std::string& connector) {
    if (in_worker()) return open_through_agent("begin", id, connector);
    // Independent of the umask: a user that can write here could decide what is undone, and as which user.
    GUP_CHECK(make_folders(journal_folder(state), 0755));
    GUP_TRY(const auto unfinished, read_unfinished(state, connector));
    if (unfinished) {
        return Error{ErrorCode::conflict, "transaction " + unfinished->id + " is unfinished", "gup-agent recover"};
    }
    const fs::path path = journal_path(state, connector);
    UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644));
    if (!fd.valid()) return errno_error(errno, "cannot write " + path.string());
    Journal journal(path, std::move(fd));
    GUP_CHECK(journal.append(std::string(journal_header) + format_begin(id, connector)));
    GUP_CHECK(sync_folder(path.parent_path()));
    return journal;
}

Result<Journal> Journal::reopen(const fs::path& state, const std::string& connector) {
    if (in_worker()) return open_through_agent("reopen", {}, connector);
    const fs::path path = journal_path(state, connector);
    GUP_TRY(const std::string text, read_file(path));
    UniqueFd fd(::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
    if (!fd.valid()) return errno_error(errno, "cannot write " + path.string());
    const auto whole = static_cast<off_t>(text.rfind('\n') + 1);
    if (::ftruncate(fd.get(), whole) != 0) return errno_error(errno, "cannot write " + path.string());
    return Journal(path, std::move(fd));
}

Result<Journal> Journal::open_through_agent(const char* act, const std::string& id, const std::string& connector) {
    Journal journal({}, {});
    journal.connector_ = connector;
    GUP_CHECK(journal.ask(act, id));
    return journal;
}

Status Journal::ask(const char* act, std::string_view line) const {
    return ask_agent_to("journal", {{"act", act}, {"connector", connector_}, {"line", line}});
}

Status Journal::append(std::string_view line) {
    if (in_worker()) return ask("append", line);
    GUP_CHECK(write_all(fd_.get(), line, path_));
    if (::fsync(fd_.get()) != 0) return errno_error(errno, "cannot flush " + path_.string());
    return {};
}

Status Journal::step(const JournalStep& step) {
    return append(format_step(step));
}

Status Journal::commit() {
    return append(journal_commit);
}

void Journal::note_undone() {
    // After a line that could not be written, another one would be torn.
    if (notes_undone_) notes_undone_ = append(journal_undone).ok();
}

Status Journal::end() {
    if (in_worker()) return ask("end");
    // On a full disk the line cannot be written. The file is removed all the same.
    (void)append(journal_end).ok();
    return remove_journal(path_);
}

std::vector<std::string> journals(const fs::path& state) {
    return list_folder(journal_folder(state)).value_or({});
}

Result<std::optional<JournalRecord>> read_unfinished(const fs::path& state, const std::string& connector) {
    const fs::path path = journal_path(state, connector);
    auto text = read_file(path);
    if (!text.ok()) {
        if (text.error().code == ErrorCode::not_found) return std::optional<JournalRecord>{};
        return std::move(text).error();
    }
    auto record = parse_journal(*text);
    if (!record.ok()) return record.error().with_context(path.string());
    if (*record && (*record)->ended) return std::optional<JournalRecord>{};
    return record;
}

Result<nlohmann::json> JournalKeeper::answer(const std::vector<std::string>& connectors, unsigned uid,
                                             const nlohmann::json& question) {
    const std::string connector = text_member(question, "connector");
    if (std::find(connectors.begin(), connectors.end(), connector) == connectors.end()) {
        return Error{ErrorCode::permission, "the journal of " + connector + " is another worker's", {}};
    }
    GUP_CHECK(act(text_member(question, "act"), connector, uid, question));
    return nlohmann::json();
}

// A line is written as it was parsed, so that nothing gets into a journal that recovery does not know.
Status JournalKeeper::act(const std::string& act, const std::string& connector, unsigned uid,
                          const nlohmann::json& question) {
    const std::string line = text_member(question, "line");
    if (act == "begin" || act == "reopen") {
        GUP_TRY(Journal journal,
                act == "begin" ? Journal::begin(state_, line, connector) : Journal::reopen(state_, connector));
        open_.erase(connector);
        open_.emplace(connector, Open{std::move(journal)});
        return {};
    }
    if (act == "close") {
        open_.erase(connector);
        return close_journal(state_, connector);
    }
    const auto found = open_.find(connector);
    if (found == open_.end()) return Error{ErrorCode::conflict, connector + " has no open journal", {}};
    if (act == "end") {
        Journal journal = std::move(found->second.journal);
        open_.erase(found);
        return journal.end();
    }
    Journal& journal = found->second.journal;
    found->second.size += line.size();
    if (found->second.size > longest_journal) {
        return Error{ErrorCode::protocol, "the journal of " + connector + " is too long", {}};
    }
    if (line == journal_commit) return journal.commit();
    if (line == journal_undone) {
        journal.note_undone();
        return {};
    }
    const auto step = parse_step_line(line);
    if (!step) return Error{ErrorCode::protocol, "a step for the journal of " + connector + " cannot be read", {}};
    const auto owner = step->values.find("uid");
    if (owner != step->values.end() && owner->second != std::to_string(uid)) {
        return Error{ErrorCode::permission, "a step in the journal of " + connector + " names another owner", {}};
    }
    return journal.step(*step);
}

Status close_journal(const fs::path& state, const std::string& connector) {
    if (in_worker()) return ask_agent_to("journal", {{"act", "close"}, {"connector", connector}});
    return remove_journal(journal_path(state, connector));
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
// The journals on disk: <state>/journal/<connector>, one transaction at a time, every line fsynced. One file per
// connector, so that a failed recovery does not affect other connectors. They are the agent's: a worker asks it to write.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/journal_format.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// Writes one transaction, in a worker through the agent.
class Journal {
public:
    // Starts a transaction. Fails with conflict if there is an unfinished one: recover first.
    [[nodiscard]] static Result<Journal> begin(const fs::path& state, const std::string& id,
                                               const std::string& connector);

    // The one that a crash left, to go on with undoing it. A torn last line is cut off.
    [[nodiscard]] static Result<Journal> reopen(const fs::path& state, const std::string& connector);

    [[nodiscard]] Status step(const JournalStep& step);
    [[nodiscard]] Status commit();
    // One more step is undone, for good. When the disk is full nothing is noted: then a crash repeats the undoing.
    void note_undone();
    // Ends the transaction and removes the file, which needs no space on the disk.
    [[nodiscard]] Status end();

private:
    Journal(fs::path path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
    [[nodiscard]] Status append(std::string_view line);
    [[nodiscard]] static Result<Journal> open_through_agent(const char* act, const std::string& id,
                                                            const std::string& connector);
    [[nodiscard]] Status ask(const char* act, std::string_view line = {}) const;

    fs::path path_;
    UniqueFd fd_;  // none in a worker
    std::string connector_;
    bool notes_undone_ = true;
};

// The agent's side: the journals that its workers write.
class JournalKeeper {
public:
    explicit JournalKeeper(fs::path state) : state_(std::move(state)) {}
    // Answers one question of Journal, of a worker that acts as `uid` for `connectors`. Fails with permission for
    // another connector or another owner's step, and as Journal does.
    [[nodiscard]] Result<nlohmann::json> answer(const std::vector<std::string>& connectors, unsigned uid,
                                                const nlohmann::json& question);

private:
    [[nodiscard]] Status act(const std::string& act, const std::string& connector, unsigned uid,
                             const nlohmann::json& question);

    struct Open {
        Journal journal;
        std::size_t size = 0;  // bytes of steps
    };
    fs::path state_;
    std::map<std::string, Open> open_;
};

// The connectors that have a journal, sorted. Usually empty.
[[nodiscard]] std::vector<std::string> journals(const fs::path& state);
// The transaction that a crash left unfinished; nullopt if there is none. Fails as parse_journal does.
[[nodiscard]] Result<std::optional<JournalRecord>> read_unfinished(const fs::path& state, const std::string& connector);
// After recovery.
[[nodiscard]] Status close_journal(const fs::path& state, const std::string& connector);

}  // namespace gup

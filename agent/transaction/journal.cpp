#include "transaction/journal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "util/sys/directory.hpp"
#include "util/sys/effective_user.hpp"

namespace gup {
namespace {

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
    const AsAgent own_files;
    const fs::path path = journal_path(state, connector);
    GUP_TRY(const std::string text, read_file(path));
    UniqueFd fd(::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
    if (!fd.valid()) return errno_error(errno, "cannot write " + path.string());
    const auto whole = static_cast<off_t>(text.rfind('\n') + 1);
    if (::ftruncate(fd.get(), whole) != 0) return errno_error(errno, "cannot write " + path.string());
    return Journal(path, std::move(fd));
}

Status Journal::append(std::string_view line) {
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
    // On a full disk the line cannot be written. The file is removed all the same.
    (void)append(journal_end).ok();
    const AsAgent own_files;
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

Status close_journal(const fs::path& state, const std::string& connector) {
    return remove_journal(journal_path(state, connector));
}

}  // namespace gup

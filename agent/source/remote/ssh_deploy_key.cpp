// SPDX-License-Identifier: Apache-2.0
#include "source/remote/ssh_deploy_key.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "source/libgit2/handles.hpp"
#include "source/libgit2/opened.hpp"
#include "source/remote/context.hpp"
#include "source/remote/ssh_command.hpp"
#include "util/printable.hpp"
#include "util/process/process.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/environment.hpp"
#include "util/sys/lock.hpp"

namespace gup {
namespace {

constexpr const char* key_name = "id_ed25519";
constexpr const char* unfinished_name = ".new";  // no connector's name begins with a dot
constexpr const char* ssh_missing_hint = "apt install openssh-client";

Result<std::string> ssh_keygen(std::vector<std::string> arguments, const std::string& act) {
    ProcessRequest request;
    request.argv = {"ssh-keygen"};
    request.argv.insert(request.argv.end(), arguments.begin(), arguments.end());
    request.set_env = {{"LC_ALL", "C"}, {"SSH_ASKPASS_REQUIRE", "never"}};
    request.folder = "/";
    request.timeout = Milliseconds{60'000};
    const auto ended = run_process(request);
    if (!ended.ok()) return ended.error().with_context(act).with_hint(ssh_missing_hint);
    if (!ended->success()) {
        const std::string& said = ended->err.empty() ? ended->out : ended->err;
        return Error{ErrorCode::corrupt, fmt::format("{}: {}", act, said.substr(0, said.find('\n'))), {}};
    }
    return ended->out;
}

// Changes the owner of a regular file only: the owner may have put a link there meanwhile.
Status give_file(int folder, const char* name, const KeyOwner& owner, const fs::path& shown) {
    const UniqueFd fd(::openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!fd.valid() && errno == ENOENT) return {};
    struct stat info {};
    if (!fd.valid() || ::fstat(fd.get(), &info) != 0) return errno_error(errno, "cannot open " + shown.string());
    if (!S_ISREG(info.st_mode) || info.st_nlink != 1) {
        return Error{ErrorCode::conflict,
                     fmt::format("{} is not a regular file, or has a second hard link", shown.string()),
                     {}};
    }
    if (::fchown(fd.get(), owner.uid, owner.gid) == 0) return {};
    return errno_error(errno, "cannot change the owner of " + shown.string());
}

// While the owner of its files changes, the folder belongs to root.
Status give_folder(const fs::path& folder, const KeyOwner& owner) {
    const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    const auto failure = [&] { return errno_error(errno, "cannot change the owner of " + folder.string()); };
    if (!fd.valid() || ::fchown(fd.get(), ::geteuid(), ::getegid()) != 0) return failure();
    GUP_CHECK(give_file(fd.get(), key_name, owner, folder / key_name));
    GUP_CHECK(give_file(fd.get(), fmt::format("{}.pub", key_name).c_str(), owner, folder / key_name));
    if (::fchown(fd.get(), owner.uid, owner.gid) != 0) return failure();
    return {};
}

Status make_key(const fs::path& keys, const std::string& connector, const KeyOwner& owner) {
    const fs::path unfinished = keys / unfinished_name;
    GUP_CHECK(remove_tree(unfinished));
    if (::mkdir(unfinished.c_str(), S_IRWXU) != 0) {
        return errno_error(errno, "cannot create the folder " + unfinished.string());
    }
    const std::string comment = printable(fmt::format("gup-agent {}@{}", connector, host_name()));
    auto made = ssh_keygen({"-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", (unfinished / key_name).string()},
                           "cannot create a key for " + connector);
    Status done = made.ok() ? Status{} : Status{made.error()};
    if (done.ok() && ::geteuid() == 0) done = give_folder(unfinished, owner);
    if (done.ok()) done = sync_file_system(unfinished);
    if (done.ok() && ::rename(unfinished.c_str(), (keys / connector).c_str()) != 0) {
        done = errno_error(errno, fmt::format("cannot create a key in {}", (keys / connector).string()))
                   .with_hint("it contains something that is not a key: move it away");
    }
    if (!done.ok()) (void)remove_tree(unfinished);
    if (done.ok()) done = sync_folder(keys);
    return done;
}

// An owner must be able to enter the own folder in it, independent of the umask.
Status make_keys_folder(const fs::path& keys) {
    if (is_folder(keys)) return {};
    GUP_CHECK(make_folders(keys, 0755));
    if (::chmod(keys.c_str(), 0755) == 0) return {};
    return errno_error(errno, "cannot set the mode of " + keys.string());
}

}  // namespace

fs::path deploy_key_file(const fs::path& keys, const std::string& connector) {
    return keys / connector / key_name;
}

Result<KeyOrigin> provide_deploy_key(const fs::path& keys, const std::string& connector, const KeyOwner& owner) {
    GUP_CHECK(make_keys_folder(keys));
    GUP_TRY(const FileLock lock, FileLock::try_take(keys / ".lock"));
    GUP_TRY(const auto there, file_info(deploy_key_file(keys, connector), Follow::no));
    if (there) {
        GUP_CHECK(give_deploy_key(keys, connector, owner));
        return KeyOrigin::was_there;
    }
    GUP_CHECK(make_key(keys, connector, owner));
    return KeyOrigin::just_made;
}

Result<DeployKey> read_deploy_key(const fs::path& keys, const std::string& connector) {
    DeployKey key;
    key.file = deploy_key_file(keys, connector);
    const auto unusable = "the deploy key of " + connector + " cannot be used";
    if (::faccessat(AT_FDCWD, key.file.c_str(), R_OK, AT_EACCESS) != 0) {
        return errno_error(errno, fmt::format("{}: cannot read {}", unusable, key.file.string()))
            .with_hint("the connector's owner must be able to enter every folder on the way to it");
    }
    const fs::path public_file = key.file.string() + ".pub";
    constexpr std::uint64_t longest = 16U << 10U;
    auto line = read_file(public_file, longest);
    if (!line.ok() && line.error().code == ErrorCode::not_found) {
        line = ssh_keygen({"-y", "-P", "", "-f", key.file.string()}, unusable);
    }
    if (!line.ok()) return line.error();
    key.public_line = line->substr(0, line->find('\n'));
    GUP_TRY(const std::string shown, ssh_keygen({"-l", "-E", "sha256", "-f", key.file.string()}, unusable));
    const auto begin = shown.find("SHA256:");
    if (begin == std::string::npos) return Error{ErrorCode::corrupt, unusable + ": it has no fingerprint", {}};
    key.fingerprint = shown.substr(begin, shown.find_first_of(" \n", begin) - begin);
    return key;
}

Status give_deploy_key(const fs::path& keys, const std::string& connector, const KeyOwner& owner) {
    if (::geteuid() != 0) return {};
    const fs::path folder = keys / connector;
    GUP_TRY(const auto info, file_info(folder, Follow::no));
    if (!info || info->owner == owner.uid) return {};
    return give_folder(folder, owner);
}

std::string own_ssh_setting(const GitUser& user, const fs::path& repository) {
    git::Repository opened;
    if (!repository.empty()) {
        auto found = git::open_repository(repository, user);
        if (found.ok()) opened = std::move(*found);
    }
    detail::TransportContext context;
    context.user = user;
    context.repository = opened.get();
    return detail::choose_ssh(detail::read_config(context), environment_value).set_by;
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "host/owner.hpp"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <mutex>

#include "util/clock.hpp"

namespace gup {
namespace {

struct PasswdEntry {
    gid_t gid = nobody_id;
    std::string name;
    std::string home;
};

PasswdEntry read_passwd_entry(uid_t uid) {
    std::array<char, 16384> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) return {};
    return {found->pw_gid, found->pw_name, found->pw_dir};
}

// Read at most a second ago: one user has most connectors, and a directory server may be behind it.
PasswdEntry passwd_entry(uid_t uid) {
    static std::mutex mutex;
    static struct {
        uid_t uid = 0;
        PasswdEntry entry;
        Milliseconds until{0};
    } known;
    const std::scoped_lock lock(mutex);
    const Milliseconds now = system_clock().monotonic();
    if (known.uid != uid || now >= known.until) known = {uid, read_passwd_entry(uid), now + Milliseconds{1'000}};
    return known.entry;
}

}  // namespace

Owner owner_with(unsigned uid) {
    Owner owner;
    owner.uid = uid;
    const PasswdEntry entry = passwd_entry(owner.uid);
    owner.gid = entry.gid;
    owner.name = entry.name;
    owner.home = entry.home.empty() ? "/" : entry.home;
    // An agent that is not root keeps its user, also in a folder of another owner.
    if (::geteuid() != 0 || owner.uid == 0) {
        const char* home = std::getenv("HOME");  // NOLINT(concurrency-mt-unsafe): nobody sets it
        if (home != nullptr && *home != '\0') owner.home = home;
    }
    return owner;
}

Result<Owner> find_owner(const std::string& user) {
    std::array<char, 16384> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    unsigned uid = 0;
    const char* end = user.data() + user.size();
    const bool is_number = std::from_chars(user.data(), end, uid).ptr == end && !user.empty();
    const int failed = is_number ? ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found)
                                 : ::getpwnam_r(user.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (failed != 0) return errno_error(failed, "cannot read /etc/passwd");
    if (found == nullptr) return Error{ErrorCode::not_found, "there is no user " + user, {}};
    return owner_with(found->pw_uid);
}

Owner network_user() {
    if (::geteuid() != 0) return owner_with(::geteuid());
    for (const char* name : {"gup-agent", "nobody"}) {
        if (auto user = find_owner(name); user.ok() && user->uid != 0) return *std::move(user);
    }
    return owner_with(nobody_id);
}

std::vector<gid_t> groups_of(const Owner& owner) {
    if (owner.name.empty()) return {};
    int count = 64;
    std::vector<gid_t> groups(static_cast<std::size_t>(count));
    if (::getgrouplist(owner.name.c_str(), owner.gid, groups.data(), &count) < 0) {
        groups.resize(static_cast<std::size_t>(count));
        if (::getgrouplist(owner.name.c_str(), owner.gid, groups.data(), &count) < 0) count = 0;
    }
    groups.resize(static_cast<std::size_t>(count));
    return groups;
}

}  // namespace gup

#include "host/owner.hpp"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdlib>

#include "util/sys/effective_user.hpp"
#include "util/sys/file.hpp"

namespace gup {
namespace {

struct PasswdEntry {
    std::string name;
    std::string home;
};

PasswdEntry passwd_entry(uid_t uid) {
    std::array<char, 16384> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) return {};
    return {found->pw_name, found->pw_dir};
}

std::vector<gid_t> groups_of(const Owner& owner) {
    std::vector<gid_t> groups{static_cast<gid_t>(owner.gid)};
    if (owner.name.empty()) return groups;
    int count = 64;
    groups.resize(static_cast<std::size_t>(count));
    if (::getgrouplist(owner.name.c_str(), owner.gid, groups.data(), &count) < 0) {
        groups.resize(static_cast<std::size_t>(count));
        if (::getgrouplist(owner.name.c_str(), owner.gid, groups.data(), &count) < 0) count = 0;
    }
    groups.resize(static_cast<std::size_t>(count));
    return groups;
}

}  // namespace

Result<Owner> owner_of(const std::filesystem::path& folder) {
    GUP_TRY(const auto info, file_info(folder));
    if (!info) return Error{ErrorCode::not_found, folder.string() + " does not exist", {}};
    return owner_with(info->owner, info->group);
}

Owner owner_with(unsigned uid, unsigned gid) {
    Owner owner;
    owner.uid = uid;
    owner.gid = gid;
    const PasswdEntry entry = passwd_entry(owner.uid);
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
    return owner_with(found->pw_uid, found->pw_gid);
}

Result<EffectiveUser> EffectiveUser::begin(const Owner& owner) {
    if (::geteuid() != 0 || owner.uid == 0) return EffectiveUser(false);
    GUP_CHECK(set_thread_identity({owner.uid, owner.gid, groups_of(owner)}));
    return EffectiveUser(true);
}

EffectiveUser::EffectiveUser(EffectiveUser&& other) noexcept : active_(std::exchange(other.active_, false)) {}

EffectiveUser::~EffectiveUser() {
    if (active_) restore_thread_identity();
}

}  // namespace gup

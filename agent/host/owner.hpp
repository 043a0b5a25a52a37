// Whose a connector is, and working as that user.
#pragma once

#include <filesystem>
#include <string>

#include "util/result.hpp"

namespace gup {

struct Owner {
    unsigned uid = 0;
    unsigned gid = 0;
    std::string name;            // empty when /etc/passwd does not know the uid
    std::filesystem::path home;  // passwd's; for this process's own user $HOME; "/" when unknown
};

// The owner of `folder`, from stat(2) and /etc/passwd.
[[nodiscard]] Result<Owner> owner_of(const std::filesystem::path& folder);

// The user `uid` with the group `gid`, from /etc/passwd.
[[nodiscard]] Owner owner_with(unsigned uid, unsigned gid);

// A user by name or number, with his own group. Fails with not_found when /etc/passwd does not know him.
[[nodiscard]] Result<Owner> find_owner(const std::string& user);

// While it lives, the calling thread (only that one) acts as `owner`: files that it makes are the owner's, access is
// checked as for the owner, children are wholly the owner's, with his supplementary groups from /etc/group. Does
// nothing unless this process is root and the owner is not. Not to be nested; to be destroyed on the thread that made
// it.
class EffectiveUser {
public:
    [[nodiscard]] static Result<EffectiveUser> begin(const Owner& owner);
    EffectiveUser(EffectiveUser&& other) noexcept;
    EffectiveUser& operator=(EffectiveUser&&) = delete;
    ~EffectiveUser();

private:
    explicit EffectiveUser(bool active) : active_(active) {}
    bool active_ = false;
};

}  // namespace gup

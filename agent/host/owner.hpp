// The owner of a connector, and running as that user.
#pragma once

#include <filesystem>
#include <string>

#include "util/result.hpp"

namespace gup {

// The group of a user whom /etc/passwd does not know, and the user of a connector whose owner is not known yet.
inline constexpr unsigned nobody_id = 65534;

struct Owner {
    unsigned uid = 0;
    unsigned gid = 0;            // passwd's, never a folder's
    std::string name;            // empty when /etc/passwd does not know the uid
    std::filesystem::path home;  // passwd's; for this process's own user $HOME; "/" when unknown
};

// The user `uid`, from /etc/passwd.
[[nodiscard]] Owner owner_with(unsigned uid);

// A user by name or number, with the user's own group. Fails with not_found for a user that is not in /etc/passwd.
[[nodiscard]] Result<Owner> find_owner(const std::string& user);

// While it lives, the calling thread (only that one) acts as `owner`: the owner owns files that it creates, access is
// checked as for the owner, and children get the owner's ids completely, with the supplementary groups from /etc/group.
// Does nothing unless this process is root and the owner is not. Must not be nested; must be destroyed on the thread
// that created it.
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

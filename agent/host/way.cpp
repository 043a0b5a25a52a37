// SPDX-License-Identifier: Apache-2.0
#include "host/way.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <mutex>

#include "util/clock.hpp"

namespace gup {
namespace {

using detail::error_for;

constexpr int most_links = 20;
constexpr int entry_flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;

FileKind kind_of_entry(mode_t mode) {
    if (S_ISDIR(mode)) return FileKind::folder;
    if (S_ISLNK(mode)) return FileKind::link;
    return S_ISREG(mode) ? FileKind::regular : FileKind::other;
}

}  // namespace

// Goes from folder to folder. The components to come are in reverse order.
class Walker {
public:
    explicit Walker(Way& way) : way_(way) {}

    // `folder` stays the caller's.
    Status walk(int folder, fs::path place, const fs::path& path) {
        folder_ = folder;
        place_ = std::move(place);
        add_components(path);
        while (!rest_.empty() && way_.is_there_) GUP_CHECK(step());
        if (way_.is_there_ && !way_.points_.empty()) way_.points_.back().is_end = true;
        return {};
    }

    // The top itself is an entry, too.
    Status start_at_top() {
        place_ = "/";
        UniqueFd top(::open("/", entry_flags | O_DIRECTORY));
        if (!top.valid()) return error_for("cannot open", place_);
        struct stat status {};
        if (::fstat(top.get(), &status) != 0) return error_for("cannot read", place_);
        add(place_, status);
        go_to(std::move(top));
        return {};
    }

private:
    Status step() {
        const std::string name = std::move(rest_.back());
        rest_.pop_back();
        const fs::path path = name == ".." ? place_.parent_path() : place_ / name;
        UniqueFd entry(::openat(folder_, name.c_str(), entry_flags));
        if (!entry.valid() && errno == ENOENT) {
            way_.is_there_ = false;
            return {};
        }
        if (!entry.valid()) return error_for("cannot open", path);
        struct stat status {};
        if (::fstat(entry.get(), &status) != 0) return error_for("cannot read", path);
        add(path, status);
        if (S_ISLNK(status.st_mode)) return follow(entry, path);
        if (!S_ISDIR(status.st_mode) && !rest_.empty()) return error_for("cannot open", path, ENOTDIR);
        go_to(std::move(entry));
        place_ = path;
        return {};
    }

    void go_to(UniqueFd folder) {
        way_.fd_ = std::move(folder);
        folder_ = way_.fd_.get();
    }

    Status follow(const UniqueFd& link, const fs::path& path) {
        if (++links_ > most_links) return error_for("cannot open", path, ELOOP);
        std::array<char, PATH_MAX> text{};
        const ssize_t size = ::readlinkat(link.get(), "", text.data(), text.size());
        if (size < 0) return error_for("cannot read", path);
        const std::string target(text.data(), static_cast<std::size_t>(size));
        if (target.empty() || target.size() == text.size()) return error_for("cannot read", path, ENAMETOOLONG);
        if (target.front() == '/') GUP_CHECK(start_at_top());
        add_components(target);
        return {};
    }

    void add_components(const fs::path& path) {
        std::vector<std::string> names;
        for (const fs::path& name : path) {
            if (!name.empty() && name != "." && name != "/") names.push_back(name.native());
        }
        rest_.insert(rest_.end(), names.rbegin(), names.rend());
    }

    void add(const fs::path& path, const struct stat& status) {
        way_.points_.push_back(
            {path, kind_of_entry(status.st_mode), status.st_uid, status.st_gid, status.st_mode & 07777U, false});
    }

    Way& way_;
    int folder_ = -1;  // that the next component is in
    fs::path place_;
    std::vector<std::string> rest_;
    int links_ = 0;
};

// A link may lead to a path that a person does not know, so the message names the one that was asked for.
static Error on_the_way_to(const fs::path& path, const Error& error) {
    const bool is_named = error.message.find(path.native()) != std::string::npos;
    return is_named ? error : error.with_context("cannot look at " + path.string());
}

Result<Way> Way::open(const fs::path& path) {
    std::error_code error;
    const fs::path absolute = fs::absolute(path, error);
    if (error) return error_for("cannot open", path, error.value());
    Way way;
    Walker walker(way);
    Status walked = walker.start_at_top();
    if (walked.ok()) walked = walker.walk(way.fd_.get(), "/", absolute);
    if (!walked.ok()) return on_the_way_to(absolute, walked.error());
    return way;
}

Result<Way> Way::open_below(const fs::path& path) const {
    Way way;
    const Status walked = Walker(way).walk(fd_.get(), end().path, path);
    if (!walked.ok()) return on_the_way_to(end().path / path, walked.error());
    if (!way.points_.empty() || !way.is_there_) return way;
    way.points_.push_back(end());  // "." leads nowhere else
    way.fd_ = UniqueFd(::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0));
    if (!way.fd_.valid()) return error_for("cannot open", end().path);
    return way;
}

Result<Way> Way::look_below(const fs::path& path) const {
    Way way;
    fs::path part;
    for (const fs::path& name : path) {
        if (name.empty() || name == "/" || name == "." || name == "..") return open_below(path);
        part /= name;
        struct stat status {};
        if (::fstatat(fd_.get(), part.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
            if (errno != ENOENT) return open_below(path);
            way.is_there_ = false;
            return way;
        }
        if (S_ISLNK(status.st_mode)) return open_below(path);
        way.points_.push_back({end().path / part, kind_of_entry(status.st_mode), status.st_uid, status.st_gid,
                               status.st_mode & 07777U, false});
    }
    if (way.points_.empty()) return open_below(path);
    way.points_.back().is_end = true;
    return way;
}

Result<std::shared_ptr<const Way>> Way::open_shared(const fs::path& path) {
    struct Known {
        fs::path path;
        std::shared_ptr<const Way> way;
        Milliseconds since{0};
        pid_t process = 0;
    };
    constexpr Milliseconds longest{1'000};
    static std::mutex mutex;
    static auto* known = new Known;
    const Milliseconds now = system_clock().monotonic();
    const std::scoped_lock lock(mutex);
    // A worker has closed the descriptors of its parent, and must not close them once more.
    if (known->process != ::getpid()) known = new Known{{}, nullptr, Milliseconds{0}, ::getpid()};
    if (known->way != nullptr && known->path == path && now - known->since < longest) return known->way;
    GUP_TRY(Way way, open(path));
    known->path = path;
    known->way = std::make_shared<const Way>(std::move(way));
    known->since = now;
    return known->way;
}

}  // namespace gup

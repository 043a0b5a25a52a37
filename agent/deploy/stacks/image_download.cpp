// SPDX-License-Identifier: Apache-2.0
#include "deploy/stacks/image_download.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>
#include <utility>

#include "core/image/image_reference.hpp"
#include "host/podman/images.hpp"
#include "source/registry/image_fetch.hpp"
#include "source/registry/image_policy.hpp"
#include "util/clock.hpp"
#include "util/log/log.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/free_space.hpp"

namespace gup {
namespace {

constexpr UnixTime two_days = UnixTime{2} * 24 * 3600;

// What podman would meet, too; or what it must not go around.
bool ends_the_pull(const Error& error) {
    return is_network_failure(error) || error.code == ErrorCode::cancelled || error.code == ErrorCode::no_space ||
           error.code == ErrorCode::busy || error.code == ErrorCode::server;
}

// Both folders may be on one disk.
Status require_image_room(const ImageFetch& fetch, const fs::path& layout, const fs::path& storage,
                          std::uint64_t reserve) {
    const fs::path place = is_folder(storage) ? storage : layout;
    const auto here = file_system_of(layout);
    const auto there = file_system_of(place);
    const bool is_one = here.ok() && there.ok() && here->device == there->device;
    GUP_CHECK(require_space(layout, fetch.missing() + (is_one ? fetch.unpacked() : 0), reserve));
    return is_one ? Status{} : require_space(place, fetch.unpacked(), reserve);
}

class ImageDownload {
public:
    ImageDownload(const StackUnit& unit, const ImageSite& site, const UpdateSettings& settings, const RunEvents& events)
        : unit_(unit), site_(site), settings_(settings), events_(events) {
        access_.home = site.owner.home;
        access_.network = settings.network;
        wish_.folder = site.downloads / digits_of_digest(unit.digest);
    }

    Result<bool> execute() {
        if (!may_import()) return false;
        GUP_TRY(const ImageReference image, parse_image_reference(unit_.image));
        GUP_TRY(wish_.image, parse_image_reference(image.at(unit_.digest)));
        const Status brought = bring();
        if (brought.ok()) return true;
        const Error& error = brought.error();
        const std::string act = "cannot pull " + wish_.image.text();
        if (is_begun_ && is_network_failure(error)) {
            return error.with_context(act).with_hint("what was received stays, and the next run goes on");
        }
        if (is_begun_ || ends_the_pull(error)) return error.with_context(act);
        const auto level = is_imported_ ? log::Level::warning : log::Level::debug;
        log::record(level, site_.stacks.connector(), fmt::format("{}: {}; podman pulls it", act, error.message));
        (void)remove_tree(wish_.folder);
        return false;
    }

private:
    // Root's podman must not read a folder of another user.
    [[nodiscard]] bool may_import() const {
        const bool is_own = site_.stacks.is_rootless() || site_.owner.uid == 0;
        return is_own && settings_.network.http && accepts_any_image(access_);
    }

    Status bring() {
        tell(0);
        GUP_TRY(ImageStorage storage, image_storage(site_.stacks.podman));
        wish_.platform = std::move(storage.platform);
        wish_.layers = std::move(storage.layers);
        wish_.progress = [this](std::uint64_t bytes) { tell(bytes); };
        ImageFetch fetch(wish_, access_);
        GUP_CHECK(fetch.begin());
        GUP_CHECK(require_image_room(fetch, wish_.folder, storage.folder, settings_.disk_reserve));
        is_begun_ = true;
        GUP_CHECK(fetch.fetch(ImageFetch::Layers::missing));
        is_begun_ = false;
        is_imported_ = true;
        Status imported = import();
        // The storage may lack a layer of an image that it names.
        if (!imported.ok() && fetch.leaves_out() && !ends_the_pull(imported.error())) {
            GUP_CHECK(fetch.fetch(ImageFetch::Layers::all));
            imported = import();
        }
        return imported;
    }

    [[nodiscard]] Status import() const {
        GUP_CHECK(
            import_image({.folder = wish_.folder, .tag = unit_.local, .digest = unit_.digest}, site_.stacks.podman));
        log::debug(site_.stacks.connector(), fmt::format("imported {}", wish_.image.text()));
        GUP_CHECK(remove_tree(wish_.folder));
        (void)::rmdir(site_.downloads.c_str());  // the last one
        return {};
    }

    void tell(std::uint64_t bytes) const {
        events_.tell(site_.stacks.connector(), Activity{"pulling " + unit_.image, bytes, Milliseconds{0}});
    }

    const StackUnit& unit_;
    const ImageSite& site_;
    const UpdateSettings& settings_;
    const RunEvents& events_;
    RegistryAccess access_;
    ImageWish wish_;
    bool is_imported_ = false;  // or was tried to be
    bool is_begun_ = false;     // with the layers: podman would only fetch them again
};

}  // namespace

Result<bool> download_image(const StackUnit& unit, const ImageSite& site, const UpdateSettings& settings,
                            const RunEvents& events) {
    return ImageDownload(unit, site, settings, events).execute();
}

void sweep_downloads(const StackRecord& record, const fs::path& downloads) {
    std::set<std::string> wanted;
    for (const StackUnit& unit : record.units) wanted.insert(digits_of_digest(unit.digest));
    const auto names = list_folder(downloads);
    if (!names.ok()) return;
    for (const std::string& name : *names) {
        const fs::path folder = downloads / name;
        const auto info = file_info(folder, Follow::no);
        const bool is_old =
            info.ok() && *info && (*info)->modified_ns / 1'000'000'000 + two_days < system_clock().now();
        if (wanted.contains(name)) {
            (void)::utimensat(AT_FDCWD, folder.c_str(), nullptr, AT_SYMLINK_NOFOLLOW);  // asked for now
        } else if (is_old) {
            (void)remove_tree(folder);
        }
    }
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "deploy/stacks/stack_images.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/image/image_reference.hpp"
#include "core/stack/stack_plan.hpp"
#include "deploy/stacks/image_download.hpp"
#include "host/podman/images.hpp"
#include "source/registry/registry.hpp"
#include "util/crypto/digest.hpp"
#include "util/log/log.hpp"
#include "util/sys/free_space.hpp"

namespace gup {
namespace {

PullRequest pull_request(const std::string& reference, const UpdateSettings& settings) {
    PullRequest request;
    request.reference = reference;
    request.retries = settings.network.retry;
    return request;
}

// The size of an image is not known before, so this only keeps a full disk from getting fuller.
Status admit_pull(const StackSite& site, const UpdateSettings& settings) {
    GUP_CHECK(settings.network.admit_download());
    fs::path place = site.is_rootless() ? site.folder.user->home / ".local/share/containers" : "/var/lib/containers";
    while (place.has_relative_path() && !is_folder(place)) place = place.parent_path();
    return require_space(place, 0, settings.disk_reserve);
}

// What podman pulls, when the registry does not tell: the storage is asked for the digest then.
Result<std::string> digest_by_pull(const std::string& image, const StackSite& site, const UpdateSettings& settings,
                                   const RunEvents& events) {
    GUP_CHECK(admit_pull(site, settings));
    events.tell(site.connector(), "pulling " + image);
    GUP_TRY(const ImageReference reference, parse_image_reference(image));
    GUP_TRY(const std::string id, pull_image(pull_request(reference.text(), settings), site.podman));
    GUP_TRY(const auto local, find_image(id, site.podman));
    if (local && !local->digest.empty()) return local->digest;
    return Error{ErrorCode::protocol, fmt::format("podman does not tell the digest of {}", image), {}};
}

// By its name and digest, or under the tag of another stack.
Result<std::string> find_in_storage(const std::string& reference, const std::string& digest, const StackSite& site) {
    GUP_TRY(const auto named, find_image(reference, site.podman));
    if (named) return reference;
    GUP_TRY(const auto digests, image_digests(site.podman));
    const auto found = std::ranges::find_if(digests, [&](const auto& one) { return one.second == digest; });
    return found == digests.end() ? std::string() : found->first;
}

}  // namespace

Result<Digests> find_digests(const DigestRequest& request, const StackSite& site, const UpdateSettings& settings,
                             const RunEvents& events) {
    Digests digests;
    std::vector<std::string> open;
    std::vector<ImageReference> references;
    for (const std::string& image : request.images) {
        GUP_TRY(ImageReference reference, parse_image_reference(image));
        const auto known = request.running.find(image);
        if (!reference.digest.empty()) {
            digests[image] = reference.digest;
        } else if (known != request.running.end() && !request.asks_again) {
            digests[image] = known->second;
        } else if (reference.registry == "localhost") {
            continue;  // built here
        } else {
            open.push_back(image);
            references.push_back(std::move(reference));
        }
    }
    if (open.empty()) return digests;
    events.tell(site.connector(), "asking registries");
    RegistryAccess access;
    access.home = request.home;
    access.network = settings.network;
    const auto answers = ask_digests(references, access);
    for (std::size_t i = 0; i < open.size(); ++i) {
        const auto known = request.running.find(open[i]);
        if (answers[i].ok()) {
            digests[open[i]] = *answers[i];
        } else if (known != request.running.end() && is_network_failure(answers[i].error())) {
            digests[open[i]] = known->second;  // the night goes on with what runs
            log::warning(site.connector(), answers[i].error().message);
        } else if (answers[i].error().code == ErrorCode::protocol) {
            GUP_TRY(digests[open[i]], digest_by_pull(open[i], site, settings, events));
        } else {
            return answers[i].error();
        }
    }
    return digests;
}

Result<MovedTags> find_moved_tags(const StackRecord& running, const StackSite& site, const fs::path& home,
                                  const UpdateSettings& settings, const RunEvents& events) {
    DigestRequest request{{}, running.images, true, home};
    for (const auto& [image, digest] : running.images) request.images.push_back(image);
    GUP_TRY(const Digests digests, find_digests(request, site, settings, events));
    StackRecord next = running;
    for (StackUnit& unit : next.units) {
        const auto found = digests.find(unit.image);
        if (found == digests.end() || found->second == unit.digest) continue;
        unit.digest = found->second;
        unit.content += unit.digest;
    }
    MovedTags moved{display(plan_stacks(running, next)), {}};
    if (moved.text.empty()) return moved;
    std::string all;
    for (const auto& [image, digest] : digests) all += digest;
    constexpr std::size_t digits = 12;
    moved.key = sha256_of(all).substr(0, digits);
    return moved;
}

Status bring_images(const StackRecord& record, const ImageSite& site, const UpdateSettings& settings,
                    const RunEvents& events) {
    sweep_downloads(record, site.downloads);
    std::set<std::string> seen;
    for (const StackUnit& unit : record.units) {
        if (unit.local.empty() || !seen.insert(unit.local).second) continue;
        GUP_TRY(const auto local, find_image(unit.local, site.stacks.podman));
        if (local) continue;
        GUP_TRY(const ImageReference image, parse_image_reference(unit.image));
        const std::string reference = image.at(unit.digest);
        GUP_TRY(const std::string there, find_in_storage(reference, unit.digest, site.stacks));
        if (there.empty()) {
            GUP_CHECK(admit_pull(site.stacks, settings));
            GUP_TRY(const bool is_brought, download_image(unit, site, settings, events));
            if (is_brought) continue;
            events.tell(site.stacks.connector(), "pulling " + unit.image);
            GUP_TRY(const std::string id, pull_image(pull_request(reference, settings), site.stacks.podman));
            log::debug(site.stacks.connector(), fmt::format("podman pulled {} as {}", reference, id));
        }
        GUP_CHECK(tag_image(there.empty() ? reference : there, unit.local, site.stacks.podman));
    }
    return {};
}

void drop_images(const std::vector<StackRecord>& kept, const StackSite& site) {
    std::set<std::string> needed;
    for (const StackRecord& record : kept) {
        for (const StackUnit& unit : record.units) needed.insert(unit.local);
    }
    const auto tags = kept_images_of(site.connector(), site.podman);
    if (!tags.ok()) return log::warning(site.connector(), tags.error().message);
    for (const KeptImage& one : *tags) {
        if (needed.contains(one.tag)) continue;
        if (const Status dropped = drop_tag(one.tag, site.podman); !dropped.ok()) {
            log::warning(site.connector(), dropped.error().message);
        }
    }
}

}  // namespace gup

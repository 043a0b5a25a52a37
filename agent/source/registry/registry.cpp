// SPDX-License-Identifier: Apache-2.0
#include "source/registry/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "source/registry/manifest_question.hpp"
#include "source/registry/registries_conf.hpp"
#include "util/log/log.hpp"
#include "util/log/retry.hpp"
#include "util/parallel.hpp"

namespace gup {
namespace {

constexpr std::size_t registries_at_once = 4;

// The first place that answers. The registry's own error is told: mirrors may lack an image.
Result<std::string> ask_places(const std::vector<detail::RegistryPlace>& places, const std::string& tag,
                               const RegistryAccess& access) {
    for (const detail::RegistryPlace& place : places) {
        auto digest = detail::ask_manifest(place, tag, access);
        const bool is_last = &place == &places.back();
        const bool is_cancelled = !digest.ok() && digest.error().code == ErrorCode::cancelled;
        if (digest.ok() || is_last || is_cancelled) return digest;
        log::debug({}, fmt::format("the mirror {} does not help: {}", place.registry, digest.error().message));
    }
    return Error{ErrorCode::not_found, "no registry has it", {}};
}

// The images of one registry, one after the other. After a failure of the network, or when the registry has had enough,
// the rest is not asked.
class RegistryRound {
public:
    RegistryRound(const RegistryAccess& access, const detail::RegistriesConf& conf) : access_(access), conf_(conf) {}

    Result<std::string> ask(const ImageReference& image) {
        if (!image.digest.empty()) return image.digest;
        const auto known = known_.find(image.text());
        if (known != known_.end()) return known->second;
        auto digest = down_ ? Result<std::string>(*down_) : ask_with_retries(image);
        if (!digest.ok()) {
            const Error& error = digest.error();
            if (is_network_failure(error) || error.code == ErrorCode::server) down_ = error;
            digest = error.with_context("cannot find out the digest of " + image.text());
        }
        known_.emplace(image.text(), digest);
        return digest;
    }

private:
    Result<std::string> ask_with_retries(const ImageReference& image) {
        GUP_TRY(const auto places, conf_.places_of(image));
        std::string digest;
        GUP_CHECK(with_retries(access_.network.retry, [&]() -> Status {
            GUP_TRY(digest, ask_places(places, image.tag, access_));
            return {};
        }));
        return digest;
    }

    const RegistryAccess& access_;
    const detail::RegistriesConf& conf_;
    std::optional<Error> down_;
    std::map<std::string, Result<std::string>> known_;  // by image
};

}  // namespace

std::vector<Result<std::string>> ask_digests(const std::vector<ImageReference>& images, const RegistryAccess& access) {
    std::vector<Result<std::string>> digests(images.size(), Error{ErrorCode::failed, "it was not asked", {}});
    const auto conf = detail::read_registries_conf(access);
    if (!conf.ok()) {
        std::fill(digests.begin(), digests.end(), conf.error());
        return digests;
    }
    std::map<std::string, std::vector<std::size_t>> by_registry;
    for (std::size_t i = 0; i < images.size(); ++i) by_registry[images[i].registry].push_back(i);
    std::vector<std::vector<std::size_t>> groups;
    for (auto& [registry, indices] : by_registry) groups.push_back(std::move(indices));
    parallel_for(groups.size(), std::min(registries_at_once, groups.size()), [&](std::size_t group) {
        RegistryRound round(access, *conf);
        for (const std::size_t index : groups[group]) digests[index] = round.ask(images[index]);
    });
    return digests;
}

}  // namespace gup

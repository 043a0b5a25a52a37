// SPDX-License-Identifier: Apache-2.0
#include "source/registry/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "source/registry/registries_conf.hpp"
#include "source/registry/registry_session.hpp"
#include "util/crypto/digest.hpp"
#include "util/http/data_budget.hpp"
#include "util/log/log.hpp"
#include "util/log/retry.hpp"
#include "util/parallel.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

constexpr std::size_t registries_at_once = 4;
constexpr std::uint64_t longest_manifest = 4U << 20U;

// Nothing that the same server is asked soon will succeed.
bool is_out_of_order(const Error& error) {
    return is_network_failure(error) || error.code == ErrorCode::server;
}

// The question which digest a tag has, asked of one registry or mirror.
class ManifestQuestion {
public:
    ManifestQuestion(const detail::RegistryPlace& place, const std::string& tag, const RegistryAccess& access)
        : session_(place, access), tag_(tag), access_(access) {}

    Result<std::string> ask() {
        GUP_TRY(const HttpAnswer answer, send("HEAD"));
        const int status = answer.head.status;
        if (status == 405 || status == 501) return digest_of_manifest();
        if (status != 200) return refusal(answer.head);
        const std::string digest(trimmed(answer.head.header("docker-content-digest")));
        if (is_image_digest(digest)) return digest;
        if (digest.empty()) return digest_of_manifest();
        const std::string_view registry = session_.place().registry;
        return Error{ErrorCode::protocol,
                     fmt::format("{} answers with a digest that is none: {}", registry, digest.substr(0, 80)),
                     {}};
    }

private:
    Result<HttpAnswer> send(const char* method) {
        return session_.send(method, "manifests/" + tag_, {detail::accepted_manifests});
    }

    // Few registries leave the header out: then the manifest itself tells it.
    Result<std::string> digest_of_manifest() {
        GUP_TRY(const HttpAnswer answer, send("GET"));
        if (answer.head.status != 200) return refusal(answer.head);
        GUP_TRY(const std::string manifest, answer.body->read_all(longest_manifest));
        const auto& budget = access_.network.budget;
        if (budget) GUP_CHECK(budget->spend(manifest.size(), DataBudget::Kind::question));
        return "sha256:" + sha256_of(manifest);
    }

    [[nodiscard]] Error refusal(const HttpHead& head) const {
        return session_.refusal(head, fmt::format("{}:{}", session_.place().repository, tag_));
    }

    detail::RegistrySession session_;
    const std::string& tag_;
    const RegistryAccess& access_;
};

// The images of one registry, one after the other. After a failure of the network, or when a server has had enough, it is
// not asked for the rest.
class RegistryRound {
public:
    RegistryRound(const RegistryAccess& access, const detail::RegistriesConf& conf) : access_(access), conf_(conf) {}

    Result<std::string> ask(const ImageReference& image) {
        if (!image.digest.empty()) return image.digest;
        const auto known = known_.find(image.text());
        if (known != known_.end()) return known->second;
        auto digest = ask_with_retries(image);
        if (!digest.ok()) digest = digest.error().with_context("cannot find out the digest of " + image.text());
        known_.emplace(image.text(), digest);
        return digest;
    }

private:
    Result<std::string> ask_with_retries(const ImageReference& image) {
        GUP_TRY(const auto places, conf_.places_of(image));
        std::string digest;
        const Status asked = with_retries(access_.network.retry, [&]() -> Status {
            GUP_TRY(digest, ask_places(places, image.tag));
            return {};
        });
        if (asked.ok()) return digest;
        note_failure(places.back(), asked.error());
        return asked.error();
    }

    void note_failure(const detail::RegistryPlace& place, Error error) {
        if (!is_out_of_order(error)) return;
        error.retry_after = never_again;
        failures_.try_emplace(place.registry, std::move(error));
    }

    // The first place that answers. The registry's own error is told: mirrors may lack an image.
    Result<std::string> ask_places(const std::vector<detail::RegistryPlace>& places, const std::string& tag) {
        for (const detail::RegistryPlace& place : places) {
            const bool is_last = &place == &places.back();
            const auto failed = failures_.find(place.registry);
            if (failed != failures_.end() && is_last) return failed->second;
            if (failed != failures_.end()) continue;
            auto digest = ManifestQuestion(place, tag, access_).ask();
            if (digest.ok() || is_last || digest.error().code == ErrorCode::cancelled) return digest;
            log::debug({}, fmt::format("the mirror {} does not help: {}", place.registry, digest.error().message));
            note_failure(place, digest.error());
        }
        return Error{ErrorCode::not_found, "no registry has it", {}};
    }

    const RegistryAccess& access_;
    const detail::RegistriesConf& conf_;
    std::map<std::string, Error> failures_;             // by registry or mirror, which are not asked again
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
    groups.reserve(by_registry.size());
    for (auto& [registry, indices] : by_registry) groups.push_back(std::move(indices));
    parallel_for(groups.size(), std::min(registries_at_once, groups.size()), [&](std::size_t group) {
        RegistryRound round(access, *conf);
        for (const std::size_t index : groups[group]) digests[index] = round.ask(images[index]);
    });
    return digests;
}

}  // namespace gup

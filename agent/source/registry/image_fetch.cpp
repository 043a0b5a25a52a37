// SPDX-License-Identifier: Apache-2.0
#include "source/registry/image_fetch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/image/image_reference.hpp"
#include "source/registry/registries_conf.hpp"
#include "util/crypto/digest.hpp"
#include "util/http/patient_download.hpp"
#include "util/log/log.hpp"
#include "util/sys/directory.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

constexpr std::uint64_t longest_image_text = 4U << 20U;
constexpr std::uint64_t longest_layer = std::uint64_t{2} << 30U;  // of a file of a worker
constexpr const char* blobs_name = "blobs/sha256";
constexpr std::string_view blobs_kind = "blobs";  // of a registry's paths: the other is "manifests"
// Compressed layers of images become so many times longer.
constexpr std::uint64_t unpacked_layer = 3;

// Nothing that another server would do better.
bool is_final(const Error& error) {
    return error.code == ErrorCode::cancelled || error.code == ErrorCode::no_space || error.code == ErrorCode::busy;
}

}  // namespace

fs::path ImageFetch::file_of(const ImagePart& part) const {
    return wish_.folder / blobs_name / digits_of_digest(part.digest);
}

bool ImageFetch::is_complete(const ImagePart& part) const {
    const fs::path file = file_of(part);
    const auto info = file_info(file, Follow::no);
    if (!info.ok() || !*info || (part.size != 0 && (*info)->size != part.size)) return false;
    return "sha256:" + sha256_of_file(file).value_or("") == part.digest;
}

Status ImageFetch::begin() {
    GUP_TRY(const auto conf, detail::read_registries_conf(access_));
    GUP_TRY(auto places, conf.places_of(wish_.image));
    for (detail::RegistryPlace& place : places) sessions_.emplace_back(std::move(place), access_);
    GUP_CHECK(make_folders(wish_.folder / blobs_name));
    top_ = {{}, wish_.image.digest, 0};
    if (!top_.digest.starts_with("sha256:")) {
        return Error{ErrorCode::unsupported, "the image's digest is not a SHA-256", {}};
    }
    GUP_TRY(ImageManifest manifest, bring_manifest(top_));
    if (manifest.is_index) {
        GUP_TRY(ImagePart chosen, choose_manifest(manifest, wish_.platform));
        GUP_TRY(manifest, bring_manifest(chosen));
        if (manifest.is_index) return Error{ErrorCode::unsupported, "the image has an index in an index", {}};
    }
    if (manifest.config.size > longest_image_text)
        return Error{ErrorCode::unsupported, "its configuration is long", {}};
    GUP_CHECK(bring(manifest.config, blobs_kind));
    GUP_TRY(const std::string config, read_file(file_of(manifest.config), longest_image_text));
    const auto ids = layer_ids_in(config);
    std::set<std::string> known;
    for (std::size_t i = 0; i < manifest.layers.size(); ++i) {
        const ImagePart& layer = manifest.layers[i];
        if (layer.size > longest_layer) return Error{ErrorCode::unsupported, "it has a layer of more than 2 GiB", {}};
        if (!known.insert(layer.digest).second) continue;
        layers_.push_back(layer);
        const bool has_ids = ids.size() == manifest.layers.size();
        if (has_ids && wish_.layers.contains(ids[i])) in_storage_.insert(layer.digest);
    }
    return {};
}

Result<ImageManifest> ImageFetch::bring_manifest(ImagePart& part) {
    GUP_CHECK(bring(part, "manifests"));
    GUP_TRY(const std::string text, read_file(file_of(part), longest_image_text));
    GUP_TRY(ImageManifest manifest, parse_image_manifest(text));
    part.type = manifest.type;
    part.size = text.size();
    return manifest;
}

std::uint64_t ImageFetch::missing() const {
    std::uint64_t bytes = 0;
    for (const ImagePart& layer : layers_) {
        if (in_storage_.contains(layer.digest)) continue;
        const auto info = file_info(file_of(layer), Follow::no);
        const std::uint64_t have = info.ok() && *info ? (*info)->size : 0;
        bytes += layer.size - std::min(have, layer.size);
    }
    return bytes;
}

std::uint64_t ImageFetch::unpacked() const {
    std::uint64_t bytes = 0;
    for (const ImagePart& layer : layers_) {
        const bool is_packed = contains(layer.type, "gzip") || contains(layer.type, "zstd");
        if (!in_storage_.contains(layer.digest)) bytes += layer.size * (is_packed ? unpacked_layer : 1);
    }
    return bytes;
}

Status ImageFetch::fetch(Layers layers) {
    for (const ImagePart& layer : layers_) {
        if (layers == Layers::missing && in_storage_.contains(layer.digest)) continue;
        GUP_CHECK(bring(layer, blobs_kind));
        received_ += layer.size;
    }
    return write_index();
}

// The registry's own error is told: mirrors may lack a part.
Status ImageFetch::bring(const ImagePart& part, std::string_view kind) {
    if (is_complete(part)) return {};
    for (detail::RegistrySession& session : sessions_) {
        const bool is_last = &session == &sessions_.back();
        Status brought = bring_from(session, part, kind, is_last ? access_.network.retry : RetryPolicy{0, {}, {}});
        if (brought.ok() || is_last || is_final(brought.error())) return brought;
        log::debug({},
                   fmt::format("the mirror {} does not help: {}", session.place().registry, brought.error().message));
    }
    return Error{ErrorCode::not_found, "no registry has it", {}};
}

Status ImageFetch::bring_from(detail::RegistrySession& session, const ImagePart& part, std::string_view kind,
                              const RetryPolicy& retries) {
    const std::string shown = fmt::format("{} of {}", part.digest, session.place().repository);
    NetworkAccess network = access_.network;
    network.retry = retries;
    DownloadRequest request;
    request.url = fmt::format("{}/{}", session.place().registry, shown);
    request.part = file_of(part);
    request.identity = part.digest;
    request.is_content_named = true;
    request.size = part.size;
    request.limit = longest_image_text;  // of a manifest, whose size nobody told
    request.ask = [&](std::vector<std::string> headers) -> Result<HttpAnswer> {
        headers.emplace_back(detail::accepted_manifests);
        GUP_TRY(HttpAnswer answer, session.send("GET", fmt::format("{}/{}", kind, part.digest), headers));
        const int status = answer.head.status;
        if (status == 200 || status == 206 || status == 416) return answer;
        Error error = session.refusal(answer.head, shown);
        const bool is_lost = kind == blobs_kind && error.code == ErrorCode::not_found;
        if (is_lost) error.hint = "the registry has lost a part of the image: push the image again";
        return error;
    };
    request.progress = [&](std::uint64_t bytes) {
        if (wish_.progress) wish_.progress(received_ + bytes);
    };
    for (;;) {
        GUP_TRY(const Download done, download_patiently(network, request));
        GUP_TRY(const std::string found, sha256_of_file(request.part));
        if ("sha256:" + found == part.digest) return {};
        forget_download(request.part);
        // After a power cut, what was here may be damaged.
        if (done.resumed > 0) continue;
        return Error{
            ErrorCode::protocol,
            fmt::format("{} sent something else for {}: its SHA-256 is {}", session.place().registry, shown, found),
            "the registry is damaged, or something changes the image on its way"};
    }
}

Status ImageFetch::write_index() const {
    GUP_CHECK(write_file_atomically(wish_.folder / "oci-layout", R"({"imageLayoutVersion":"1.0.0"})"));
    const std::string entry =
        fmt::format(R"({{"mediaType":"{}","digest":"{}","size":{}}})", top_.type, top_.digest, top_.size);
    return write_file_atomically(wish_.folder / "index.json",
                                 fmt::format(R"({{"schemaVersion":2,"manifests":[{}]}})", entry));
}

}  // namespace gup

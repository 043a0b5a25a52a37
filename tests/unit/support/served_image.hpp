// SPDX-License-Identifier: Apache-2.0
// An image that a test's registry serves, and a gateway that fetches it.
#pragma once

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <vector>

#include "fixture.hpp"
#include "registry_server.hpp"
#include "source/registry/image_fetch.hpp"
#include "util/crypto/digest.hpp"
#include "util/http/busy_servers.hpp"

namespace gup::test {

inline std::string named(std::string_view content) {
    return "sha256:" + sha256_of(content);
}

inline std::string content_of(std::size_t size, char seed) {
    std::string text;
    for (std::size_t i = 0; i < size; ++i)
        text += static_cast<char>('a' + (i * 7 + i / 26 + static_cast<std::size_t>(seed)) % 26);
    return text;
}

inline std::string text_of(const fs::path& file) {
    return read_file(file).value_or("");
}

// An image with two layers behind an index, as files of a registry.
struct ServedImage {
    std::string small = content_of(1'000, 'x');
    std::string large = content_of(300'000, 'y');
    std::string config = R"({"rootfs": {"diff_ids": ["id-small", "id-large"]}})";
    std::string manifest = fmt::format(R"({{"schemaVersion": 2, "config": {}, "layers": [{}, {}]}})", part(config),
                                       part(small), part(large));
    std::string index = fmt::format(
        R"({{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": )"
        R"([{{"digest": "{}", "size": {}, "platform": {{"os": "linux", "architecture": "arm64", "variant": "v8"}}}}]}})",
        named(manifest), manifest.size());

    static std::string part(const std::string& content) {
        return fmt::format(
            R"({{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": "{}", "size": {}}})",
            named(content), content.size());
    }
    // A server that knows ranges.
    [[nodiscard]] RegistryReply answer(const RegistryCall& call) const {
        const std::string wanted = call.path.substr(call.path.rfind('/') + 1);
        for (const std::string& one : {small, large, config, manifest, index}) {
            if (named(one) != wanted) continue;
            const std::string range = call.header("range");
            if (range.empty()) return {200, {}, one};
            const std::size_t from = std::stoul(range.substr(6));
            if (from >= one.size()) return {416, {fmt::format("Content-Range: bytes */{}", one.size())}, {}};
            return {206,
                    {fmt::format("Content-Range: bytes {}-{}/{}", from, one.size() - 1, one.size())},
                    one.substr(from)};
        }
        return {404, {}, {}};
    }
    [[nodiscard]] bool is_large(const RegistryCall& call) const { return call.path.ends_with(named(large)); }
};

struct FetchSite {
    Folder folder;
    RegistryAccess access;
    ImageWish wish;

    FetchSite(const RegistryServer& registry, const ServedImage& image, const std::string& conf = {}) {
        forget_registry_tokens();
        forget_busy_servers();
        access.home = folder / "home";
        access.system = folder / "etc";
        access.runtime = folder / "runtime";
        access.network.http = HttpPool::make({}).value();
        access.network.retry = {0, Milliseconds{1}, Milliseconds{2}};
        wish.image = parse_image_reference(fmt::format("{}/web@{}", registry.name(), named(image.index))).value();
        wish.platform = "linux/arm64/v8";
        wish.folder = folder / "layout";
        put(access.system / "registries.conf",
            fmt::format("[[registry]]\nlocation = \"{}\"\ninsecure = true\n{}", registry.name(), conf));
    }
    Status fetch(ImageFetch::Layers layers = ImageFetch::Layers::missing) const {
        ImageFetch fetch(wish, access);
        GUP_CHECK(fetch.begin());
        return fetch.fetch(layers);
    }
    [[nodiscard]] fs::path file(const std::string& content) const {
        return wish.folder / "blobs/sha256" / sha256_of(content);
    }
    [[nodiscard]] bool has(const std::string& content) const { return text_of(file(content)) == content; }
    [[nodiscard]] bool is_whole(const ServedImage& image) const {
        for (const std::string& one : {image.small, image.large, image.config, image.manifest, image.index}) {
            if (!has(one)) return false;
        }
        return holds(text_of(wish.folder / "index.json"), named(image.index)) && is_file(wish.folder / "oci-layout");
    }
};

inline std::vector<std::string> ranges_of(const RegistryServer& registry, const std::string& content) {
    std::vector<std::string> ranges;
    for (const RegistryCall& call : registry.calls()) {
        if (call.path.ends_with(named(content))) ranges.push_back(call.header("range"));
    }
    return ranges;
}

}  // namespace gup::test

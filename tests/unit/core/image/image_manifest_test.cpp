// SPDX-License-Identifier: Apache-2.0
#include "core/image/image_manifest.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "fixture.hpp"

using namespace gup;

namespace {

std::string digest_of(char c) {
    return "sha256:" + std::string(64, c);
}

std::string part_json(char digest, const std::string& more = {}, const std::string& type = "application/x") {
    return fmt::format(R"({{"mediaType": "{}", "digest": "{}", "size": 10{}}})", type, digest_of(digest), more);
}

std::string manifest_json(const std::string& layers, const std::string& more = {}) {
    return fmt::format(R"({{"schemaVersion": 2, {}"config": {}, "layers": [{}]}})", more, part_json('c'), layers);
}

std::string choice_json(char digest, const std::string& os, const std::string& machine, const std::string& variant) {
    return part_json(digest, fmt::format(R"(, "platform": {{"os": "{}", "architecture": "{}", "variant": "{}"}})", os,
                                         machine, variant));
}

ImageManifest index_of(const std::string& choices) {
    return parse_image_manifest(
               fmt::format(R"({{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", )"
                           R"("manifests": [{}]}})",
                           choices))
        .value();
}

}  // namespace

TEST_CASE("parse_image_manifest: configuration and layers, of OCI and of Docker") {
    for (const char* type : {"", R"("mediaType": "application/vnd.oci.image.manifest.v1+json", )",
                             R"("mediaType": "application/vnd.docker.distribution.manifest.v2+json", )"}) {
        const auto manifest = parse_image_manifest(manifest_json(part_json('a') + "," + part_json('b'), type));
        REQUIRE(manifest.ok());
        CHECK_FALSE(manifest->is_index);
        CHECK(manifest->config.digest == digest_of('c'));
        REQUIRE(manifest->layers.size() == 2);
        CHECK(manifest->layers[1].digest == digest_of('b'));
        CHECK(manifest->layers[1].size == 10);
        CHECK(manifest->type.starts_with("application/vnd."));
    }
}

TEST_CASE("parse_image_manifest: what only podman can bring is unsupported, what is wrong is a protocol error") {
    const std::string layer = part_json('a');
    const std::pair<std::string, ErrorCode> rows[] = {
        {R"({"schemaVersion": 1, "fsLayers": []})", ErrorCode::unsupported},
        {manifest_json(layer, R"("mediaType": "application/vnd.cncf.artifact", )"), ErrorCode::unsupported},
        {manifest_json(part_json('a', R"(, "urls": ["https://x/"])")), ErrorCode::unsupported},
        {manifest_json(part_json('a', {}, "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip")),
         ErrorCode::unsupported},
        {manifest_json(part_json('a', {}, "application/vnd.oci.image.layer.nondistributable.v1.tar")),
         ErrorCode::unsupported},
        {manifest_json(part_json('a', {}, "application/vnd.oci.image.layer.v1.tar+gzip+encrypted")),
         ErrorCode::unsupported},
        {manifest_json(fmt::format(R"({{"digest": "sha512:{}", "size": 1}})", std::string(128, 'a'))),
         ErrorCode::unsupported},
        {manifest_json(R"({"digest": "sha256:../../etc/passwd", "size": 1})"), ErrorCode::protocol},
        {manifest_json(fmt::format(R"({{"digest": "{}"}})", digest_of('a'))), ErrorCode::protocol},
        {manifest_json(fmt::format(R"({{"digest": "{}", "size": -1}})", digest_of('a'))), ErrorCode::protocol},
        {manifest_json(fmt::format(R"({{"digest": "{}", "size": 9223372036854775807}})", digest_of('a'))),
         ErrorCode::protocol},
        {manifest_json("7"), ErrorCode::protocol},
        {R"({"schemaVersion": 2, "layers": []})", ErrorCode::protocol},
        {"<html>", ErrorCode::protocol},
        {"", ErrorCode::protocol},
        {"[]", ErrorCode::unsupported},
    };
    for (const auto& [text, code] : rows) {
        CAPTURE(text);
        CHECK(test::code_of(parse_image_manifest(text)) == code);
    }
}

TEST_CASE("choose_manifest: as podman chooses for this machine") {
    const ImageManifest index =
        index_of(choice_json('1', "linux", "amd64", "") + "," + choice_json('2', "linux", "arm", "v6") + "," +
                 choice_json('3', "linux", "arm", "v7") + "," + choice_json('4', "linux", "arm64", "v8") + "," +
                 choice_json('5', "unknown", "unknown", "") + "," + choice_json('6', "windows", "riscv64", ""));
    const std::pair<const char*, char> rows[] = {
        {"linux/amd64/", '1'}, {"linux/arm/v6", '2'},   {"linux/arm/v7", '3'}, {"linux/arm/v8", '3'},
        {"linux/arm/v5", 0},   {"linux/arm64/v8", '4'}, {"linux/arm64/", 0},   {"linux/riscv64/", 0},
    };
    for (const auto& [platform, digest] : rows) {
        CAPTURE(platform);
        const auto chosen = choose_manifest(index, platform);
        if (digest == 0) {
            CHECK(test::code_of(chosen) == ErrorCode::not_found);
        } else {
            CHECK(chosen->digest == digest_of(digest));
        }
    }
    const ImageManifest without =
        index_of(choice_json('1', "linux", "arm64", "") + "," + choice_json('2', "linux", "arm", ""));
    CHECK(choose_manifest(without, "linux/arm64/v8")->digest == digest_of('1'));
    CHECK(choose_manifest(without, "linux/arm/v7")->digest == digest_of('2'));
    const ImageManifest twice =
        index_of(choice_json('1', "linux", "amd64", "") + "," + choice_json('2', "linux", "amd64", ""));
    CHECK(test::code_of(choose_manifest(twice, "linux/amd64/")) == ErrorCode::unsupported);
}

TEST_CASE("layer_ids_in: the ids of a configuration; none in what is no configuration") {
    CHECK(layer_ids_in(R"({"rootfs": {"type": "layers", "diff_ids": ["sha256:a", "sha256:b"]}})").size() == 2);
    CHECK(layer_ids_in("{}").empty());
    CHECK(layer_ids_in("?").empty());
    CHECK(layer_ids_in(R"({"rootfs": 7})").empty());
}

// SPDX-License-Identifier: Apache-2.0
#include "core/image/image_reference.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "fixture.hpp"

using namespace gup;

namespace {

const std::string image_digits(64, 'a');
const std::string image_sha256 = "sha256:" + image_digits;

}  // namespace

TEST_CASE("parse_image_reference: registry, name, tag and digest") {
    struct Row {
        std::string text;
        ImageReference parsed;
    };
    const std::vector<Row> rows{
        {"nginx", {"docker.io", "library/nginx", "latest", ""}},
        {"nginx:1.27-alpine", {"docker.io", "library/nginx", "1.27-alpine", ""}},
        {"grafana/grafana:11.1.0", {"docker.io", "grafana/grafana", "11.1.0", ""}},
        {"docker.io/nginx", {"docker.io", "library/nginx", "latest", ""}},
        {"index.docker.io/library/nginx:1", {"docker.io", "library/nginx", "1", ""}},
        {"registry-1.docker.io/a/b", {"docker.io", "a/b", "latest", ""}},
        {"ghcr.io/home-assistant/home-assistant:2024.6", {"ghcr.io", "home-assistant/home-assistant", "2024.6", ""}},
        {"GHCR.io/a/b:Tag", {"ghcr.io", "a/b", "Tag", ""}},
        {"quay.io/a", {"quay.io", "a", "latest", ""}},
        {"localhost/a", {"localhost", "a", "latest", ""}},
        {"localhost/gup/gw/db-redis:3", {"localhost", "gup/gw/db-redis", "3", ""}},
        {"localhost:5000/a:2", {"localhost:5000", "a", "2", ""}},
        {"127.0.0.1:5000/web:1", {"127.0.0.1:5000", "web", "1", ""}},
        {"[::1]:5000/web:1", {"[::1]:5000", "web", "1", ""}},
        {"[fd00::1]/web", {"[fd00::1]", "web", "latest", ""}},
        {"registry:5000/a", {"registry:5000", "a", "latest", ""}},
        {"a/b/c/d:x", {"docker.io", "a/b/c/d", "x", ""}},
        {"a__b/c--d/e.f_g:_x", {"docker.io", "a__b/c--d/e.f_g", "_x", ""}},
        {"nginx@" + image_sha256, {"docker.io", "library/nginx", "", image_sha256}},
        {"nginx:1@" + image_sha256, {"docker.io", "library/nginx", "1", image_sha256}},
        {"ghcr.io:443/a@sha512:" + image_digits + image_digits,
         {"ghcr.io:443", "a", "", "sha512:" + image_digits + image_digits}},
        {"sub-domain.example.org/a", {"sub-domain.example.org", "a", "latest", ""}},
        {"0/0:0", {"docker.io", "0/0", "0", ""}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        const auto parsed = parse_image_reference(row.text);
        REQUIRE(parsed.ok());
        CHECK(parsed->registry == row.parsed.registry);
        CHECK(parsed->repository == row.parsed.repository);
        CHECK(parsed->tag == row.parsed.tag);
        CHECK(parsed->digest == row.parsed.digest);
        // What it writes is read as the same.
        CHECK(parse_image_reference(parsed->text()).value_or({}) == *parsed);
    }
}

TEST_CASE("parse_image_reference: a wrong one is named with the reason and the way to write it") {
    struct Row {
        std::string text;
        std::string why;
        std::string hint;
    };
    const std::vector<Row> rows{
        {"", "it has no name", "NAME:TAG"},
        {":1", "it has no name", "NAME:TAG"},
        {"Nginx", "upper-case", "nginx in lower case"},
        {"MyOrg/app", "upper-case", "myorg/app"},
        {"docker://nginx:1", "it is a URL", "write nginx:1"},
        {"https://ghcr.io/a/b", "it is a URL", "write ghcr.io/a/b"},
        {"nginx:", "its tag is empty", "behind the colon"},
        {"nginx:a b", "a b is not a tag", "at most 128"},
        {"nginx:-a", "-a is not a tag", "at most 128"},
        {"nginx:${TAG}", "${TAG} is not a tag", "at most 128"},
        {"nginx:" + std::string(129, 'a'), "its tag is too long", "at most 128"},
        {"nginx:1:2", "1:2 is not a tag", "at most 128"},
        {"nginx@sha256:abc", "sha256:abc is not a digest", "64 hexadecimal digits"},
        {"nginx@SHA256:" + image_digits, "is not a digest", "sha256:"},
        {"nginx@sha256:" + std::string(64, 'A'), "is not a digest", "lower case"},
        {"nginx@md5:" + image_digits, "is not a digest", "sha256:"},
        {"nginx@", "is not a digest", "sha256:"},
        {"a//b", "\"\" is not a part", "a part has"},
        {"/a", "\"\" is not a part", "a part has"},
        {"a/", "\"\" is not a part", "a part has"},
        {"a_-b", "\"a_-b\" is not a part", "a part has"},
        {"a..b", "\"a..b\" is not a part", "a part has"},
        {"-a", "\"-a\" is not a part", "a part has"},
        {"a b", "\"a b\" is not a part", "a part has"},
        {"gh cr.io/a", "gh cr.io is not a registry", "HOST/NAME:TAG"},
        {"ghcr.io:x/a", "ghcr.io:x is not a registry", "HOST:PORT"},
        {"ghcr.io:/a", "ghcr.io: is not a registry", "HOST:PORT"},
        {"ghcr.io:123456/a", "is not a registry", "HOST:PORT"},
        {"../a", ".. is not a registry", "HOST/NAME"},
        {"evil@host.example/a", "is not a digest", "sha256:"},
        {image_digits, "it is an id", "the name of the image"},
        {std::string(300, 'a'), "its name is too long", ""},
        {"a\nb", "b\" is not a part", "a part has"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        const auto parsed = parse_image_reference(row.text);
        REQUIRE_FALSE(parsed.ok());
        CHECK(parsed.error().code == ErrorCode::invalid_input);
        CHECK(test::holds(parsed.error().message, row.why));
        CHECK(test::holds(parsed.error().hint, row.hint));
    }
}

TEST_CASE("ImageReference: its texts") {
    const ImageReference image{"docker.io", "library/nginx", "1", ""};
    CHECK(image.text() == "docker.io/library/nginx:1");
    CHECK(image.at(image_sha256) == "docker.io/library/nginx@" + image_sha256);
    CHECK(ImageReference{"a.b", "c", "", image_sha256}.text() == "a.b/c@" + image_sha256);
}

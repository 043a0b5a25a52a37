// SPDX-License-Identifier: Apache-2.0
#include "source/registry/image_policy.hpp"

#include <doctest/doctest.h>

#include <utility>

#include "fixture.hpp"

using namespace gup;

TEST_CASE("accepts_any_image: a policy that wants signatures leaves the pull to podman") {
    const std::string any = R"([{"type": "insecureAcceptAnything"}])";
    const std::pair<std::string, bool> rows[] = {
        {R"({"default": )" + any + "}", true},
        {R"({"default": )" + any + R"(, "transports": {"docker-daemon": {"": )" + any + "}}}", true},
        {R"({"default": [{"type": "reject"}]})", false},
        {R"({"default": )" + any + R"(, "transports": {"docker": {"r.io": [{"type": "signedBy", "keyPath": "/k"}]}}})",
         false},
        {R"({"default": )" + any + R"(, "transports": {"docker": {"r.io": [{"type": "sigstoreSigned"}]}}})", false},
        {R"({"default": [{"type": 7}]})", false},
        {"{}", false},
        {"", false},
        {R"({"default": [)", false},
    };
    for (const auto& [text, is_any] : rows) {
        CAPTURE(text);
        CHECK(detail::is_policy_for_any(text) == is_any);
    }
    const test::Folder folder;
    RegistryAccess access;
    access.home = folder / "home";
    access.system = folder / "etc";
    CHECK_FALSE(accepts_any_image(access));
    test::put(access.system / "policy.json", rows[0].first);
    CHECK(accepts_any_image(access));
    test::put(access.home / ".config/containers/policy.json", rows[2].first);
    CHECK_FALSE(accepts_any_image(access));
}

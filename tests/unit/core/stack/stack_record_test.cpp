// SPDX-License-Identifier: Apache-2.0
#include "core/stack/stack_record.hpp"

#include <doctest/doctest.h>

namespace gup {

TEST_CASE("stack record: what is written is read") {
    StackRecord record;
    record.key = "k";
    record.generation = "2026-11-30_02_00-main-e9b167f";
    record.is_rootless = true;
    record.units = {{"gw-web.service", "gw-web.container", "gw", "web", "redis:7", "sha256:aa", "localhost/gup/m/gw:aa",
                     "c", true, false},
                    {"gw-default-network.service", "gw-default.network", "gw", "", "", "", "", "c2", false, true}};
    record.stacks["gw"] = {{{"services/gw/compose.yaml", "d"}}, {{"TAG", "t"}}};
    record.images = {{"redis:7", "sha256:aa"}};
    record.networks = {{"gw-default.network", "gw_default-1", false, "n"}};
    record.volumes = {"gw_data"};
    record.secrets = {"gup-m-token-1"};
    record.powers = {"privileged"};
    record.claims = {{"port", "80/tcp", "::1", {"services/gw/compose.yaml", 3, 4}}};
    record.kept = {{"2026-11-29_02_00-main-0000000", "d"}};
    const auto again = parse_stack_record(format_stack_record(record));
    REQUIRE(again.ok());
    CHECK(*again == record);
    CHECK(*parse_stack_record(format_stack_record({})) == StackRecord{});
}

TEST_CASE("stack record: damage is an error, never a crash") {
    for (const char* text : {"", "{", "[]", "null", "{}", R"({"schema": 2})", R"({"schema": "1"})"}) {
        CAPTURE(text);
        const auto record = parse_stack_record(text);
        REQUIRE_FALSE(record.ok());
        CHECK(record.error().code == ErrorCode::corrupt);
    }
    for (const char* text : {R"({"schema": 1, "units": 5})", R"({"schema": 1, "stacks": [1, 2]})",
                             R"({"schema": 1, "units": [null, 3, {"name": 4}], "images": {"a": 1}})"}) {
        CAPTURE(text);
        CHECK(parse_stack_record(text).ok());
    }
}

}  // namespace gup

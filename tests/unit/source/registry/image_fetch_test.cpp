// SPDX-License-Identifier: Apache-2.0
#include "source/registry/image_fetch.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "served_image.hpp"
#include "util/sys/directory.hpp"

using namespace gup;
using namespace gup::test;

TEST_CASE("ImageFetch: index, manifest, configuration and layers become an OCI layout, each asked once") {
    const ServedImage image;
    RegistryServer registry([&](const RegistryCall& call) { return image.answer(call); });
    const FetchSite site(registry, image);
    REQUIRE(site.fetch().ok());
    CHECK(site.is_whole(image));
    CHECK(registry.log() == fmt::format("GET /v2/web/manifests/{}\nGET /v2/web/manifests/{}\nGET /v2/web/blobs/{}\n"
                                        "GET /v2/web/blobs/{}\nGET /v2/web/blobs/{}\n",
                                        named(image.index), named(image.manifest), named(image.config),
                                        named(image.small), named(image.large)));
    REQUIRE(site.fetch().ok());
    CHECK(registry.calls().size() == 5);  // all of it is here
}

TEST_CASE("ImageFetch: a layer that was cut goes on where it ended, also in another run") {
    const ServedImage image;
    bool is_cut = true;
    RegistryServer registry([&](const RegistryCall& call) {
        RegistryReply reply = image.answer(call);
        if (is_cut && image.is_large(call)) reply.cut = 200'000;
        return reply;
    });
    const FetchSite site(registry, image);
    CHECK(code_of(site.fetch()) == ErrorCode::unreachable);
    const std::size_t have = fs::file_size(site.file(image.large));
    CHECK(have > 0);
    CHECK(have <= 200'000);
    is_cut = false;
    REQUIRE(site.fetch().ok());
    CHECK(site.is_whole(image));
    CHECK(ranges_of(registry, image.large) == std::vector<std::string>{"", fmt::format("bytes={}-", have)});
}

TEST_CASE("ImageFetch: a server without ranges sends the layer again") {
    const ServedImage image;
    int asked = 0;
    RegistryServer registry([&](const RegistryCall& call) -> RegistryReply {
        if (!image.is_large(call)) return image.answer(call);
        RegistryReply reply{200, {}, image.large};
        if (++asked == 1) reply.cut = 100'000;
        return reply;
    });
    const FetchSite site(registry, image);
    CHECK(code_of(site.fetch()) == ErrorCode::unreachable);
    REQUIRE(site.fetch().ok());
    CHECK(site.is_whole(image));
}

TEST_CASE("ImageFetch: a range that does not fit the part is asked for again from the start") {
    const ServedImage image;
    for (const int status : {416, 206}) {
        CAPTURE(status);
        RegistryServer registry([&](const RegistryCall& call) -> RegistryReply {
            if (!image.is_large(call) || call.header("range").empty()) return image.answer(call);
            return {status, {"Content-Range: bytes 7-99/300000"}, "wrong"};
        });
        const FetchSite site(registry, image);
        put(site.file(image.large), image.large.substr(0, 500));
        put(site.file(image.large).native() + ".from", named(image.large) + "\n\n\n");
        REQUIRE(site.fetch().ok());
        CHECK(site.is_whole(image));
        CHECK(ranges_of(registry, image.large) == std::vector<std::string>{"bytes=500-", ""});
    }
}

TEST_CASE("ImageFetch: other bytes than the digest's are thrown away, whoever sent them") {
    const ServedImage image;
    std::string other = image.large;
    other.back() = '!';
    for (const std::string& sent : {image.small, image.large, image.config, image.manifest, image.index}) {
        std::string wrong = sent;
        wrong.back() = '!';
        bool is_wrong = true;
        RegistryServer registry([&](const RegistryCall& call) -> RegistryReply {
            if (is_wrong && call.path.ends_with(named(sent))) return {200, {}, wrong};
            return image.answer(call);
        });
        const FetchSite site(registry, image);
        const Status fetched = site.fetch();
        REQUIRE(code_of(fetched) == ErrorCode::protocol);
        CHECK(holds(fetched.error().message, "sent something else for " + named(sent)));
        CHECK_FALSE(is_there(site.file(sent)));
        CHECK_FALSE(is_there(site.wish.folder / "index.json"));
        is_wrong = false;
        REQUIRE(site.fetch().ok());
        CHECK(site.is_whole(image));
    }
}

TEST_CASE("ImageFetch: a wrong length is refused before it fills the disk") {
    const ServedImage image;
    for (const std::string& sent : {image.large + "more", image.large.substr(1), std::string()}) {
        RegistryServer registry([&](const RegistryCall& call) -> RegistryReply {
            return image.is_large(call) ? RegistryReply{200, {}, sent} : image.answer(call);
        });
        const FetchSite site(registry, image);
        CHECK(code_of(site.fetch()) == ErrorCode::protocol);
        CHECK_FALSE(is_there(site.file(image.large)));
    }
}

TEST_CASE("ImageFetch: a part that is damaged here is fetched again") {
    const ServedImage image;
    RegistryServer registry([&](const RegistryCall& call) { return image.answer(call); });
    for (const std::size_t size : {image.large.size(), std::size_t{1'000}}) {
        const FetchSite site(registry, image);
        std::string changed = image.large.substr(0, size);
        changed[7] = '!';
        put(site.file(image.large), changed);
        put(site.file(image.large).native() + ".from", named(image.large) + "\n\n\n");
        REQUIRE(site.fetch().ok());
        CHECK(site.is_whole(image));
        CHECK(ranges_of(registry, image.large).back().empty());
    }
}

TEST_CASE("ImageFetch: a redirect to another server carries no login, and gets the rest there") {
    const ServedImage image;
    bool is_cut = true;
    RegistryServer store([&](const RegistryCall& call) {
        RegistryReply reply = image.answer(call);
        if (is_cut && image.is_large(call)) reply.cut = 100'000;
        return reply;
    });
    RegistryServer registry([&](const RegistryCall& call) -> RegistryReply {
        if (call.header("authorization") != "Basic cGk6czNjcmV0")
            return {401, {"WWW-Authenticate: Basic realm=\"x\""}, {}};
        if (!holds(call.path, "/blobs/")) return image.answer(call);
        return {307, {"Location: " + store.url(call.path.substr(1))}, {}};
    });
    const FetchSite site(registry, image);
    put(site.access.home / ".config/containers/auth.json",
        fmt::format(R"({{"auths": {{"{}": {{"username": "pi", "password": "s3cret"}}}}}})", registry.name()));
    CHECK(code_of(site.fetch()) == ErrorCode::unreachable);
    is_cut = false;
    REQUIRE(site.fetch().ok());
    CHECK(site.is_whole(image));
    for (const RegistryCall& call : store.calls()) CHECK(call.header("authorization").empty());
    CHECK(ranges_of(store, image.large).back().starts_with("bytes="));
}

TEST_CASE("ImageFetch: another server cannot ask for the login") {
    const ServedImage image;
    RegistryServer thief([&](const RegistryCall& call) -> RegistryReply {
        if (call.path.starts_with("/token")) return {200, {}, R"({"token": "x"})"};
        return {401, {fmt::format("WWW-Authenticate: Bearer realm=\"http://{}/token\"", call.header("host"))}, {}};
    });
    RegistryServer registry([&](const RegistryCall& call) -> RegistryReply {
        if (!holds(call.path, "/blobs/")) return image.answer(call);
        return {307, {"Location: " + thief.url("x")}, {}};
    });
    const FetchSite site(registry, image);
    put(site.access.home / ".config/containers/auth.json",
        fmt::format(R"({{"auths": {{"{}": {{"username": "pi", "password": "s3cret"}}}}}})", registry.name()));
    CHECK_FALSE(site.fetch().ok());
    CHECK(thief.log() == "GET /x\n");
}

TEST_CASE("ImageFetch: a token that ends in the middle is replaced") {
    const ServedImage image;
    int tokens = 0;
    std::string realm;
    RegistryServer registry([&](const RegistryCall& call) -> RegistryReply {
        if (call.path.starts_with("/token")) return {200, {}, fmt::format(R"({{"token": "number{}"}})", ++tokens)};
        const std::string wanted = image.is_large(call) ? "Bearer number2" : "Bearer number1";
        if (call.header("authorization") == wanted) return image.answer(call);
        return {401, {fmt::format("WWW-Authenticate: Bearer realm=\"{}\",service=\"s\"", realm)}, {}};
    });
    realm = registry.url("token");
    const FetchSite site(registry, image);
    REQUIRE(site.fetch().ok());
    CHECK(site.is_whole(image));
    CHECK(tokens == 2);
}

TEST_CASE("ImageFetch: a mirror that ends in the middle is followed by the registry, which sends the rest") {
    const ServedImage image;
    RegistryServer mirror([&](const RegistryCall& call) {
        RegistryReply reply = image.answer(call);
        if (image.is_large(call)) reply.cut = 100'000;
        if (call.path.ends_with(named(image.small))) return RegistryReply{404, {}, {}};
        return reply;
    });
    RegistryServer registry([&](const RegistryCall& call) { return image.answer(call); });
    const FetchSite site(
        registry, image,
        fmt::format("[[registry.mirror]]\nlocation = \"{}/cache\"\ninsecure = true\n"
                    "pull-from-mirror = \"digest-only\"\n[[registry.mirror]]\nlocation = \"127.0.0.1:1\"\n"
                    "pull-from-mirror = \"tag-only\"\n",
                    mirror.name()));
    REQUIRE(site.fetch().ok());
    CHECK(site.is_whole(image));
    CHECK(registry.calls().size() == 2);
    CHECK(ranges_of(registry, image.large).front().starts_with("bytes="));
}

TEST_CASE("ImageFetch: what the registry refuses") {
    const ServedImage image;
    struct Row {
        RegistryReply reply;
        ErrorCode code;
        const char* message;
    };
    const Row rows[] = {
        {{404, {}, {}}, ErrorCode::not_found, "has no sha256:"},
        {{403, {}, {}}, ErrorCode::authentication, "private"},
        {{429, {}, {}}, ErrorCode::server, "too many requests"},
        {{503, {}, {}}, ErrorCode::server, "503"},
        {{200, {"Content-Type: text/html"}, "<html>"}, ErrorCode::protocol, "web page"},
        {{304, {}, {}}, ErrorCode::protocol, "304"},
    };
    for (const Row& row : rows) {
        for (const std::string& of : {image.index, image.large}) {
            RegistryServer registry([&](const RegistryCall& call) {
                return call.path.ends_with(named(of)) ? row.reply : image.answer(call);
            });
            const FetchSite site(registry, image);
            const Status fetched = site.fetch();
            CAPTURE(row.message);
            REQUIRE_FALSE(fetched.ok());
            CAPTURE(fetched.error().message);
            CHECK(fetched.error().code == row.code);
            CHECK(holds(fetched.error().message, row.message));
            const bool is_lost = row.code == ErrorCode::not_found && of == image.large;
            CHECK(holds(fetched.error().hint, "push the image again") == is_lost);
        }
    }
}

TEST_CASE("ImageFetch: layers of the storage are left out, unless all are wanted") {
    const ServedImage image;
    RegistryServer registry([&](const RegistryCall& call) { return image.answer(call); });
    FetchSite site(registry, image);
    site.wish.layers = {"id-large", "id-other"};
    ImageFetch fetch(site.wish, site.access);
    REQUIRE(fetch.begin().ok());
    CHECK(fetch.leaves_out());
    CHECK(fetch.missing() == image.small.size());
    CHECK(fetch.unpacked() == 3 * image.small.size());
    REQUIRE(fetch.fetch(ImageFetch::Layers::missing).ok());
    CHECK(site.has(image.small));
    CHECK_FALSE(is_there(site.file(image.large)));
    REQUIRE(fetch.fetch(ImageFetch::Layers::all).ok());
    CHECK(site.is_whole(image));
}

TEST_CASE("ImageFetch: an image for another platform is not fetched") {
    const ServedImage image;
    RegistryServer registry([&](const RegistryCall& call) { return image.answer(call); });
    FetchSite site(registry, image);
    site.wish.platform = "linux/amd64/";
    CHECK(code_of(site.fetch()) == ErrorCode::not_found);
    CHECK(registry.calls().size() == 1);
}

TEST_CASE("ImageFetch: the data budget counts what is received, and ends a download that another day goes on with") {
    const ServedImage image;
    RegistryServer registry([&](const RegistryCall& call) { return image.answer(call); });
    FetchSite site(registry, image);
    DataLimits limits;
    limits.per_day = 100'000;
    const fs::path file = site.folder / "data";
    site.access.network.budget = std::make_shared<DataBudget>(limits, file, DataBudget::Keep::yes);
    const Status ended = site.fetch();
    REQUIRE_FALSE(ended.ok());
    CHECK(DataBudget::is_refusal(ended.error()));
    const std::size_t have = fs::file_size(site.file(image.large));
    CHECK(have > 0);
    CHECK(holds(text_of(file), fmt::format(" {}\n", site.access.network.budget->used())));
    limits.per_day = 1'000'000;
    site.access.network.budget = std::make_shared<DataBudget>(limits, file, DataBudget::Keep::yes);
    REQUIRE(site.fetch().ok());
    CHECK(site.is_whole(image));
    CHECK(ranges_of(registry, image.large).back() == fmt::format("bytes={}-", have));
}

TEST_CASE("ImageFetch: a layer's size is known, so the limit of one run is not for it; the rate is") {
    const ServedImage image;
    RegistryServer registry([&](const RegistryCall& call) { return image.answer(call); });
    FetchSite site(registry, image);
    DataLimits limits;
    limits.per_run = 10'000;
    limits.rate = 1'000'000'000;
    site.access.network.budget = std::make_shared<DataBudget>(limits, site.folder / "data", DataBudget::Keep::no);
    REQUIRE(site.fetch().ok());
    CHECK(site.is_whole(image));
    limits.per_run = 100;  // less than the index, whose size nobody told
    site.access.network.budget = std::make_shared<DataBudget>(limits, site.folder / "data", DataBudget::Keep::no);
    REQUIRE(remove_tree(site.wish.folder).ok());
    const Status refused = site.fetch();
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().cause == Cause::limit);
}

TEST_CASE("ImageFetch: the disk reserve stays free") {
    const ServedImage image;
    RegistryServer registry([&](const RegistryCall& call) { return image.answer(call); });
    FetchSite site(registry, image);
    site.access.network.disk_reserve = std::uint64_t{1} << 60U;
    CHECK(code_of(site.fetch()) == ErrorCode::no_space);
    CHECK(registry.calls().empty());
}

// SPDX-License-Identifier: Apache-2.0
#include "deploy/stacks/image_download.hpp"

#include <unistd.h>

#include "podman_fixture.hpp"
#include "served_image.hpp"

using namespace gup;
using namespace gup::test;

namespace {

// A connector of this process's user, whose podman answers as the test says.
struct DownloadSite {
    const ServedImage image;
    RegistryServer registry;
    FakePodman fake;
    FetchSite gateway{registry, image};
    UpdateSettings settings;
    Owner owner;
    StackSite stacks;
    StackUnit unit;

    explicit DownloadSite(RegistryServer::Handler handler = {})
        : registry(handler ? std::move(handler) : [this](const RegistryCall& call) { return image.answer(call); }) {
        settings.network = gateway.access.network;
        owner = {::geteuid(), ::getegid(), "me", gateway.access.home};
        stacks.folder.connector = "gw";
        stacks.folder.user = owner;
        stacks.podman = fake.podman();
        unit.image = registry.name() + "/web:1";
        unit.digest = named(image.index);
        unit.local = "localhost/gup/gw/web:0123";
        put(gateway.access.home / ".config/containers/policy.json",
            R"({"default": [{"type": "insecureAcceptAnything"}]})");
        put(gateway.access.home / ".config/containers/registries.conf",
            fmt::format("[[registry]]\nlocation = \"{}\"\ninsecure = true\n", registry.name()));
        fake.answers("info", "echo 'linux/arm64/v8 /nowhere'");
        fake.answers("images", "echo 'r/x:1 sha256:aa sha256:d1'");
        fake.answers("image-inspect", R"(case $* in *RootFS*) echo id-small; exit 0;; esac; echo '{"id":"bb"}')");
        fake.answers("pull", "echo bb");
    }
    [[nodiscard]] fs::path downloads() const { return gateway.folder / "downloads"; }
    [[nodiscard]] fs::path layer() const {
        return downloads() / unit.digest.substr(7) / "blobs/sha256" / sha256_of(image.large);
    }
    [[nodiscard]] Result<bool> bring() const {
        return download_image(unit, {stacks, owner, downloads()}, settings, {});
    }
};

}  // namespace

TEST_CASE("download_image: what the storage lacks is fetched and imported, and nothing is left") {
    const DownloadSite site;
    const auto brought = site.bring();
    REQUIRE(brought.ok());
    CHECK(*brought);
    CHECK(ranges_of(site.registry, site.image.large).size() == 1);
    CHECK(ranges_of(site.registry, site.image.small).empty());
    CHECK(holds(site.fake.calls(), "pull --quiet oci:" + (site.downloads() / site.unit.digest.substr(7)).native()));
    CHECK_FALSE(is_there(site.downloads()));
}

TEST_CASE("download_image: a layer that the storage lacks after all is fetched, and the import is tried again") {
    const DownloadSite site;
    site.fake.answers(
        "pull",
        "[ -e $here/again ] && { echo bb; exit 0; }; touch $here/again; echo 'Error: no such file' >&2; exit 125");
    const auto brought = site.bring();
    REQUIRE(brought.ok());
    CHECK(*brought);
    CHECK(ranges_of(site.registry, site.image.small).size() == 1);
    CHECK(ranges_of(site.registry, site.image.large).size() == 1);
}

TEST_CASE("download_image: what podman does not import, podman pulls; nothing is left") {
    const DownloadSite site;
    site.fake.answers("pull", "echo 'Error: unknown transport oci' >&2; exit 125");
    const auto brought = site.bring();
    REQUIRE(brought.ok());
    CHECK_FALSE(*brought);
    CHECK_FALSE(is_there(site.layer()));
}

TEST_CASE("download_image: a full disk is no reason to pull it all again") {
    const DownloadSite site;
    site.fake.answers("pull", "echo 'Error: write: no space left on device' >&2; exit 125");
    CHECK(code_of(site.bring()) == ErrorCode::no_space);
    CHECK(is_there(site.layer()));
    DownloadSite full;
    full.settings.disk_reserve = std::uint64_t{1} << 60U;
    CHECK(code_of(full.bring()) == ErrorCode::no_space);
    CHECK(ranges_of(full.registry, full.image.large).empty());
}

TEST_CASE("download_image: what only podman knows is left to it before the first layer") {
    const RegistryReply replies[] = {{404, {}, {}}, {403, {}, {}}, {200, {}, "no manifest"}};
    for (const RegistryReply& reply : replies) {
        const DownloadSite site([&](const RegistryCall&) { return reply; });
        const auto brought = site.bring();
        REQUIRE(brought.ok());
        CHECK_FALSE(*brought);
        CHECK_FALSE(is_there(site.downloads() / site.unit.digest.substr(7)));
    }
    DownloadSite other;
    other.fake.answers("info", "exit 125");
    CHECK_FALSE(other.bring().value_or(true));
}

TEST_CASE("download_image: no network, and bytes that are not the digest's, are failures with a name") {
    const ServedImage image;
    RegistryReply wrong{200, {}, image.large};
    wrong.body.back() = '!';
    RegistryReply cut{200, {}, image.large};
    cut.cut = 1'000;
    const std::pair<RegistryReply, ErrorCode> rows[] = {{wrong, ErrorCode::protocol}, {cut, ErrorCode::unreachable}};
    for (const auto& row : rows) {
        const RegistryReply& reply = row.first;
        const DownloadSite site(
            [&](const RegistryCall& call) { return image.is_large(call) ? reply : image.answer(call); });
        const auto brought = site.bring();
        REQUIRE(code_of(brought) == row.second);
        CHECK(holds(brought.error().message, "cannot pull " + site.registry.name() + "/web@" + site.unit.digest));
        CHECK(holds(brought.error().hint, row.second == ErrorCode::unreachable ? "the next run goes on" : "damaged"));
        CHECK(is_there(site.layer()) == (row.second == ErrorCode::unreachable));
        CHECK_FALSE(holds(site.fake.calls(), "pull"));
    }
}

TEST_CASE("download_image: rules for signatures, and root's containers of another user, are podman's alone") {
    const DownloadSite signs;
    put(signs.gateway.access.home / ".config/containers/policy.json", R"({"default": [{"type": "signedBy"}]})");
    CHECK_FALSE(signs.bring().value_or(true));
    CHECK(signs.registry.calls().empty());
    DownloadSite rootful;
    rootful.stacks.folder.user = std::nullopt;
    rootful.owner.uid = 4801;
    CHECK_FALSE(rootful.bring().value_or(true));
    CHECK(rootful.registry.calls().empty());
    CHECK(rootful.fake.calls().empty());
}

TEST_CASE("sweep_downloads: what is wanted or new stays") {
    const Folder folder;
    StackRecord record;
    record.units.push_back({});
    record.units.back().digest = "sha256:wanted";
    for (const char* name : {"wanted", "new", "old"}) put(folder / name / "oci-layout", "{}");
    for (const char* name : {"wanted", "old"}) {
        fs::last_write_time(folder / name, fs::file_time_type::clock::now() - std::chrono::hours(49));
    }
    sweep_downloads(record, folder.folder.path());
    CHECK(is_there(folder / "wanted"));
    CHECK(is_there(folder / "new"));
    CHECK_FALSE(is_there(folder / "old"));
    sweep_downloads({}, folder.folder.path());
    CHECK(is_there(folder / "wanted"));  // it was asked for a moment ago
    sweep_downloads({}, folder / "missing");
}

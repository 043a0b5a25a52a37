// SPDX-License-Identifier: Apache-2.0
#include "host/podman/images.hpp"

#include <set>
#include <utility>

#include "podman_fixture.hpp"

using namespace gup;
using namespace gup::test;

namespace {

const std::string one_image = R"(echo '{"id":"aa11","digest":"sha256:d1","tags":["localhost/gup/gw/web:1"],)"
                              R"("digests":["r/web@sha256:d1"],"size":2048,"os":"linux","architecture":"arm64"}')";

PullRequest pull_of(const std::string& reference) {
    PullRequest request{.reference = reference};
    request.retries.retries = 0;
    return request;
}

}  // namespace

TEST_CASE("find_image: its id, digest and names; a missing one is no error") {
    const FakePodman fake;
    fake.answers("image-inspect", one_image);
    const auto image = find_image("localhost/gup/gw/web:1", fake.podman());
    REQUIRE(image.ok());
    REQUIRE(image->has_value());
    CHECK((*image)->id == "aa11");
    CHECK((*image)->digest == "sha256:d1");
    CHECK((*image)->size == 2048);
    CHECK((*image)->platform == "linux/arm64");
    for (const char* words :
         {"Error: x: image not known", "Error: no such image x", "Error: failed to find image x: image not known"}) {
        fake.answers("image-inspect", std::string("echo '") + words + "' >&2; exit 125");
        const auto missing = find_image("docker.io/library/redis:7", fake.podman());
        REQUIRE_MESSAGE(missing.ok(), words);
        CHECK_FALSE(missing->has_value());
    }
    fake.answers("image-inspect", "echo 'Error: the storage is broken' >&2; exit 125");
    CHECK(code_of(find_image("docker.io/library/redis:7", fake.podman())) == ErrorCode::failed);
}

TEST_CASE("images: a name that podman would take for an option never reaches it") {
    const FakePodman fake;
    for (const char* name : {"", "--all", "a b", "-", "a;b", "a\nb", "$(x)"}) {
        CHECK(code_of(find_image(name, fake.podman())) == ErrorCode::invalid_input);
        CHECK(code_of(pull_image(pull_of(name), fake.podman())) == ErrorCode::invalid_input);
        CHECK(code_of(tag_image("redis", name, fake.podman())) == ErrorCode::invalid_input);
    }
    CHECK(fake.calls().empty());
}

TEST_CASE("pull_image: the words of podman and of registries become codes") {
    const std::pair<const char*, ErrorCode> rows[] = {
        {"initializing source docker://r/x:1: reading manifest 1 in r/x: manifest unknown", ErrorCode::not_found},
        {"initializing source docker://r/x:1: reading manifest 1 in r/x: name unknown: repository name not known to "
         "registry",
         ErrorCode::not_found},
        {"choosing an image from manifest list docker://r/x: no image found in image index for architecture \"arm\"",
         ErrorCode::not_found},
        {"initializing source docker://r/x:1: reading manifest 1 in r/x: unauthorized: authentication required",
         ErrorCode::authentication},
        {"reading manifest latest in docker.io/library/x: requested access to the resource is denied",
         ErrorCode::authentication},
        {"initializing source docker://r/x:1: unable to retrieve auth token: invalid username/password: unauthorized",
         ErrorCode::authentication},
        {"copying system image from manifest list: writing blob: storing blob to file \"/var/tmp/x\": write: no space "
         "left on device",
         ErrorCode::no_space},
        {"pinging container registry 127.0.0.1:1: Get \"https://127.0.0.1:1/v2/\": dial tcp 127.0.0.1:1: connect: "
         "connection refused",
         ErrorCode::unreachable},
        {"pinging container registry r.invalid: Get \"https://r.invalid/v2/\": dial tcp: lookup r.invalid: no such "
         "host",
         ErrorCode::unreachable},
        {"Get \"https://r/v2/\": net/http: TLS handshake timeout", ErrorCode::timeout},
        {"Get \"https://r/v2/\": tls: failed to verify certificate: x509: certificate signed by unknown authority",
         ErrorCode::unreachable},
        {"reading manifest latest in r/x: toomanyrequests: You have reached your pull rate limit", ErrorCode::server},
        {"received unexpected HTTP status: 503 Service Unavailable", ErrorCode::server},
        {"short-name \"x\" did not resolve to an alias and no unqualified-search registries are defined",
         ErrorCode::invalid_input},
        {"something else", ErrorCode::failed}};
    const FakePodman fake;
    for (const auto& [words, code] : rows) {
        fake.answers("pull",
                     std::string("cat >&2 <<'EOF'\nTrying to pull r/x:1...\nError: ") + words + "\nEOF\nexit 125");
        const auto pulled = pull_image(pull_of("r/x:1"), fake.podman());
        CHECK_MESSAGE(code_of(pulled) == code, words);
        CHECK(holds(pulled.error().message, "cannot pull r/x:1: "));
        CHECK(holds(pulled.error().message, words));
        CHECK_FALSE(holds(pulled.error().message, "Trying"));
    }
}

TEST_CASE("pull_image: its platform and file of passwords, and the id at the end") {
    const FakePodman fake;
    fake.answers("pull", "echo sha256:aa11");
    PullRequest request = pull_of("r/x@sha256:d1");
    CHECK(pull_image(request, fake.podman()).value() == "aa11");
    CHECK(fake.calls() == "pull --quiet r/x@sha256:d1\n");
    request.platform = "linux/arm64";
    request.auth_file = "/etc/gup-agent/auth.json";
    CHECK(pull_image(request, fake.podman()).ok());
    CHECK(
        holds(fake.calls(), "pull --quiet --platform=linux/arm64 --authfile=/etc/gup-agent/auth.json r/x@sha256:d1\n"));
}

TEST_CASE("pull_image: tries again after a failure of the network, and not after a refusal") {
    const FakePodman fake;
    PullRequest request = pull_of("r/x:1");
    request.retries = {.retries = 2, .first_delay = Milliseconds{1}, .longest_delay = Milliseconds{1}};
    fake.answers("pull", R"(if [ $(wc -l <"$here/calls") = 3 ]; then echo aa11; exit; fi
echo 'Error: dial tcp: connect: connection refused' >&2; exit 125)");
    CHECK(pull_image(request, fake.podman()).value() == "aa11");
    const FakePodman refusing;
    refusing.answers("pull", "echo 'Error: unauthorized' >&2; exit 125");
    CHECK_FALSE(pull_image(request, refusing.podman()).ok());
    CHECK(refusing.calls() == "pull --quiet r/x:1\n");
}

TEST_CASE("drop_tag: the image goes with its last tag, and never one that another tag names") {
    const FakePodman fake;
    fake.answers("image-inspect", one_image);
    CHECK(drop_tag("localhost/gup/gw/web:1", fake.podman()).ok());
    CHECK(holds(fake.calls(), "untag localhost/gup/gw/web:1 localhost/gup/gw/web:1\nimage rm aa11\n"));

    const FakePodman shared;
    shared.answers("image-inspect",
                   R"(echo '{"id":"aa11","tags":["localhost/gup/gw/web:1","docker.io/library/redis:7"]}')");
    CHECK(drop_tag("localhost/gup/gw/web:1", shared.podman()).ok());
    CHECK_FALSE(holds(shared.calls(), "image rm"));

    const FakePodman used;
    used.answers("image-inspect", one_image);
    used.answers("image-rm", "echo 'Error: image used by bb: image is in use by a container' >&2; exit 2");
    CHECK(drop_tag("localhost/gup/gw/web:1", used.podman()).ok());

    const FakePodman gone;
    gone.answers("image-inspect", "echo 'Error: image not known' >&2; exit 125");
    CHECK(drop_tag("localhost/gup/gw/web:1", gone.podman()).ok());
    CHECK_FALSE(holds(gone.calls(), "untag"));
}

TEST_CASE("kept_images_of: the agent's tags of one connector, sorted") {
    const FakePodman fake;
    fake.answers("images", R"(cat <<'EOF'
localhost/gup/gw/web:2 sha256:bb sha256:d2
localhost/gup/gw/web:1 sha256:aa sha256:d1
localhost/gup/gw2/web:1 sha256:cc sha256:d3
docker.io/library/redis:7 sha256:aa sha256:d1
<none>:<none> sha256:ee sha256:d5
EOF)");
    const auto kept = kept_images_of("gw", fake.podman());
    REQUIRE(kept.ok());
    REQUIRE(kept->size() == 2);
    CHECK((*kept)[0].tag == "localhost/gup/gw/web:1");
    CHECK((*kept)[0].id == "aa");
    CHECK((*kept)[1].digest == "sha256:d2");
    CHECK(kept_images_of("", fake.podman())->size() == 3);
}

TEST_CASE("image_storage: the machine's platform, the folder, and the layers of all images") {
    const FakePodman fake;
    fake.answers("info", "echo 'linux/arm64/v8 /var/lib/containers/storage'");
    fake.answers("images", "echo '<none>:<none> sha256:aa sha256:d1'; echo 'r/web:1 sha256:bb sha256:d2'");
    fake.answers("image-inspect", "echo 'sha256:l1 sha256:l2 '; echo 'sha256:l1 sha256:l3 '");
    const auto storage = image_storage(fake.podman());
    REQUIRE(storage.ok());
    CHECK(storage->platform == "linux/arm64/v8");
    CHECK(storage->folder == "/var/lib/containers/storage");
    CHECK(storage->layers == std::set<std::string>{"sha256:l1", "sha256:l2", "sha256:l3"});
    CHECK(holds(fake.calls(), "aa bb"));
    fake.answers("images", "exit 0");
    fake.answers("image-inspect", "exit 125");
    REQUIRE(image_storage(fake.podman()).ok());
    CHECK(image_storage(fake.podman())->layers.empty());
}

TEST_CASE("import_image: the image gets its tag when it is the one of the digest") {
    const FakePodman fake;
    const ImageImport wanted{.folder = "/srv/layout", .tag = "localhost/gup/gw/web:0123", .digest = "sha256:d1"};
    fake.answers("pull", "echo aa11");
    fake.answers("image-inspect", one_image);
    CHECK(import_image(wanted, fake.podman()).ok());
    CHECK(holds(fake.calls(), "pull --quiet oci:/srv/layout\n"));
    CHECK(holds(fake.calls(), "tag aa11 localhost/gup/gw/web:0123\n"));
    CHECK(holds(fake.calls(), " localhost/gup/gw/web@sha256:d1\n"));
}

TEST_CASE("import_image: another image than that of the digest keeps no tag") {
    const std::string nothing = "echo 'Error: image not known' >&2; exit 125";
    const std::string another = R"(echo '{"id":"bb22","tags":["localhost/gup/gw/web:0123"]}')";
    for (const std::string& found : {nothing, another}) {
        const FakePodman fake;
        fake.answers("pull", "echo aa11");
        fake.answers("image-inspect", "case $* in *@sha256:*) " + found + "; exit 0;; esac\n" + one_image);
        const Status imported = import_image({"/srv/layout", "localhost/gup/gw/web:0123", "sha256:d1"}, fake.podman());
        REQUIRE(code_of(imported) == ErrorCode::protocol);
        CHECK(holds(imported.error().message, "the image is not sha256:d1"));
        CHECK(holds(fake.calls(), "untag localhost/gup/gw/web:0123"));
    }
}

TEST_CASE("import_image: a folder that podman would read as something else never reaches it") {
    const FakePodman fake;
    for (const char* folder : {"/srv/a:b", "layout", "", "/srv/a\nb"}) {
        CHECK(code_of(import_image({folder, "localhost/gup/gw/web:1", "sha256:d1"}, fake.podman())) ==
              ErrorCode::unsupported);
    }
    CHECK(code_of(import_image({"/srv/layout", "--all", "sha256:d1"}, fake.podman())) == ErrorCode::invalid_input);
    CHECK(fake.calls().empty());
}

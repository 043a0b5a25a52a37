// SPDX-License-Identifier: Apache-2.0
#include "host/podman/images.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/image/image_reference.hpp"
#include "host/podman/podman_questions.hpp"
#include "host/podman/run_podman.hpp"
#include "util/json.hpp"
#include "util/printable.hpp"
#include "util/text.hpp"
#include "util/worker/worker.hpp"

namespace gup {
namespace {

using nlohmann::json;

// Go's template language; the names are those of podman's ImageData.
constexpr const char* image_format =
    R"({"id":{{json .ID}},"digest":{{json .Digest}},"tags":{{json .RepoTags}},"digests":{{json .RepoDigests}},)"
    R"("size":{{json .Size}},"os":{{json .Os}},"architecture":{{json .Architecture}}})";

LocalImage image_from(const json& value) {
    return {.id = digits_of_digest(text_member(value, "id")),
            .digest = text_member(value, "digest"),
            .tags = text_members(value, "tags"),
            .digests = text_members(value, "digests"),
            .size = static_cast<std::uint64_t>(std::max<std::int64_t>(number_member(value, "size"), 0)),
            .platform = fmt::format("{}/{}", text_member(value, "os"), text_member(value, "architecture"))};
}

bool is_missing(const ProcessResult& result) {
    return detail::podman_error("", result).code == ErrorCode::not_found;
}

// Each tag of each image, and images without a tag.
Result<std::vector<KeptImage>> listed_images(const Podman& podman) {
    GUP_TRY(const std::string out,
            detail::podman_output("cannot list the images",
                                  {.arguments = {"images", "--no-trunc", "--noheading", "--format",
                                                 "{{.Repository}}:{{.Tag}} {{.ID}} {{.Digest}}"}},
                                  podman));
    std::vector<KeptImage> images;
    std::istringstream lines(out);
    for (std::string line; std::getline(lines, line);) {
        const auto words = words_in(line);
        if (words.size() != 3) continue;
        images.push_back({std::string(words[0]), digits_of_digest(std::string(words[1])), std::string(words[2])});
    }
    return images;
}

}  // namespace

Result<std::optional<LocalImage>> find_image(const std::string& reference, const Podman& podman) {
    if (in_worker()) return ask_find_image(reference, podman);
    GUP_CHECK(detail::check_word("an image", reference));
    const std::string act = fmt::format("cannot look for the image {}", reference);
    const auto result =
        detail::run_podman({.arguments = {"image", "inspect", "--format", image_format, reference}}, podman);
    if (!result.ok()) return result.error().with_context(act);
    if (!result->success()) {
        if (is_missing(*result)) return std::optional<LocalImage>();
        return detail::podman_error(act, *result);
    }
    const auto value = parse_json(result->out);
    if (!value.ok()) return value.error().with_context(act);
    return std::optional(image_from(*value));
}

Result<std::string> pull_image(const PullRequest& request, const Podman& podman) {
    if (in_worker()) return ask_pull_image(request, podman);
    GUP_CHECK(detail::check_word("an image", request.reference));
    if (!request.platform.empty()) GUP_CHECK(detail::check_word("a platform", request.platform));
    detail::PodmanCall call{.arguments = {"pull", "--quiet"}, .timeout = request.timeout};
    if (!request.platform.empty()) call.arguments.push_back("--platform=" + request.platform);
    if (!request.auth_file.empty()) call.arguments.push_back("--authfile=" + request.auth_file.native());
    call.arguments.push_back(request.reference);
    std::string id;
    const auto attempt = [&]() -> Status {
        GUP_TRY(const std::string out, detail::podman_output("cannot pull " + request.reference, call, podman));
        id = digits_of_digest(std::string(last_line(out)));
        return {};
    };
    GUP_CHECK(with_retries(request.retries, attempt));
    return id;
}

Result<ImageStorage> image_storage(const Podman& podman) {
    if (in_worker()) return ask_image_storage(podman);
    const std::string act = "cannot look at the storage of images";
    const std::string facts = "{{.Host.OS}}/{{.Host.Arch}}/{{.Host.Variant}} {{.Store.GraphRoot}}";
    GUP_TRY(const std::string info, detail::podman_output(act, {.arguments = {"info", "--format", facts}}, podman));
    ImageStorage storage;
    std::string_view rest = trimmed(info);
    storage.platform = take_until(rest, ' ');
    storage.folder = std::string(rest);
    GUP_TRY(const auto images, listed_images(podman));
    std::vector<std::string> arguments{"image", "inspect", "--format", "{{range .RootFS.Layers}}{{.}} {{end}}"};
    for (const KeptImage& one : images) arguments.push_back(one.id);
    if (images.empty()) return storage;
    GUP_TRY(const std::string layers, detail::podman_output(act, {.arguments = std::move(arguments)}, podman));
    for (const std::string_view id : words_in(layers)) storage.layers.emplace(id);
    return storage;
}

Status import_image(const ImageImport& request, const Podman& podman) {
    if (in_worker()) return ask_import_image(request, podman);
    GUP_CHECK(detail::check_word("an image", request.tag));
    const std::string folder = request.folder.native();
    // The rest after a colon would be the name of an image in it.
    if (!request.folder.is_absolute() || folder.find_first_of(":\n") != std::string::npos) {
        return Error{ErrorCode::unsupported, fmt::format("podman cannot read the folder {}", printable(folder)), {}};
    }
    const std::string name = request.tag.substr(0, request.tag.rfind(':'));
    const std::string act = fmt::format("cannot import {}", request.tag);
    const detail::PodmanCall call{.arguments = {"pull", "--quiet", "oci:" + folder}, .timeout = request.timeout};
    GUP_TRY(const std::string out, detail::podman_output(act, call, podman));
    const std::string id = digits_of_digest(std::string(last_line(out)));
    GUP_CHECK(tag_image(id, request.tag, podman));
    // podman finds it by the digest of what it read.
    GUP_TRY(const auto found, find_image(fmt::format("{}@{}", name, request.digest), podman));
    if (found && found->id == id) return {};
    GUP_CHECK(drop_tag(request.tag, podman));
    return Error{ErrorCode::protocol, fmt::format("{}: the image is not {}", act, request.digest), {}};
}

Status tag_image(const std::string& reference, const std::string& tag, const Podman& podman) {
    if (in_worker()) return ask_tag_image(reference, tag, podman);
    GUP_CHECK(detail::check_word("an image", reference));
    GUP_CHECK(detail::check_word("an image", tag));
    GUP_TRY(const auto out, detail::podman_output(fmt::format("cannot tag {} as {}", reference, tag),
                                                  {.arguments = {"tag", reference, tag}}, podman));
    (void)out;
    return {};
}

Status drop_tag(const std::string& tag, const Podman& podman) {
    if (in_worker()) return ask_drop_tag(tag, podman);
    GUP_TRY(const auto image, find_image(tag, podman));
    if (!image) return {};
    GUP_TRY(const auto out, detail::podman_output(fmt::format("cannot remove the tag {}", tag),
                                                  {.arguments = {"untag", tag, tag}}, podman));
    (void)out;
    // An image that was pulled by digest keeps that name. An image of somebody else's has a tag.
    const bool is_kept =
        std::any_of(image->tags.begin(), image->tags.end(), [&](const std::string& one) { return one != tag; });
    if (is_kept) return {};
    const std::string act = fmt::format("cannot remove the image of {}", tag);
    const auto result = detail::run_podman({.arguments = {"image", "rm", image->id}}, podman);
    if (!result.ok()) return result.error().with_context(act);
    if (result->success()) return {};
    const Error error = detail::podman_error(act, *result);
    const bool is_fine =
        error.code == ErrorCode::conflict || error.code == ErrorCode::not_found;  // a container uses it
    return is_fine ? Status{} : Status{error};
}

Result<std::map<std::string, std::string>> image_digests(const Podman& podman) {
    if (in_worker()) return ask_image_digests(podman);
    GUP_TRY(const auto images, listed_images(podman));
    std::map<std::string, std::string> digests;
    for (const KeptImage& one : images) digests[one.id] = one.digest;
    return digests;
}

Result<std::vector<KeptImage>> kept_images_of(const std::string& connector, const Podman& podman) {
    if (in_worker()) return ask_kept_images(connector, podman);
    GUP_TRY(auto kept, listed_images(podman));
    const std::string prefix = connector.empty() ? kept_images : fmt::format("{}{}/", kept_images, connector);
    std::erase_if(kept, [&](const KeptImage& one) { return !one.tag.starts_with(prefix); });
    std::sort(kept.begin(), kept.end(), [](const auto& a, const auto& b) { return a.tag < b.tag; });
    return kept;
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "host/podman/podman_questions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "util/json.hpp"
#include "util/worker/channel.hpp"
#include "util/worker/worker.hpp"

namespace gup {
namespace {

using nlohmann::json;

Result<json> ask_podman(const char* act, json with, const Podman& podman) {
    with["act"] = act;
    with["rootless"] = podman.user && podman.user->uid != 0;
    with["go_on"] = podman.on_stop == OnStop::go_on;
    return ask_agent("podman", std::move(with));
}

Status as_status(const Result<json>& answer) {
    return answer.ok() ? Status{} : Status{answer.error()};
}

Result<json> done(const Status& status) {
    if (!status.ok()) return status.error();
    return json();
}

json image_json(const std::optional<LocalImage>& image) {
    if (!image) return {};
    return {{"id", image->id},           {"digest", image->digest}, {"tags", image->tags},
            {"digests", image->digests}, {"size", image->size},     {"platform", image->platform}};
}

json version_json(const quadlet::PodmanVersion& version) {
    return {{"major", version.major}, {"minor", version.minor}, {"patch", version.patch}};
}

quadlet::PodmanVersion version_from(const json& value) {
    const auto number = [&](const char* key) { return static_cast<unsigned>(number_member(value, key)); };
    return {number("major"), number("minor"), number("patch")};
}

// A question and the rights of the worker that asks it.
struct Question {
    const PodmanRights& rights;
    const json& with;

    [[nodiscard]] std::string text(const char* key) const { return text_member(with, key); }
    [[nodiscard]] const Podman& podman() const { return rights.podman; }
};
using Answer = Result<json> (*)(const Question&);

Error not_its_own(const std::string& name) {
    return {ErrorCode::permission, fmt::format("{} is not the connector's", name), {}};
}

// A user may do to its own containers what it wants.
Status check_own(const Question& question, const std::string& name, const std::string& head, const char* tail) {
    if (question.podman().user) return {};
    const auto& known = question.rights.connectors;
    const bool is_own = std::any_of(known.begin(), known.end(), [&](const std::string& connector) {
        return name.starts_with(fmt::format("{}{}{}", head, connector, tail));
    });
    return is_own ? Status{} : Status{not_its_own(name)};
}

Status check_own_tag(const Question& question, const std::string& tag) {
    return check_own(question, tag, kept_images, "/");
}

Status check_own_secret(const Question& question, const std::string& name) {
    return check_own(question, name, "gup-", "-SECRET-");
}

Result<json> answer_version(const Question& question) {
    GUP_TRY(const auto version, podman_version(question.podman()));
    return version_json(version);
}

Result<json> answer_check(const Question& question) {
    GUP_TRY(const PodmanFacts facts, check_podman(question.podman()));
    json answer = version_json(facts.version);
    answer["quadlet"] = facts.quadlet;
    return answer;
}

Result<json> answer_containers(const Question& question) {
    GUP_TRY(const auto containers, container_states(question.podman()));
    json answer = json::array();
    for (const ContainerState& one : containers) {
        answer.push_back({{"name", one.name},
                          {"unit", one.unit},
                          {"image", one.image},
                          {"image_id", one.image_id},
                          {"state", one.state},
                          {"health", one.health}});
    }
    return answer;
}

Result<json> answer_dry_run(const Question& question) {
    const fs::path folder = question.text("folder");
    const auto& known = question.rights.folders;
    const bool is_own =
        folder == folder.lexically_normal() &&
        std::any_of(known.begin(), known.end(), [&](const fs::path& one) { return is_below(folder, one); });
    if (!question.podman().user && !is_own) return not_its_own(folder.native());
    GUP_TRY(const DryRun run, quadlet_dry_run(folder, question.podman()));
    json complaints = json::array();
    for (const QuadletComplaint& one : run.complaints) complaints.push_back({{"file", one.file}, {"text", one.text}});
    return json{{"units", run.units}, {"complaints", std::move(complaints)}};
}

Result<json> answer_find(const Question& question) {
    GUP_TRY(const auto image, find_image(question.text("reference"), question.podman()));
    return image_json(image);
}

Result<json> answer_pull(const Question& question) {
    const json& with = question.with;
    PullRequest request{
        .reference = question.text("reference"),
        .platform = question.text("platform"),
        .auth_file = {},  // a rootful pull must not read a file for the owner
        .retries = {.retries = static_cast<int>(std::clamp<std::int64_t>(number_member(with, "retries"), 0, 10))},
        .timeout = Milliseconds{number_member(with, "timeout")}};
    if (question.podman().user) request.auth_file = question.text("auth_file");
    GUP_TRY(const std::string id, pull_image(request, question.podman()));
    return json{{"id", id}};
}

Result<json> answer_storage(const Question& question) {
    GUP_TRY(const ImageStorage storage, image_storage(question.podman()));
    return json{{"platform", storage.platform}, {"folder", storage.folder.native()}, {"layers", storage.layers}};
}

Result<json> answer_import(const Question& question) {
    GUP_CHECK(check_own_tag(question, question.text("tag")));
    if (!question.podman().user && question.rights.owner.uid != 0) {
        return not_its_own(question.text("folder"));
    }
    return done(import_image({.folder = question.text("folder"),
                              .tag = question.text("tag"),
                              .digest = question.text("digest"),
                              .timeout = Milliseconds{number_member(question.with, "timeout")}},
                             question.podman()));
}

Result<json> answer_tag(const Question& question) {
    GUP_CHECK(check_own_tag(question, question.text("tag")));
    return done(tag_image(question.text("reference"), question.text("tag"), question.podman()));
}

Result<json> answer_drop(const Question& question) {
    GUP_CHECK(check_own_tag(question, question.text("tag")));
    return done(drop_tag(question.text("tag"), question.podman()));
}

Result<json> answer_kept(const Question& question) {
    GUP_TRY(const auto kept, kept_images_of(question.text("connector"), question.podman()));
    json answer = json::array();
    for (const KeptImage& one : kept) answer.push_back({{"tag", one.tag}, {"id", one.id}, {"digest", one.digest}});
    return answer;
}

Result<json> answer_digests(const Question& question) {
    GUP_TRY(const auto digests, image_digests(question.podman()));
    return json(digests);
}

Result<json> answer_names(const Question& question) {
    const std::string kind = question.text("kind");
    const auto names = kind == "secret"    ? podman_secrets(question.text("prefix"), question.podman())
                       : kind == "network" ? podman_networks(question.text("prefix"), question.podman())
                                           : podman_volumes(question.text("prefix"), question.podman());
    if (!names.ok()) return names.error();
    return json(*names);
}

Result<json> answer_has(const Question& question) {
    const bool is_network = question.text("kind") == "network";
    GUP_TRY(const bool is_there, is_network ? has_network(question.text("name"), question.podman())
                                            : has_volume(question.text("name"), question.podman()));
    return json{{"is_there", is_there}};
}

Result<json> answer_remove(const Question& question) {
    const std::string name = question.text("name");
    // podman removes no network that a container uses.
    if (question.text("kind") == "network") return done(remove_network(name, question.podman()));
    GUP_CHECK(check_own_secret(question, name));
    return done(remove_secret(name, question.podman()));
}

Result<json> answer_make_secret(const Question& question) {
    const std::string name = question.text("name");
    GUP_CHECK(check_own_secret(question, name));
    return done(make_secret(name, Secret(question.text("value")), question.podman()));
}

const std::map<std::string, Answer>& answers() {
    static const std::map<std::string, Answer> table{{"version", answer_version},
                                                     {"check", answer_check},
                                                     {"containers", answer_containers},
                                                     {"dry_run", answer_dry_run},
                                                     {"find", answer_find},
                                                     {"pull", answer_pull},
                                                     {"storage", answer_storage},
                                                     {"import", answer_import},
                                                     {"tag", answer_tag},
                                                     {"drop", answer_drop},
                                                     {"kept", answer_kept},
                                                     {"digests", answer_digests},
                                                     {"names", answer_names},
                                                     {"has", answer_has},
                                                     {"remove", answer_remove},
                                                     {"make_secret", answer_make_secret}};
    return table;
}

}  // namespace

Result<quadlet::PodmanVersion> ask_podman_version(const Podman& podman) {
    GUP_TRY(const json answer, ask_podman("version", {}, podman));
    return version_from(answer);
}

Result<PodmanFacts> ask_check_podman(const Podman& podman) {
    GUP_TRY(const json answer, ask_podman("check", {}, podman));
    return PodmanFacts{version_from(answer), text_member(answer, "quadlet")};
}

Result<std::vector<ContainerState>> ask_container_states(const Podman& podman) {
    GUP_TRY(const json answer, ask_podman("containers", {}, podman));
    std::vector<ContainerState> containers;
    for (const json& one : answer) {
        containers.push_back({text_member(one, "name"), text_member(one, "unit"), text_member(one, "image"),
                              text_member(one, "image_id"), text_member(one, "state"), text_member(one, "health")});
    }
    return containers;
}

Result<DryRun> ask_dry_run(const fs::path& folder, const Podman& podman) {
    GUP_TRY(const json answer, ask_podman("dry_run", {{"folder", folder.native()}}, podman));
    DryRun run;
    for (const auto& [name, text] : member_of(answer, "units").items()) run.units[name] = text.get<std::string>();
    for (const json& one : array_member(answer, "complaints")) {
        run.complaints.push_back({text_member(one, "file"), text_member(one, "text")});
    }
    return run;
}

Result<std::optional<LocalImage>> ask_find_image(const std::string& reference, const Podman& podman) {
    GUP_TRY(const json answer, ask_podman("find", {{"reference", reference}}, podman));
    if (answer.is_null()) return std::optional<LocalImage>();
    return std::optional(LocalImage{text_member(answer, "id"), text_member(answer, "digest"),
                                    text_members(answer, "tags"), text_members(answer, "digests"),
                                    static_cast<std::uint64_t>(number_member(answer, "size")),
                                    text_member(answer, "platform")});
}

Result<std::string> ask_pull_image(const PullRequest& request, const Podman& podman) {
    GUP_TRY(const json answer, ask_podman("pull",
                                          {{"reference", request.reference},
                                           {"platform", request.platform},
                                           {"auth_file", request.auth_file.native()},
                                           {"retries", request.retries.retries},
                                           {"timeout", request.timeout.count()}},
                                          podman));
    return text_member(answer, "id");
}

Result<ImageStorage> ask_image_storage(const Podman& podman) {
    GUP_TRY(const json answer, ask_podman("storage", {}, podman));
    const auto layers = text_members(answer, "layers");
    return ImageStorage{text_member(answer, "platform"), text_member(answer, "folder"), {layers.begin(), layers.end()}};
}

Status ask_import_image(const ImageImport& request, const Podman& podman) {
    return as_status(ask_podman("import",
                                {{"folder", request.folder.native()},
                                 {"tag", request.tag},
                                 {"digest", request.digest},
                                 {"timeout", request.timeout.count()}},
                                podman));
}

Status ask_tag_image(const std::string& reference, const std::string& tag, const Podman& podman) {
    return as_status(ask_podman("tag", {{"reference", reference}, {"tag", tag}}, podman));
}

Status ask_drop_tag(const std::string& tag, const Podman& podman) {
    return as_status(ask_podman("drop", {{"tag", tag}}, podman));
}

Result<std::vector<KeptImage>> ask_kept_images(const std::string& connector, const Podman& podman) {
    GUP_TRY(const json answer, ask_podman("kept", {{"connector", connector}}, podman));
    std::vector<KeptImage> kept;
    for (const json& one : answer) {
        kept.push_back({text_member(one, "tag"), text_member(one, "id"), text_member(one, "digest")});
    }
    return kept;
}

Result<std::map<std::string, std::string>> ask_image_digests(const Podman& podman) {
    GUP_TRY(const json answer, ask_podman("digests", {}, podman));
    return answer.get<std::map<std::string, std::string>>();
}

Result<std::vector<std::string>> ask_names(const char* kind, const std::string& prefix, const Podman& podman) {
    GUP_TRY(const json answer, ask_podman("names", {{"kind", kind}, {"prefix", prefix}}, podman));
    return answer.get<std::vector<std::string>>();
}

Result<bool> ask_has(const char* kind, const std::string& name, const Podman& podman) {
    GUP_TRY(const json answer, ask_podman("has", {{"kind", kind}, {"name", name}}, podman));
    return flag_member(answer, "is_there");
}

Status ask_remove(const char* kind, const std::string& name, const Podman& podman) {
    return as_status(ask_podman("remove", {{"kind", kind}, {"name", name}}, podman));
}

Status ask_make_secret(const std::string& name, const Secret& value, const Podman& podman) {
    return as_status(ask_podman("make_secret", {{"name", name}, {"value", value.reveal()}}, podman));
}

Result<json> answer_podman_question(PodmanRights rights, const json& question) {
    const bool is_rootless = flag_member(question, "rootless");
    if (is_rootless) {
        rights.podman.user = rights.owner;
    } else {
        rights.podman.user = std::nullopt;
        if (!rights.may_be_rootful) {
            return Error{ErrorCode::permission, "the connector may not have containers of root",
                         "containers = \"rootful\" in its [[connector]] of gup-agent.toml allows them"};
        }
    }
    rights.podman.on_stop = flag_member(question, "go_on") ? OnStop::go_on : OnStop::end;
    const std::string act = text_member(question, "act");
    const auto answer = answers().find(act);
    if (answer != answers().end()) return answer->second({rights, question});
    return Error{ErrorCode::unsupported, "the agent does not know this question: " + act, {}};
}

}  // namespace gup

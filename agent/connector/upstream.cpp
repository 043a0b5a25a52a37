// SPDX-License-Identifier: Apache-2.0
#include "connector/upstream.hpp"

#include <fmt/format.h>

#include "connector/generation_store.hpp"
#include "connector/layout.hpp"
#include "core/release.hpp"
#include "core/short_id.hpp"

namespace gup {
namespace {

// Translates the error of open() for an unusable repository into a condition for the planner.
ObservedCode unusable_code(const Error& error) {
    ObservedCode code;
    code.detail = error.message;
    const bool is_damage = error.code == ErrorCode::corrupt && error.cause == Cause::none;
    if (!is_damage) code.hint = error.hint;
    if (error.cause == Cause::format) {  // unsupported, like a bare one
        code.condition = CodeCondition::unreadable;
        return code;
    }
    switch (error.code) {
        case ErrorCode::not_found:
            code.condition = CodeCondition::not_a_repository;
            break;
        case ErrorCode::unsupported:
            code.condition = CodeCondition::bare;
            break;
        default:
            code.condition = is_damage ? CodeCondition::corrupt : CodeCondition::unreadable;
            if (!is_damage && code.hint.empty()) code.hint = "git status there says what git thinks of it";
            break;
    }
    return code;
}

// ---- a repository

// The repository may be at any commit since it was adopted; the release says what it was made of. A release that is not
// of the followed branch is an operator's choice.
void stand_at_release(Observation& observation, const Result<GitRepository>& repository) {
    ObservedCode& code = observation.code;
    const Generation made = read_generation(observation.connector.path, ".").value_or(Generation{});
    std::string by_hand;
    if (!repository.ok()) {
        by_hand = "it has no repository to update from";
    } else if (made.commit.empty()) {
        by_hand = "it came from a folder, not from a commit";
    } else if (!repository->has_commit(made.commit)) {
        by_hand = fmt::format("its commit {} is not in the repository", short_id(made.commit));
    } else if (!code.branch.empty() && made.branch != code.branch) {
        by_hand = fmt::format("it is from {}, but the connector follows {}", made.branch, code.branch);
    }
    code.commit = made.commit;
    const bool is_damaged = code.condition == CodeCondition::corrupt || code.condition == CodeCondition::unreadable ||
                            code.condition == CodeCondition::bare;
    if (is_damaged || by_hand.empty()) return;
    code.branch = made.branch;
    code.condition = CodeCondition::chosen_by_hand;
    code.detail = by_hand;
}

Status read_declaration_of(Observation& observation) {
    auto declaration = declaration_in(observation.connector.path, observation.declaration);
    if (!declaration.ok()) return declaration.error().with_context("cannot read the gupfile");
    observation.gupfile = std::move(declaration->gupfile);
    return {};
}

// The gupfile was there when the connectors were searched: its own one, or that next to its generations.
Status check_has_gupfile(const Observation& observation) {
    const fs::path& folder = observation.connector.path;
    const bool is_there_still = !observation.gupfile.is_missing || is_there(folder / gupfile_name) ||
                                is_there(own_gupfile(observation.declaration.own_folder));
    if (is_there_still) return {};
    return Error{ErrorCode::not_found, fmt::format("{} has no gupfile", folder.string()), {}};
}

class RepositoryUpstream : public Upstream {
public:
    Status observe(Observation& observation, UpstreamQuestion* question) const override {
        observation.repository = {observation.connector.path, true};
        return look(observation, question, [](Observation&, const Result<GitRepository>&) {});
    }

    Status ask(Observation& observation, const NetworkAccess&, UpstreamQuestion& question) const override {
        const auto user = git_user(observation);
        if (auto answer = ask_path(observation.code, user, observation.connector.name)) {
            take_answer(observation, *std::move(answer));
            return {};
        }
        GUP_TRY(const GitRepository repository, open_repository(observation));
        question = repository.send_question(observation.code);
        if (!question) take_answer(observation, repository.ask_remote(observation.code));
        return {};
    }

protected:
    // `adjust`: a change of what the repository says, before the question is sent.
    template <class Adjust>
    static Status look(Observation& observation, UpstreamQuestion* question, Adjust adjust) {
        GUP_CHECK(read_declaration_of(observation));
        GUP_CHECK(check_has_gupfile(observation));
        const auto repository = open_repository(observation);
        if (repository.ok()) {
            auto code = repository->observe(observation.gupfile.branch);
            observation.code = code.ok() ? *std::move(code) : unusable_code(code.error());
        } else {
            observation.code = unusable_code(repository.error());
        }
        adjust(observation, repository);
        if (observation.code.condition != CodeCondition::ready || question == nullptr) return {};
        *question = repository->send_question(observation.code);
        return {};
    }
};

RepositoryLocation next_to_releases(const Connector& connector) {
    return {connector.path.parent_path() / generations_name / connector.name / repository_name, false};
}

class AdoptedUpstream final : public RepositoryUpstream {
public:
    Status observe(Observation& observation, UpstreamQuestion* question) const override {
        observation.repository = next_to_releases(observation.connector);
        return look(observation, question, stand_at_release);
    }
};

// ---- a declared source

class DeclaredUpstream final : public Upstream {
public:
    // The running revision of a source is recorded in the release.
    Status observe(Observation& observation, UpstreamQuestion*) const override {
        const DeclaredConnector& declared = *observation.connector.declared;
        observation.repository = next_to_releases(observation.connector);
        // Before the first release there is nothing to read.
        if (is_there(observation.connector.path)) GUP_CHECK(read_declaration_of(observation));
        overlay_pins(observation.gupfile, declared.pins);
        GUP_CHECK(check_is_link(observation));
        Generation& running = observation.upstream.running;
        if (!observation.release.empty()) {
            running = read_generation(observation.connector.path, ".").value_or(Generation{});
            running.id = observation.release;
        }
        ObservedCode& code = observation.code;
        code.source = display(declared.source);
        code.remote_url = declared.source.url;
        code.commit = running.commit;
        code.branch = running.branch;
        return {};
    }

    Status ask(Observation& observation, const NetworkAccess& network, UpstreamQuestion&) const override {
        const DeclaredConnector& declared = *observation.connector.declared;
        ObservedUpstream& upstream = observation.upstream;
        const auto running = running_revision(upstream.running, declared);
        GUP_TRY(upstream.latest, source_of(observation, network)->latest(running));
        observation.code.branch = upstream.latest->name;
        upstream.is_current = is_of_revision(upstream.running, declared, upstream.latest->id);
        return {};
    }

private:
    static Status check_is_link(const Observation& observation) {
        const fs::path& link = observation.connector.path;
        GUP_TRY(const auto there, file_info(link, Follow::no));
        if (!there || !observation.release.empty() || there->kind == FileKind::link) return {};
        return Error{ErrorCode::conflict, fmt::format("{} is not the link to its releases", link.string()),
                     fmt::format("gup-agent adopt {0} turns a git checkout into releases; otherwise move it away, or "
                                 "give the [[connector]] {0} another name",
                                 observation.connector.name)};
    }
};

}  // namespace

std::unique_ptr<Upstream> make_upstream(const Observation& observation) {
    if (observation.is_declared()) return std::make_unique<DeclaredUpstream>();
    if (observation.layout == Layout::releases) return std::make_unique<AdoptedUpstream>();
    return std::make_unique<RepositoryUpstream>();
}

void take_answer(Observation& observation, Result<std::string> commit) {
    ObservedUpstream& upstream = observation.upstream;
    if (!commit.ok()) {
        upstream.error = std::move(commit).error();
        return;
    }
    upstream.error.reset();
    upstream.latest = Revision{*std::move(commit), observation.code.branch};
    upstream.is_current = !upstream.latest->id.empty() && upstream.latest->id == observation.code.commit;
}

std::unique_ptr<Source> source_of(const Observation& observation, const NetworkAccess& network) {
    return make_source({*observation.connector.declared, git_user(observation), network});
}

Result<GitRepository> open_repository(const Observation& observation) {
    const auto& [folder, has_work_tree] = observation.repository;
    const GitUser user = git_user(observation);
    return has_work_tree ? GitRepository::open(folder, user) : GitRepository::open_git_folder(folder, user);
}

GitUser git_user(const Observation& observation) {
    GitUser user{observation.owner.home};
    user.connector = observation.connector.name;
    return user;
}

}  // namespace gup

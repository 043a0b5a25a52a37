#include "connector/observe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <thread>

#include "connector/generation_store.hpp"
#include "connector/layout.hpp"
#include "core/plan.hpp"
#include "core/release.hpp"
#include "core/short_id.hpp"
#include "source/remote/context.hpp"
#include "util/log/log.hpp"
#include "util/parallel.hpp"

namespace gup {
namespace {

// What open() says of a folder without a usable repository, as the condition that the planner knows.
ObservedCode unusable_code(const Error& error) {
    ObservedCode code;
    code.detail = error.message;
    switch (error.code) {
        case ErrorCode::not_found:
            code.condition = CodeCondition::not_a_repository;
            break;
        case ErrorCode::unsupported:
            code.condition = CodeCondition::bare;
            break;
        default:
            code.condition = CodeCondition::corrupt;
            break;
    }
    return code;
}

// The repository stands wherever it stood when it was adopted; what a release was made of is written down. One that is
// not of the branch that is followed is somebody's choice.
void stand_at_release(Observation& observation, const Result<GitRepository>& repository) {
    ObservedCode& code = observation.code;
    const Generation made = read_generation(observation.connector.path, ".").value_or(Generation{});
    std::string by_hand;
    if (!repository.ok()) {
        by_hand = "there is no repository that it could be updated from";
    } else if (made.commit.empty()) {
        by_hand = "it came from a folder, not from a commit";
    } else if (!repository->has_commit(made.commit)) {
        by_hand = fmt::format("its commit {} is not in the repository", short_id(made.commit));
    } else if (!code.branch.empty() && made.branch != code.branch) {
        by_hand = fmt::format("it is of {}, and {} is followed", made.branch, code.branch);
    }
    code.commit = made.commit;
    const bool is_damaged = code.condition == CodeCondition::corrupt || code.condition == CodeCondition::bare;
    if (is_damaged || by_hand.empty()) return;
    code.branch = made.branch;
    code.condition = CodeCondition::not_a_repository;
    code.detail = by_hand;
}

// One that is not there yet belongs to whoever its releases will.
Result<Owner> owner_of_connector(const Connector& connector, const UpdateSettings& settings) {
    if (connector.declared == nullptr) return owner_of(connector.path);
    GUP_TRY(ConnectorLayout site, find_layout(settings, connector.name));
    return std::move(site.owner);
}

// What runs of a source is what the release says of itself.
Status observe_declared(Observation& observation) {
    const DeclaredConnector& declared = *observation.connector.declared;
    const fs::path& link = observation.connector.path;
    GUP_TRY(const auto there, file_info(link, Follow::no));
    if (there && observation.release.empty() && (*there).kind != FileKind::link) {
        return Error{ErrorCode::conflict,
                     fmt::format("{} stands where the link to its releases should be", link.string()),
                     fmt::format("gup-agent adopt {0} turns a git checkout into releases; else move it away, "
                                 "or give the [[connector]] {0} another name",
                                 declared.name)};
    }
    if (!observation.release.empty()) {
        observation.made = read_generation(link, ".").value_or(Generation{});
        observation.made.id = observation.release;
    }
    ObservedCode& code = observation.code;
    code.source = display(declared.source);
    code.remote_url = declared.source.url;
    code.commit = observation.made.commit;
    code.branch = observation.made.branch;
    return {};
}

// With `question` one is sent as well.
void observe_code(Observation& observation, std::optional<RemoteQuestion>* question) {
    const auto repository = open_repository(observation);
    if (repository.ok()) {
        auto code = repository->observe(observation.gupfile.branch);
        observation.code = code.ok() ? *std::move(code) : unusable_code(code.error());
    } else {
        observation.code = unusable_code(repository.error());
    }
    if (!observation.release.empty()) stand_at_release(observation, repository);
    if (observation.code.condition != CodeCondition::ready || question == nullptr) return;
    *question = repository->send_question(observation.code);
}

Status read_gupfile(Observation& observation) {
    const Connector& connector = observation.connector;
    auto text = read_file(connector.path / gupfile_name, gupfile_limit);
    const bool is_to_come = connector.declared != nullptr && !text.ok() && text.error().code == ErrorCode::not_found;
    if (!text.ok() && !is_to_come) return text.error().with_context("cannot read the gupfile");
    if (text.ok()) observation.gupfile = parse_gupfile(*text);
    if (connector.declared != nullptr) overlay_pins(observation.gupfile, connector.declared->pins);
    return {};
}

// The question goes out before the virtualenv is read, so that the network works meanwhile.
Status look(Observation& observation, const UpdateSettings& settings, std::optional<RemoteQuestion>* question) {
    const Connector& connector = observation.connector;
    GUP_TRY(const EffectiveUser acting, EffectiveUser::begin(observation.owner));
    observation.release = enabled_release(settings.root, connector.name);
    GUP_CHECK(read_gupfile(observation));
    if (connector.declared == nullptr) {
        observe_code(observation, question);
    } else {
        GUP_CHECK(observe_declared(observation));
    }
    observation.place = find_virtualenv(settings.root, connector.name, observation.owner.home);
    observation.virtualenv.path = observation.place.path.string();
    if (observation.place.present) {
        auto virtualenv = inspect_virtualenv(observation.place);
        if (!virtualenv.ok()) return virtualenv.error().with_context("cannot read the virtualenv");
        observation.virtualenv = *std::move(virtualenv);
    }
    return {};
}

void keep(Observation& observation, Result<std::string> answer) {
    if (answer.ok()) {
        observation.latest_commit = *std::move(answer);
        observation.remote_error.reset();
    } else {
        observation.remote_error = std::move(answer).error();
    }
}

Status ask_for_source(Observation& observation) {
    auto version = ask_source(*observation.connector.declared, observation.made, git_user(observation));
    if (!version.ok()) return version.error();
    observation.take(*std::move(version));
    return {};
}

bool can_be_asked(const Observation& observation) {
    return !observation.error && observation.code.condition == CodeCondition::ready;
}

// All connectors at once, in three steps. What is local is read by as many threads as there are cores, and each sends
// its question as soon as it knows it; what one request cannot answer (ssh, paths, servers that are not known yet) is
// asked by threads that wait; then the answers are collected, and what failed for a while is asked again together.
class Observer {
public:
    Observer(const std::vector<Connector>& connectors, const UpdateSettings& settings, const RunEvents& events)
        : connectors_(connectors),
          settings_(settings),
          events_(events),
          observations_(connectors.size()),
          questions_(connectors.size()) {}

    std::vector<Observation> make() {
        const std::size_t cores = std::max(2U, std::thread::hardware_concurrency());
        parallel_for(connectors_.size(), std::min(settings_.parallel, cores), [&](std::size_t i) { look_at(i); });
        std::vector<std::size_t> unasked;
        for (std::size_t i = 0; i < connectors_.size(); ++i) {
            if (can_be_asked(observations_[i]) && !questions_[i]) unasked.push_back(i);
        }
        for_each(unasked, [&](std::size_t i) { ask(i); });
        collect();
        return std::move(observations_);
    }

private:
    void for_each(const std::vector<std::size_t>& which, const std::function<void(std::size_t)>& act) {
        parallel_for(which.size(), settings_.parallel, [&](std::size_t i) { act(which[i]); });
    }

    void look_at(std::size_t i) {
        Observation& observation = observations_[i];
        observation.connector = connectors_[i];
        const log::ConnectorScope scope(connectors_[i].name);
        events_.tell(connectors_[i].name, "asking its remote");
        auto owner = owner_of_connector(connectors_[i], settings_);
        if (owner.ok()) {
            observation.owner = *std::move(owner);
            auto status = look(observation, settings_, &questions_[i]);
            if (!status.ok()) observation.error = std::move(status).error();
        } else {
            observation.error = std::move(owner).error();
        }
        if (observation.error) questions_[i].reset();
        if (!can_be_asked(observation)) events_.tell(connectors_[i].name, "waiting for its turn");
    }

    // What a server speaks may have been found out by another connector since.
    void ask(std::size_t i) {
        Observation& observation = observations_[i];
        as_owner(i, [&]() -> Status {
            if (observation.connector.declared != nullptr) return ask_for_source(observation);
            GUP_TRY(const GitRepository repository, open_repository(observation));
            questions_[i] = repository.send_question(observation.code);
            if (!questions_[i]) keep(observation, repository.ask_remote(observation.code));
            return {};
        });
        if (!questions_[i]) events_.tell(connectors_[i].name, "waiting for its turn");
    }

    void collect() {
        std::vector<std::size_t> open;
        for (std::size_t i = 0; i < questions_.size(); ++i) {
            if (questions_[i]) open.push_back(i);
        }
        const RetryPolicy policy = detail::transport_settings().retry;
        for (int retry = 1; !open.empty(); ++retry) {
            for_each(open, [&](std::size_t i) { receive(i); });
            const auto is_done = [&](std::size_t i) {
                const auto& error = observations_[i].remote_error;
                return retry > policy.retries || !error || !is_worth_a_retry(*error);
            };
            for (const std::size_t i : open) {
                if (!is_done(i)) continue;
                questions_[i].reset();
                events_.tell(connectors_[i].name, "waiting for its turn");
            }
            open.erase(std::remove_if(open.begin(), open.end(), is_done), open.end());
            if (open.empty() || !wait_before_retry(policy, retry)) break;
            for_each(open, [&](std::size_t i) { as_owner(i, [&] { return questions_[i]->send_again(); }); });
        }
    }

    void receive(std::size_t i) {
        as_owner(i, [&]() -> Status {
            keep(observations_[i], questions_[i]->answer());
            return {};
        });
    }

    void as_owner(std::size_t i, const std::function<Status()>& act) {
        const log::ConnectorScope scope(connectors_[i].name);
        const auto acting = EffectiveUser::begin(observations_[i].owner);
        auto status = acting.ok() ? act() : Status(acting.error());
        if (!status.ok()) observations_[i].remote_error = std::move(status).error();
    }

    const std::vector<Connector>& connectors_;
    const UpdateSettings& settings_;
    const RunEvents& events_;
    std::vector<Observation> observations_;
    std::vector<std::optional<RemoteQuestion>> questions_;
};

}  // namespace

void Observation::take(SourceVersion version) {
    available = std::move(version);
    latest_commit = available->id;
    code.branch = available->name;
}

bool Observation::unreachable() const {
    return remote_error && is_network_failure(*remote_error);
}

fs::path repository_folder(const Observation& observation) {
    const Connector& connector = observation.connector;
    if (observation.release.empty()) return connector.path;
    return connector.path.parent_path() / generations_name / connector.name / repository_name;
}

Result<GitRepository> open_repository(const Observation& observation) {
    const fs::path folder = repository_folder(observation);
    const GitUser user = git_user(observation);
    return observation.release.empty() ? GitRepository::open(folder, user)
                                       : GitRepository::open_git_folder(folder, user);
}

GitUser git_user(const Observation& observation) {
    GitUser user{observation.owner.home};
    user.connector = observation.connector.name;
    return user;
}

std::vector<Observation> observe_all(const std::vector<Connector>& connectors, const UpdateSettings& settings,
                                     const RunEvents& events) {
    return Observer(connectors, settings, events).make();
}

Observation observe_here(const Connector& connector, const UpdateSettings& settings) {
    Observation observation;
    observation.connector = connector;
    auto owner = owner_of_connector(connector, settings);
    if (owner.ok()) {
        observation.owner = *std::move(owner);
        auto status = look(observation, settings, nullptr);
        if (!status.ok()) observation.error = std::move(status).error();
    } else {
        observation.error = std::move(owner).error();
    }
    return observation;
}

bool nothing_reachable(const std::vector<Observation>& observations) {
    const auto asked = [](const Observation& one) {
        return one.remote_error || !one.latest_commit.empty() || one.available;
    };
    const auto dead = [&](const Observation& one) { return !asked(one) || one.unreachable(); };
    return std::any_of(observations.begin(), observations.end(), asked) &&
           std::all_of(observations.begin(), observations.end(), dead);
}

}  // namespace gup

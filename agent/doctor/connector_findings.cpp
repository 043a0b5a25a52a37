// SPDX-License-Identifier: Apache-2.0
#include "doctor/connector_findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "core/declaration/requirement.hpp"
#include "core/plan.hpp"
#include "core/release.hpp"
#include "util/clock.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

struct TroubleText {
    const char* check;
    const char* why;
    const char* hint;  // used if the transport has none
};

// In the order of RemoteTrouble.
constexpr std::array troubles{
    TroubleText{"dns", "its name cannot be resolved, so this code is not updated",
                "check the name, and that the name servers of /etc/resolv.conf can be reached: getent hosts NAME"},
    TroubleText{"remote", "this code is not updated",
                "check that the gateway is online, and that no firewall or proxy blocks this port"},
    TroubleText{"tls", "who answers is not trusted, so this code is not updated",
                "openssl s_client -connect HOST:443 shows the certificates"},
    TroubleText{"credentials", "it refuses the gateway, so this code is not updated",
                "store new credentials where git finds them"},
    TroubleText{"host-key", "who answers is not trusted, so this code is not updated",
                "compare its key with the fingerprint that the host's operator gives"},
    TroubleText{"branch", "there is no branch to follow: the code stays as it is",
                "check out another branch, or set the upstream"},
    TroubleText{"remote", "this code is not updated", "check the remote's URL"},
    TroubleText{"remote", "this code is not updated", "git fetch in that folder may show more"},
};

std::string dns_hint(const std::string& host, std::size_t name_servers) {
    if (host.ends_with(".local")) {
        return fmt::format("names under .local (mDNS) need an entry in /etc/hosts: <address> {}", host);
    }
    if (name_servers == 0) return "/etc/resolv.conf names no name server: check the network and DHCP";
    return fmt::format("check the name, and that the name servers of /etc/resolv.conf can be reached: getent hosts {}",
                       host);
}

// The message keeps the first connector's URL, because a text without a URL would not name the remote.
Finding remote_finding(RemoteTrouble trouble, const RemoteAnswer& first, const std::vector<std::string>& connectors,
                       std::size_t name_servers) {
    const TroubleText& text = troubles.at(static_cast<std::size_t>(trouble));
    std::string hint = first.error->hint;
    if (trouble == RemoteTrouble::dns) hint = dns_hint(first.host, name_servers);
    if (hint.empty()) hint = text.hint;
    const std::string subject =
        connectors.size() == 1 ? connectors.front() : fmt::format("{} ({})", first.host, list_text(connectors));
    return {text.check, subject, first.error->message, text.why, std::move(hint)};
}

// A host's trouble is the same for all its connectors; a repository's trouble is not.
bool is_of_the_host(RemoteTrouble trouble) {
    return trouble == RemoteTrouble::dns || trouble == RemoteTrouble::unreachable || trouble == RemoteTrouble::tls ||
           trouble == RemoteTrouble::host_key;
}

constexpr const char* pins_why = "pins cannot be installed: the packages stay as they are";

void diagnose_missing_virtualenv(const std::string& connector, const ObservedVirtualenv& virtualenv,
                                 const InstallerFacts& installer, Diagnosis& diagnosis) {
    if (!installer.creates_virtualenv) {
        diagnosis.find({"virtualenv", connector, fmt::format("it has pins but no virtualenv: {}", virtualenv.path),
                        pins_why,
                        fmt::format("python3 -m venv {}, or create-venv = true below [python]", virtualenv.path)});
    } else if (!installer.has_interpreter) {
        diagnosis.find({"virtualenv", connector,
                        fmt::format("its virtualenv is missing, and so is {} to create it", installer.interpreter),
                        pins_why, "apt install python3-venv, or set python.interpreter to another one"});
    }
}

void diagnose_leftovers(const std::string& connector, const std::vector<std::string>& leftovers, Diagnosis& diagnosis) {
    if (leftovers.empty()) return;
    const std::string what = leftovers.size() == 1 ? fmt::format("an interrupted pip left {}", leftovers.front())
                                                   : fmt::format("an interrupted pip left {} folders such as {}",
                                                                 leftovers.size(), leftovers.front());
    diagnosis.find({"virtualenv", connector, what,
                    "a package may be half removed, and pip takes it for missing; the next install removes the folder",
                    fmt::format("gup-agent now {0}; if it still exists then, remove it by hand", connector)});
}

}  // namespace

RemoteTrouble classify_remote_error(const Error& error) {
    switch (error.cause) {
        case Cause::name_lookup:
            return RemoteTrouble::dns;
        case Cause::tls:
            return RemoteTrouble::tls;
        case Cause::host_key:
        case Cause::unknown_host_key:
            return RemoteTrouble::host_key;
        case Cause::missing_branch:
            return RemoteTrouble::branch;
        case Cause::limit:
        case Cause::format:
        case Cause::not_ours:
        case Cause::data_budget:
        case Cause::git_config:
        case Cause::worker_died:
        case Cause::none:
            break;
    }
    if (is_network_failure(error)) return RemoteTrouble::unreachable;
    if (error.code == ErrorCode::authentication) return RemoteTrouble::credentials;
    return error.code == ErrorCode::not_found ? RemoteTrouble::repository : RemoteTrouble::other;
}

void diagnose_remotes(const std::vector<RemoteAnswer>& answers, std::size_t name_servers, Diagnosis& diagnosis) {
    std::map<std::pair<RemoteTrouble, std::string>, std::size_t> seen;
    std::vector<std::pair<std::size_t, std::vector<std::string>>> groups;  // first answer, connectors
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const RemoteAnswer& answer = answers[i];
        diagnosis.look();
        if (!answer.error) continue;
        const RemoteTrouble trouble = classify_remote_error(*answer.error);
        const bool shared = is_of_the_host(trouble) && !answer.host.empty();
        const auto [place, is_new] =
            seen.try_emplace({trouble, shared ? answer.host : "\n" + answer.connector}, groups.size());
        if (is_new) groups.push_back({i, {}});
        groups[place->second].second.push_back(answer.connector);
    }
    for (const auto& [first, connectors] : groups) {
        diagnosis.find(
            remote_finding(classify_remote_error(*answers[first].error), answers[first], connectors, name_servers));
    }
}

void diagnose_code(const std::string& connector, const Gupfile& gupfile, const ObservedCode& code,
                   Diagnosis& diagnosis) {
    diagnosis.look();
    if (code.condition == CodeCondition::ready) return;
    const Plan plan = make_plan(gupfile, code, {}, {}, {});
    diagnosis.find({"code", connector, plan.code_blocked, "the code stays as it is", plan.code_hint});
}

void diagnose_packs(const std::string& connector, const std::vector<PackPile>& piles, Diagnosis& diagnosis) {
    diagnosis.look();
    for (const PackPile& pile : piles) {
        diagnosis.find(
            {"packs", connector, fmt::format("{} has {} packs", pile.git_folder.string(), pile.packs),
             "every run becomes slower: git joins packs, and no git is installed",
             fmt::format("install git; or on a machine with git: git --git-dir={} gc", pile.git_folder.string())});
    }
}

void diagnose_gupfile(const std::string& connector, const Gupfile& gupfile, Diagnosis& diagnosis) {
    diagnosis.look();
    for (const Problem& problem : gupfile.problems) {
        const std::string place = place_of(problem, connector + "/");
        if (problem.severity == Severity::warning) {
            diagnosis.note(fmt::format("{}: {}", place, problem.message));
        } else {
            diagnosis.find({"gupfile", place, problem.message, "this connector's packages are not updated",
                            problem.hint.empty() ? "correct the line" : problem.hint});
        }
    }
}

void diagnose_virtualenv(const std::string& connector, const Gupfile& gupfile, const ObservedVirtualenv& virtualenv,
                         const InstallerFacts& installer, Diagnosis& diagnosis) {
    diagnosis.look();
    if (!virtualenv.present) {
        if (!gupfile.pins.empty()) diagnose_missing_virtualenv(connector, virtualenv, installer, diagnosis);
        return;
    }
    const std::string anew = fmt::format("create it again: rm -r {0}; python3 -m venv {0}", virtualenv.path);
    if (!virtualenv.defect.empty()) {
        const bool is_made_anew = installer.creates_virtualenv && !gupfile.pins.empty();
        diagnosis.find({"virtualenv", connector, virtualenv.defect,
                        "the connector cannot start with it, and " + std::string(pins_why),
                        is_made_anew ? fmt::format("the next run tries to make it again; by hand: {}", anew) : anew});
        return;
    }
    for (const std::string& file : virtualenv.unreadable) {
        diagnosis.find({"virtualenv", connector, fmt::format("{} is not UTF-8", file),
                        fmt::format("every pip command fails on it: {}", pins_why),
                        "remove that distribution's folder by hand"});
    }
    diagnose_leftovers(connector, virtualenv.leftovers, diagnosis);
    for (const HurtFile& file : installer.gone) {
        const Distribution& owner = *file.distribution;
        diagnosis.note(
            fmt::format("{0}: a file of {1} {2} is missing: {3}. This installs it again: {4} -m pip install "
                        "--force-reinstall --no-deps {1}=={2}",
                        connector, owner.name, owner.version, file.path.string(), virtualenv.python));
    }
    if (gupfile.pins.empty()) return;
    if (installer.error) {
        diagnosis.find({"pip", connector, installer.error->message, pins_why, installer.error->hint});
    } else if (installer.is_old) {
        diagnosis.find({"pip", connector, fmt::format("its pip is {}, older than {}", installer.pip, oldest_good_pip),
                        "it knows neither today's wheels (manylinux_2_17 and newer: it compiles on the gateway "
                        "instead, or fails) nor the resolver that refuses conflicting packages",
                        fmt::format("{} -m pip install --upgrade 'pip>={}'", virtualenv.python, oldest_good_pip)});
    }
}

void diagnose_held_pins(const std::string& connector, const std::vector<HeldPin>& held, std::int64_t now,
                        Diagnosis& diagnosis) {
    diagnosis.look();
    for (const HeldPin& pin : held) {
        diagnosis.find({"held-pin", connector,
                        fmt::format("{} is not available: {}", display(pin.requirement), pin.reason),
                        fmt::format("it is not tried again tonight (first seen {} ago)", span_text(now - pin.since)),
                        fmt::format("correct the gupfile, or the remote; gup-agent now {} tries at once", connector)});
    }
}

namespace {

// Whether another finding has the reason: a pin that is not available, or what is still so.
bool is_told(const ConnectorReport& report, const Diagnosis& diagnosis) {
    std::size_t parts = 1;
    for (auto at = report.reason.find("; "); at != std::string::npos; at = report.reason.find("; ", at + 1)) ++parts;
    const bool is_of_pins = std::all_of(report.held_back.begin(), report.held_back.end(),
                                        [&](const HeldPin& pin) { return contains(report.reason, pin.reason); });
    if (parts == report.held_back.size() && is_of_pins) return true;
    return std::any_of(diagnosis.findings.begin(), diagnosis.findings.end(), [&](const Finding& one) {
        return one.subject == report.name && contains(report.reason, one.what);
    });
}

}  // namespace

void diagnose_last_outcome(const ConnectorReport& report, std::int64_t seen, Diagnosis& diagnosis) {
    diagnosis.look();
    const bool is_bad = report.outcome == Outcome::failed || report.outcome == Outcome::rolled_back ||
                        report.outcome == Outcome::blocked;
    if (!is_bad || report.unreachable || is_told(report, diagnosis)) return;  // remotes are asked again
    diagnosis.find({"last-outcome", report.name,
                    fmt::format("the run at {}: {}: {}", format_time(seen), display(report.outcome), report.reason),
                    report.outcome == Outcome::rolled_back ? "that release is not tried again"
                                                           : "the same happens again, unless it was mended since",
                    report.hint.empty()
                        ? fmt::format("gup-agent now {} tries at once; gup.log has the details", report.name)
                        : report.hint});
}

void diagnose_folder_around(const std::string& connector, const std::string& folder, const std::string& source,
                            Diagnosis& diagnosis) {
    diagnosis.look();
    if (folder.empty()) return;
    auto [message, hint] = tell_folder_around(folder, source);
    diagnosis.find({"archive", connector, std::move(message), "it is deployed with this folder", std::move(hint)});
}

void diagnose_access(const std::string& connector, const AccessFacts& facts, Diagnosis& diagnosis) {
    diagnosis.look();
    if (!facts.acts_as_owner) {
        diagnosis.find({"permissions", connector,
                        fmt::format("it belongs to {}, and this user is neither that nor root", facts.owner),
                        "an agent that is started by this user can change nothing there",
                        facts.owner == "root"
                            ? "start the agent (and doctor) as root"
                            : fmt::format("start the agent (and doctor) as root, or as {}", facts.owner)});
        return;
    }
    if (!facts.temporary.empty()) {
        diagnosis.find({"permissions", connector,
                        fmt::format("its owner {} cannot write to {}, the folder for temporary files", facts.owner,
                                    facts.temporary),
                        "neither packages nor new commits can be unpacked",
                        fmt::format("chmod 1777 {}, or set python.temporary-folder to another one", facts.temporary)});
    }
    if (!facts.unreadable.empty()) {
        diagnosis.find({"permissions", connector,
                        fmt::format("its owner {} cannot read {}", facts.owner, facts.unreadable),
                        "an update that needs it fails", fmt::format("chown -R {} {}", facts.owner, facts.unreadable)});
    }
    if (!facts.unwritable.empty()) {
        diagnosis.find({"permissions", connector,
                        fmt::format("its owner {} cannot write to {}", facts.owner, list_text(facts.unwritable)),
                        "an update that changes something there fails (did someone work there as root?)",
                        fmt::format("chown -R {} {}", facts.owner, facts.unwritable.front())});
    }
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "core/quadlet/container_life.hpp"

#include <algorithm>

#include "core/quadlet/key_table.hpp"
#include "core/quadlet/names.hpp"
#include "core/quadlet/unit_text.hpp"
#include "util/printable.hpp"

namespace gup::quadlet {
namespace {

using compose::Milliseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds restart_pause{5};
constexpr seconds pull_time{900};  // systemd's 90 s are short for an image on a slow line
constexpr seconds start_reserve{30};
constexpr seconds stop_reserve{10};
constexpr seconds default_period{30};  // podman's, of interval and timeout
constexpr unsigned default_retries = 3;

std::string in_milliseconds(Milliseconds time) {
    const bool is_whole = time.count() % 1000 == 0;
    return is_whole ? std::to_string(time.count() / 1000) + 's' : std::to_string(time.count()) + "ms";
}

std::string in_seconds(Milliseconds time) {
    return std::to_string((time.count() + 999) / 1000);
}

bool checks_health(const compose::Service& service) {
    return service.health && !service.health->is_disabled && !service.health->command.empty();
}

bool is_awaited(const compose::Project& project, const compose::Service& service, compose::Condition condition) {
    return std::ranges::any_of(project.services, [&](const compose::Service& other) {
        return std::ranges::any_of(other.depends_on, [&](const compose::Dependency& it) {
            return it.stack.empty() && it.service == service.name && it.condition == condition;
        });
    });
}

// podman splits a first word CMD at blanks, takes one word for a shell's command, and an array of several as it is.
std::string health_command(const compose::Health& health) {
    if (health.is_shell) return json_array({"CMD-SHELL", health.command.back()});
    if (health.command.size() > 1) return json_array(health.command);
    const std::string& program = health.command.front();
    const bool is_word = program.find_first_of(" \t\n\"'\\") == std::string::npos;
    return is_word ? "CMD " + program : json_array({"CMD-SHELL", program});
}

void add_time(ContainerSheet& sheet, std::string_view key, std::string_view option,
              const std::optional<Milliseconds>& time) {
    if (time && time->count() > 0) sheet.setting(key, option, in_milliseconds(*time));
}

void add_health_settings(ContainerSheet& sheet, const compose::Health& health) {
    const std::string command = health_command(health);
    sheet.raw_setting("HealthCmd", "--health-cmd", command);
    add_time(sheet, "HealthInterval", "--health-interval", health.interval);
    std::optional<Milliseconds> timeout = health.timeout;
    if (timeout && timeout->count() > 0) timeout = std::max(*timeout, Milliseconds{1000});  // podman's least
    add_time(sheet, "HealthTimeout", "--health-timeout", timeout);
    add_time(sheet, "HealthStartPeriod", "--health-start-period", health.start_period);
    if (health.retries && *health.retries > 0) {
        sheet.setting("HealthRetries", "--health-retries", std::to_string(*health.retries));
    }
    if (!health.start_interval || health.start_interval->count() <= 0) return;
    sheet.raw_setting("HealthStartupCmd", "--health-startup-cmd", command);
    add_time(sheet, "HealthStartupInterval", "--health-startup-interval", health.start_interval);
    add_time(sheet, "HealthStartupTimeout", "--health-startup-timeout", timeout);
}

// Until the container is healthy, or surely not.
milliseconds time_to_health(const std::optional<compose::Health>& health) {
    const auto or_default = [](const std::optional<Milliseconds>& time) -> Milliseconds {
        return time && time->count() > 0 ? *time : Milliseconds{default_period};
    };
    if (!health) return (default_period + default_period) * (default_retries + 1) + start_reserve;
    const unsigned retries = health->retries && *health->retries > 0 ? *health->retries : default_retries;
    const milliseconds checks = (or_default(health->interval) + or_default(health->timeout)) * (retries + 1);
    return health->start_period.value_or(Milliseconds{0}) + checks + start_reserve;
}

// Before Notify=healthy: the unit is active when a check in the container has succeeded. 1: not yet; else it is gone.
void add_health_gate(ContainerSheet& sheet) {
    sheet.in_service("ExecStartPost",
                     "/bin/sh -c \"until /usr/bin/podman healthcheck run \\\"$$1\\\" >/dev/null 2>&1; do "
                     "[ $$? = 1 ] || exit 1; sleep 2; done\" sh " +
                         escape_word(container_name(sheet.service(), sheet.facts())));
}

// The service is not among those that are rendered: its unit may be there from before.
bool is_left_out(const Facts& facts, const std::string& service) {
    return !facts.services.empty() && std::ranges::find(facts.services, service) == facts.services.end();
}

}  // namespace

Expected expected_of(const compose::Project& project, const Facts& facts, const compose::Service& service) {
    Expected result;
    result.is_oneshot = service.is_oneshot || facts.awaited.contains(service.name) ||
                        is_awaited(project, service, compose::Condition::completed);
    result.has_health =
        !result.is_oneshot && (checks_health(service) || is_awaited(project, service, compose::Condition::healthy));
    return result;
}

void add_dependencies(ContainerSheet& sheet) {
    for (const compose::Dependency& it : sheet.service().depends_on) {
        const bool is_ours = it.stack.empty();
        const compose::Service* const other = is_ours ? sheet.project().find(it.service) : nullptr;
        if (is_ours && other == nullptr) {
            if (!it.required) continue;
            sheet.fail(it.place,
                       printable(sheet.service().name) + " depends on " + printable(it.service) +
                           ", which is not a service of this stack",
                       "add it, enable its profile, or write required: false");
            continue;
        }
        if (other != nullptr && it.condition == compose::Condition::healthy && !other->health) {
            sheet.warn(it.place, printable(it.service) + " has no healthcheck: its image must have one",
                       "add a healthcheck to the service " + printable(it.service));
        }
        const bool is_required = it.required && !(is_ours && is_left_out(sheet.facts(), it.service));
        sheet.after(prefix_of(sheet.facts(), it.stack) + it.service + ".service", is_required);
    }
}

void add_health(ContainerSheet& sheet, const Expected& expected) {
    const compose::Service& service = sheet.service();
    const bool is_disabled = service.health && service.health->is_disabled;
    if (is_disabled) sheet.setting("HealthCmd", "--health-cmd", "none");
    if (checks_health(service)) add_health_settings(sheet, *service.health);
    const milliseconds pulls = sheet.facts().pulls_never ? milliseconds{0} : milliseconds{pull_time};
    if (expected.is_oneshot) return;  // systemd lets it run as long as it takes
    if (!expected.has_health) {
        if (!sheet.facts().pulls_never) sheet.in_service("TimeoutStartSec", in_seconds(pulls));
        return;
    }
    if (sheet.facts().podman >= first_with_notify_healthy) {
        sheet.container("Notify", "healthy");
    } else {
        add_health_gate(sheet);
    }
    sheet.in_service("TimeoutStartSec", in_seconds(time_to_health(service.health) + pulls));
}

void add_restart(ContainerSheet& sheet, const Expected& expected) {
    const compose::Service& service = sheet.service();
    if (expected.is_oneshot) {
        sheet.in_service("Type", "oneshot");
        sheet.in_service("RemainAfterExit", "yes");
    }
    if (service.restart == compose::Restart::no) {
        if (service.has_restart && !expected.is_oneshot) sheet.in_service("Restart", "no");
        return;
    }
    // systemd starts a unit of Type=oneshot again only after a failure.
    const bool is_on_failure = service.restart == compose::Restart::on_failure || expected.is_oneshot;
    sheet.in_service("Restart", is_on_failure ? "on-failure" : "always");
    sheet.in_service("RestartSec", in_seconds(restart_pause));
    if (service.restart != compose::Restart::on_failure || service.restart_attempts == 0) return;
    const unsigned starts = service.restart_attempts + 1;
    sheet.unit("StartLimitBurst", std::to_string(starts));
    sheet.unit("StartLimitIntervalSec", in_seconds(3 * restart_pause * starts));
}

void add_stop(ContainerSheet& sheet) {
    const compose::Service& service = sheet.service();
    sheet.setting("StopSignal", "--stop-signal", service.stop_signal);
    if (!service.stop_grace_period) return;
    sheet.setting("StopTimeout", "--stop-timeout", in_seconds(*service.stop_grace_period));
    sheet.in_service("TimeoutStopSec", in_seconds(*service.stop_grace_period + stop_reserve));
}

void add_hooks(ContainerSheet& sheet) {
    const std::string exec = "/usr/bin/podman exec " + escape_word(container_name(sheet.service(), sheet.facts()));
    const auto add = [&](const std::string& key, const std::vector<std::vector<std::string>>& commands) {
        for (const std::vector<std::string>& command : commands) {
            std::string line = exec;
            for (const std::string& word : command) {
                if (!sheet.accepts(word)) return;
                line += ' ' + escape_word(word);
            }
            sheet.in_service(key, line);
        }
    };
    add("ExecStartPost", sheet.service().post_start);
    add("ExecStop", sheet.service().pre_stop);
}

}  // namespace gup::quadlet

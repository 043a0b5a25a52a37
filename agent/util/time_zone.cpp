// SPDX-License-Identifier: Apache-2.0
#include "util/time_zone.hpp"

#include <absl/time/internal/cctz/include/cctz/time_zone.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <string_view>

namespace gup {
namespace {

namespace cctz = absl::time_internal::cctz;

UnixTime unix_time(const cctz::time_point<cctz::seconds>& time) {
    return time.time_since_epoch().count();
}

cctz::time_point<cctz::seconds> time_point(UnixTime time) {
    return cctz::time_point<cctz::seconds>(cctz::seconds(time));
}

const cctz::civil_second civil_epoch(1970, 1, 1);

// Also for a zone file that names another one: no libc:, no file:, no path outside of the folder.
bool is_zone_name(std::string_view name) {
    const auto fits = [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '/' || c == '_' || c == '-' || c == '+';
    };
    return !name.empty() && name.front() != '/' && std::all_of(name.begin(), name.end(), fits);
}

// The zone that $TZ names, "" when it names none.
std::string zone_of_environment() {
    const char* value = std::getenv("TZ");  // NOLINT(concurrency-mt-unsafe): nobody sets it
    std::string name = value == nullptr ? "" : value;
    if (name.starts_with(':')) name.erase(0, 1);
    return name;
}

Error no_zone(const std::string& name, const std::string& from) {
    return {ErrorCode::invalid_input, "there is no time zone " + name + " on this machine" + from,
            "a name such as Europe/Berlin, as below /usr/share/zoneinfo (Debian's package tzdata)"};
}

}  // namespace

struct TimeZone::Zone {
    cctz::time_zone zone;
};

Result<TimeZone> TimeZone::load(const std::string& name) {
    Zone loaded;
    if (!name.empty()) {
        if (!is_zone_name(name) || !cctz::load_time_zone(name, &loaded.zone)) return no_zone(name, "");
        return TimeZone(std::make_shared<const Zone>(loaded));
    }
    const std::string own = zone_of_environment();
    if (own.empty()) {
        // Without that file the C library uses UTC, and so do all programs on this machine.
        (void)cctz::load_time_zone("/etc/localtime", &loaded.zone);
    } else if (!cctz::load_time_zone(own, &loaded.zone)) {
        return no_zone(own, " ($TZ)");
    }
    return TimeZone(std::make_shared<const Zone>(loaded));
}

std::chrono::local_seconds TimeZone::local_time(UnixTime time) const {
    const cctz::civil_second civil = zone_->zone.lookup(time_point(time)).cs;
    return std::chrono::local_seconds{std::chrono::seconds{civil - civil_epoch}};
}

TimeZone::Moment TimeZone::moment_of(std::chrono::local_seconds local) const {
    const auto found = zone_->zone.lookup(civil_epoch + local.time_since_epoch().count());
    switch (found.kind) {
        case cctz::time_zone::civil_lookup::SKIPPED:
            return {Occurrence::never, unix_time(found.trans)};
        case cctz::time_zone::civil_lookup::REPEATED:
            return {Occurrence::twice, unix_time(found.pre)};
        case cctz::time_zone::civil_lookup::UNIQUE:
            break;
    }
    return {Occurrence::once, unix_time(found.pre)};
}

std::optional<UnixTime> TimeZone::next_change(UnixTime time) const {
    cctz::time_zone::civil_transition change;
    if (!zone_->zone.next_transition(time_point(time), &change)) return std::nullopt;
    const auto found = zone_->zone.lookup(change.to);
    return unix_time(found.kind == cctz::time_zone::civil_lookup::UNIQUE ? found.pre : found.trans);
}

}  // namespace gup

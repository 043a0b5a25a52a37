// SPDX-License-Identifier: Apache-2.0
// Restarting the gateway, through a command that the operator chooses.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "util/clock.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// After a run with changes: never; only if a change needs a reboot; always.
enum class RebootWish : std::uint8_t { never, when_needed, always };

struct RebootSettings {
    RebootWish wish = RebootWish::when_needed;
    Milliseconds delay{15'000};
    std::vector<std::string> command{"systemctl", "reboot"};
};

// Waits the delay, then runs the command. Fails with cancelled when a stop was requested meanwhile, failed when the
// command does not end with 0 (the message has its last output).
[[nodiscard]] Status reboot(const RebootSettings& settings);

// A reboot that an update requested is remembered in <state>/reboot.json. The next start checks whether it happened.

// A connector whose new generation runs after the reboot.
struct RebootedConnector {
    std::string name;
    std::string from;        // the commit before
    std::string to;          // the new commit
    std::string generation;  // the new one's id; empty: it has none

    friend bool operator==(const RebootedConnector&, const RebootedConnector&) = default;
};

struct RebootRequest {
    UnixTime time = 0;
    std::string boot_id;  // of the boot in which it was asked for: read_boot()
    std::vector<RebootedConnector> connectors;
    std::string failure{};  // why the command failed; empty: it did not, as far as is known
};

// What to do when the command failed, or the reboot did not happen. A user's systemctl needs sudo, or a rule of polkit.
[[nodiscard]] std::string reboot_hint(bool is_root);

// The kernel's id of this boot, different after each boot (random(4)). Fails when it cannot be read or is malformed.
[[nodiscard]] Result<std::string> read_boot_id(const fs::path& file = "/proc/sys/kernel/random/boot_id");
// The kernel's id and, after a slash, when process 1 was started. A container starts anew while its kernel goes on.
// Without the second part where `proc` hides process 1 from this user. Fails as read_boot_id does.
[[nodiscard]] Result<std::string> read_boot(const fs::path& proc = "/proc");

// Durable before it returns: call it before the reboot. Replaces an older request.
[[nodiscard]] Status write_reboot_request(const fs::path& state, const RebootRequest& request);
// nullopt: there is none. Fails with corrupt for a malformed file.
[[nodiscard]] Result<std::optional<RebootRequest>> read_reboot_request(const fs::path& state);
// Removes the request after it was handled. Does nothing if there is none.
[[nodiscard]] Status forget_reboot_request(const fs::path& state);

enum class RebootVerdict : std::uint8_t { happened, did_not_happen };
// `boot` is read_boot() of now. It compares no times: a Pi has no clock of its own. Where one of the two boots has no
// start of process 1, the kernel's ids alone are compared.
[[nodiscard]] RebootVerdict judge_reboot(const RebootRequest& request, const std::string& boot);

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "host/service_notify.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "util/sys/file.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

constexpr const char* socket_variable = "NOTIFY_SOCKET";
constexpr const char* watchdog_variable = "WATCHDOG_USEC";
constexpr const char* watchdog_process_variable = "WATCHDOG_PID";

// NOLINTBEGIN(concurrency-mt-unsafe): there are no other threads
std::string take_variable(const char* name) {
    const char* value = std::getenv(name);
    std::string text = value == nullptr ? "" : value;
    ::unsetenv(name);
    return text;
}

void put_variable(const char* name, const std::string& value) {
    if (!value.empty()) ::setenv(name, value.c_str(), 1);
}
// NOLINTEND(concurrency-mt-unsafe)

}  // namespace

ServiceNotifier ServiceNotifier::take_from_environment() {
    ServiceNotifier notifier;
    notifier.socket_ = take_variable(socket_variable);
    notifier.watchdog_ = take_variable(watchdog_variable);
    const std::string process = take_variable(watchdog_process_variable);
    if (!process.empty() && process != std::to_string(::getpid())) notifier.watchdog_.clear();
    return notifier;
}

void ServiceNotifier::give_back() const {
    put_variable(socket_variable, socket_);
    put_variable(watchdog_variable, watchdog_);
}

void ServiceNotifier::tell(std::string_view message) const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket_.empty() || socket_.size() >= sizeof(address.sun_path)) return;
    std::memcpy(address.sun_path, socket_.data(), socket_.size());
    if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // an abstract one
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
    const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd.valid()) return;
    (void)::sendto(fd.get(), message.data(), message.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address),
                   size);
}

std::optional<Milliseconds> ServiceNotifier::watchdog_interval() const {
    const auto microseconds = number_in<std::int64_t>(watchdog_).value_or(0);
    return microseconds < 2000 ? std::nullopt : std::optional(Milliseconds{microseconds / 2000});
}

}  // namespace gup

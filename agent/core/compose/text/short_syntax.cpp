// SPDX-License-Identifier: Apache-2.0
#include "core/compose/text/short_syntax.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>

#include "core/yaml/node.hpp"
#include "util/text.hpp"

namespace gup::compose {
namespace {

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const std::size_t end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

std::vector<ShortPort> expanded(const ShortPort& port, const PortRange& targets, std::string_view published,
                                std::string& reason) {
    const int count = targets.last - targets.first + 1;
    std::optional<PortRange> hosts;
    if (!published.empty()) {
        hosts = parse_port_range(published);
        if (!hosts) {
            reason = fmt::format("{} is no port of the gateway", yaml::shown(published));
            return {};
        }
        const int host_count = hosts->last - hosts->first + 1;
        if (host_count != count && count != 1) {
            reason = fmt::format("the ranges have {} and {} ports", host_count, count);
            return {};
        }
    }
    std::vector<ShortPort> ports;
    for (int i = 0; i < count; ++i) {
        ShortPort one = port;
        one.target = static_cast<std::uint16_t>(targets.first + i);
        if (hosts && count == 1) one.published = published;
        if (hosts && count > 1) one.published = std::to_string(hosts->first + i);
        ports.push_back(std::move(one));
    }
    return ports;
}

}  // namespace

std::optional<PortRange> parse_port_range(std::string_view text) {
    const std::size_t dash = text.find('-');
    const auto first = number_in<std::uint16_t>(text.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : number_in<std::uint16_t>(text.substr(dash + 1));
    if (!first || !last || *first == 0 || *last < *first) return std::nullopt;
    return PortRange{*first, *last};
}

bool is_address(std::string_view text) {
    in6_addr buffer{};
    const std::string address(text);
    return inet_pton(AF_INET, address.c_str(), &buffer) == 1 || inet_pton(AF_INET6, address.c_str(), &buffer) == 1;
}

std::vector<ShortPort> parse_short_port(std::string_view text, std::string& reason) {
    const std::string written = yaml::shown(text);
    ShortPort port;
    if (const std::size_t slash = text.rfind('/'); slash != std::string_view::npos) {
        port.protocol = lower(text.substr(slash + 1));
        text = text.substr(0, slash);
        if (port.protocol != "tcp" && port.protocol != "udp" && port.protocol != "sctp") {
            reason = fmt::format("the protocol of {} is none of tcp, udp and sctp", written);
            return {};
        }
    }
    const std::size_t last = text.rfind(':');
    const std::string_view target = last == std::string_view::npos ? text : text.substr(last + 1);
    std::string_view host = last == std::string_view::npos ? std::string_view{} : text.substr(0, last);
    std::string_view published = host;
    if (const std::size_t colon = host.rfind(':'); colon != std::string_view::npos) {
        published = host.substr(colon + 1);
        host = host.substr(0, colon);
        if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
        port.host_ip = host;
        if (!host.empty() && !is_address(host)) {
            reason = fmt::format("{} in {} is no IP address", yaml::shown(host), written);
            return {};
        }
    } else if (is_address(host)) {
        port.host_ip = host;
        published = {};
    }
    const auto targets = parse_port_range(target);
    if (!targets) {
        reason = target.empty() ? fmt::format("{} has no port of the container", written)
                                : fmt::format("{} is no port of the container", yaml::shown(target));
        return {};
    }
    return expanded(port, *targets, published, reason);
}

bool is_path_source(std::string_view source) {
    return !source.empty() && (source.front() == '/' || source.front() == '.' || source.front() == '~');
}

std::optional<ShortVolume> parse_short_volume(std::string_view text, std::string& reason) {
    const std::vector<std::string_view> parts = split(text, ':');
    const bool has_drive = parts.size() > 1 && parts[0].size() == 1 && is_letter(parts[0][0]) &&
                           (parts[1].starts_with('\\') || (parts.size() > 2 && parts[2].starts_with('/')));
    if (has_drive || text.starts_with("\\\\")) {
        reason = fmt::format("{} is a path of Windows", yaml::shown(text));
        return std::nullopt;
    }
    if (parts.size() > 3 || std::any_of(parts.begin(), parts.end(), [](std::string_view one) { return one.empty(); })) {
        reason = fmt::format("{} is not SOURCE:TARGET, SOURCE:TARGET:OPTIONS or TARGET", yaml::shown(text));
        return std::nullopt;
    }
    ShortVolume volume;
    if (parts.size() > 1) volume.source = parts[0];
    volume.target = parts.size() > 1 ? parts[1] : parts[0];
    if (parts.size() > 2) {
        for (const std::string_view option : split(parts[2], ',')) volume.options.emplace_back(option);
    }
    if (!volume.target.starts_with('/')) {
        reason = fmt::format("the path {} in the container is not absolute", yaml::shown(volume.target));
        return std::nullopt;
    }
    return volume;
}

}  // namespace gup::compose

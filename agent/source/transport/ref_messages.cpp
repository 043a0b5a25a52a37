// SPDX-License-Identifier: Apache-2.0
#include "source/transport/ref_messages.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/declaration/requirement.hpp"
#include "source/libgit2/handles.hpp"
#include "util/printable.hpp"
#include "util/text.hpp"

namespace gup::detail {
namespace {

constexpr std::size_t id_size = 40;
constexpr std::size_t prefix_at_most = 1000;
constexpr std::size_t bytes_at_most = 32U << 20U;

Error nonsense(std::string_view line) {
    constexpr std::size_t shown = 80;
    return {
        ErrorCode::protocol, fmt::format("a list of refs cannot contain \"{}\"", printable(line.substr(0, shown))), {}};
}

Status check_format(std::string_view capability) {
    constexpr std::string_view key = "object-format=";
    if (!capability.starts_with(key) || capability == "object-format=sha1") return {};
    return Error{ErrorCode::unsupported,
                 fmt::format("the repository's ids are {}", printable(capability.substr(key.size()))),
                 "only SHA-1 repositories can be followed"};
}

// Of "<name>[ <attribute>…]".
std::string_view attribute_of(std::string_view ref, std::string_view key) {
    const auto begin = ref.find(key);
    if (begin == std::string_view::npos) return {};
    const std::string_view value = ref.substr(begin + key.size());
    return value.substr(0, value.find(' '));
}

}  // namespace

std::string ls_refs_request(const RefPrefixes& prefixes) {
    std::string request = data_packet("command=ls-refs\n");
    request += delimiter_packet;
    const auto any = [&](std::string_view begin) {
        return std::any_of(prefixes.begin(), prefixes.end(), [&](const auto& one) { return one.starts_with(begin); });
    };
    if (any("HEAD")) request += data_packet("symrefs\n");
    if (any("refs/tags/")) request += data_packet("peel\n");
    for (const std::string& prefix : prefixes) {
        // A shorter prefix only gives more refs than needed.
        const auto end = std::find_if(prefix.begin(), prefix.end(), [](unsigned char c) { return c < 0x20; });
        const auto size = std::min(static_cast<std::size_t>(end - prefix.begin()), prefix_at_most);
        request += data_packet("ref-prefix " + prefix.substr(0, size) + "\n");
    }
    request += flush_packet;
    return request;
}

bool RefCollector::is_wanted(std::string_view name) const {
    return prefixes_.empty() || std::any_of(prefixes_.begin(), prefixes_.end(),
                                            [&](const std::string& prefix) { return name.starts_with(prefix); });
}

Status RefCollector::take(std::string_view line) {
    const std::string_view id = line.substr(0, id_size);
    if (!is_commit_id(id) || line.size() < id_size + 2 || line[id_size] != ' ') return nonsense(line);
    const std::string_view rest = line.substr(id_size + 1);
    const std::string_view name = rest.substr(0, rest.find(' '));
    if (name.empty()) return nonsense(line);
    const std::string_view target = attribute_of(rest, " symref-target:");
    const std::string_view peeled = attribute_of(rest, " peeled:");
    if (!is_wanted(name)) return {};
    size_ += sizeof(RemoteRef) + id_size + name.size() + target.size();
    if (size_ > bytes_at_most) return Error{ErrorCode::protocol, "the list of refs has no end", {}, Cause::limit};
    refs_.push_back({std::string(name), std::string(id), std::string(target)});
    if (is_commit_id(peeled)) refs_.push_back({std::string(name) + "^{}", std::string(peeled), {}});
    return {};
}

Status RefAdvertisement::take(const Packet& packet) {
    if (packet.kind == PacketKind::flush) {
        take_flush();
        return {};
    }
    if (packet.kind != PacketKind::data) return nonsense("a delimiter");
    const std::string_view line = packet.line();
    switch (part_) {
        case Part::begin:
        case Part::service:
            return take_first(line);
        case Part::capabilities:
            return take_capability(line);
        default:
            return take_ref(line);
    }
}

// Over HTTP the name of the service comes first, as a separate message.
void RefAdvertisement::take_flush() {
    if (part_ != Part::service) complete();
    part_ = Part::begin;
}

Status RefAdvertisement::take_first(std::string_view line) {
    if (part_ == Part::begin && line == "# service=git-upload-pack") {
        part_ = Part::service;
        return {};
    }
    part_ = Part::refs;
    if (line == "version 2") {
        version_ = 2;
        part_ = Part::capabilities;
        return {};
    }
    if (line == "version 1") {
        version_ = 1;
        return {};
    }
    return take_ref(line);
}

Status RefAdvertisement::take_capability(std::string_view line) {
    if (line == "ls-refs" || line.starts_with("ls-refs=")) has_ls_refs_ = true;
    return check_format(line);
}

Status RefAdvertisement::take_ref(std::string_view line) {
    const auto zero = line.find('\0');
    if (zero != std::string_view::npos) {
        std::string_view capabilities = line.substr(zero + 1);
        while (!capabilities.empty()) GUP_CHECK(check_format(take_until(capabilities, ' ')));
        line = line.substr(0, zero);
    }
    // Of a shallow repository, and of one without any ref.
    if (line.starts_with("shallow ") || line.ends_with(" capabilities^{}")) return {};
    return collector_.take(line);
}

Status LsRefsAnswer::take(const Packet& packet) {
    if (packet.kind == PacketKind::flush) {
        complete();
        return {};
    }
    if (packet.kind != PacketKind::data) return nonsense("a delimiter");
    const std::string_view line = packet.line();
    return line.starts_with("unborn ") ? Status{} : collector_.take(line);
}

}  // namespace gup::detail

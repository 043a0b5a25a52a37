// SPDX-License-Identifier: Apache-2.0
// Messages about refs: the advertisement of versions 0, 1 and 2 of git's protocol, and the answer to version 2's
// ls-refs. Pure: packets in, refs out.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "source/libgit2/types.hpp"
#include "source/transport/pkt_line.hpp"
#include "util/result.hpp"

namespace gup::detail {

// Full names or beginnings of them ("refs/heads/main"); none: all refs.
using RefPrefixes = std::vector<std::string>;

// The body of a request for these refs alone.
[[nodiscard]] std::string ls_refs_request(const RefPrefixes& prefixes);

// Keeps the requested refs; servers may send more.
class RefCollector {
public:
    explicit RefCollector(RefPrefixes prefixes) : prefixes_(std::move(prefixes)) {}
    // "<id> <name>[ <attribute>…]". Fails with protocol.
    [[nodiscard]] Status take(std::string_view line);
    [[nodiscard]] std::vector<RemoteRef>& refs() noexcept { return refs_; }

private:
    [[nodiscard]] bool is_wanted(std::string_view name) const;
    RefPrefixes prefixes_;
    std::vector<RemoteRef> refs_;
    std::size_t size_ = 0;  // limit of the kept refs: a server may never end
};

// Takes packets until is_complete().
class RefMessage {
public:
    virtual ~RefMessage() = default;
    [[nodiscard]] virtual Status take(const Packet& packet) = 0;
    [[nodiscard]] bool is_complete() const noexcept { return complete_; }

protected:
    void complete() noexcept { complete_ = true; }

private:
    bool complete_ = false;
};

// A server's first message. In version 2 it has only its capabilities.
class RefAdvertisement final : public RefMessage {
public:
    explicit RefAdvertisement(const RefPrefixes& prefixes) : collector_(prefixes) {}
    // Fails with protocol, and with unsupported for repositories whose ids are not SHA-1.
    [[nodiscard]] Status take(const Packet& packet) override;

    [[nodiscard]] int version() const noexcept { return version_; }
    [[nodiscard]] bool has_ls_refs() const noexcept { return has_ls_refs_; }  // of version 2
    [[nodiscard]] std::vector<RemoteRef>& refs() noexcept { return collector_.refs(); }

private:
    enum class Part : std::uint8_t { begin, service, capabilities, refs };
    void take_flush();
    [[nodiscard]] Status take_first(std::string_view line);
    [[nodiscard]] Status take_capability(std::string_view line);
    [[nodiscard]] Status take_ref(std::string_view line);

    RefCollector collector_;
    Part part_ = Part::begin;
    int version_ = 0;
    bool has_ls_refs_ = false;
};

class LsRefsAnswer final : public RefMessage {
public:
    explicit LsRefsAnswer(const RefPrefixes& prefixes) : collector_(prefixes) {}
    [[nodiscard]] Status take(const Packet& packet) override;
    [[nodiscard]] std::vector<RemoteRef>& refs() noexcept { return collector_.refs(); }

private:
    RefCollector collector_;
};

}  // namespace gup::detail

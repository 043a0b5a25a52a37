// SPDX-License-Identifier: Apache-2.0
#include "core/compose/service_storage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/compose/text/quantities.hpp"
#include "core/compose/text/short_syntax.hpp"
#include "util/text.hpp"

namespace gup::compose {
namespace {

using yaml::Node;

constexpr std::array<std::string_view, 6> propagations{"rprivate", "private", "rshared", "shared", "rslave", "slave"};

bool is_propagation(std::string_view word) {
    return std::find(propagations.begin(), propagations.end(), word) != propagations.end();
}

// The later one of the same target wins, in the place of the first one.
void add_mount(Service& service, Mount mount) {
    const auto same = std::find_if(service.mounts.begin(), service.mounts.end(),
                                   [&](const Mount& one) { return one.target == mount.target; });
    if (same == service.mounts.end()) {
        service.mounts.push_back(std::move(mount));
    } else {
        *same = std::move(mount);
    }
}

std::string without_last_slash(std::string target) {
    while (target.size() > 1 && target.ends_with('/')) target.pop_back();
    return target;
}

// True if `path` is one of `paths`, or in one of them.
bool is_kept(const std::string& path, const std::vector<std::string>& paths) {
    return std::any_of(paths.begin(), paths.end(), [&](std::string kept) {
        while (kept.ends_with('/')) kept.pop_back();
        return path == kept || path.starts_with(kept + "/");
    });
}

// `node`: where `source` is written. False: an error was told.
bool set_bind_source(const Node& node, const std::string& source, Mount& mount, Reading& reading) {
    mount.kind = MountKind::bind;
    Node written = node;
    written.text = source;
    if (source.starts_with('/')) {
        if (contains(source + "/", "/../")) {
            reading.findings.error(node.mark, fmt::format("the path {} has ..", yaml::shown(source)),
                                   "write the path without ..");
            return false;
        }
        mount.source = source;
        return true;
    }
    auto path = repository_path(written, "the mounted path", reading.findings);
    if (!path) return false;
    reading.inputs.insert(*path);
    mount.in_repository = true;
    mount.source = *std::move(path);
    if (reading.options.persist && !reading.files.has(mount.source) &&
        !is_kept(mount.source, *reading.options.persist)) {
        reading.findings.error(node.mark, fmt::format("{} is not in the repository", yaml::shown(mount.source)),
                               "what a container writes there is lost with the next release: add it to persist in the "
                               "gupfile, or use a named volume");
        return false;
    }
    return true;
}

void apply_volume_options(const Node& node, const std::vector<std::string>& options, Mount& mount, Reading& reading) {
    constexpr std::array<std::string_view, 12> known{"noexec", "exec", "nosuid", "suid",  "nodev", "dev",
                                                     "U",      "O",    "copy",   "idmap", "bind",  "rbind"};
    constexpr std::array<std::string_view, 3> ignored{"cached", "delegated", "consistent"};
    for (const std::string& option : options) {
        if (option == "ro" || option == "rw") {
            mount.read_only = option == "ro";
        } else if (option == "z" || option == "Z") {
            mount.selinux = option;
        } else if (option == "nocopy") {
            mount.no_copy = true;
        } else if (is_propagation(option)) {
            mount.propagation = option;
        } else if (std::find(known.begin(), known.end(), option) != known.end()) {
            mount.options.push_back(option);
        } else if (std::find(ignored.begin(), ignored.end(), option) == ignored.end()) {
            reading.findings.error(node.mark, fmt::format("a volume has no option {}", yaml::shown(option)),
                                   "options are ro, rw, z, Z, nocopy, rshared, noexec, …");
        }
    }
}

void read_short_volume(const Node& node, Service& service, Reading& reading) {
    std::string reason;
    const auto parsed = parse_short_volume(node.text, reason);
    if (!parsed) {
        reading.findings.error(node.mark, reason, "write ./folder:/path/in/container:ro or name:/path/in/container");
        return;
    }
    Mount mount{.place = place_of_mark(node.mark)};
    mount.target = without_last_slash(parsed->target);
    if (is_path_source(parsed->source)) {
        if (!set_bind_source(node, parsed->source, mount, reading)) return;
    } else {
        mount.kind = MountKind::volume;
        mount.source = parsed->source;
    }
    apply_volume_options(node, parsed->options, mount, reading);
    add_mount(service, std::move(mount));
}

// Octal digits of a file mode.
std::string mode_in(const Node& node, Findings& findings) {
    if (node.is_null()) return {};
    std::string digits = node.is_scalar() ? node.text : std::string{};
    const bool is_decimal = node.is_plain && node.kind == yaml::Kind::integer && !digits.starts_with('0');
    if (digits.starts_with("0o")) digits.replace(0, 2, "0");
    if (is_decimal) {
        const auto number = number_in<unsigned>(digits);
        const std::string octal = number ? fmt::format("0{:o}", *number) : digits;
        findings.warning(node.mark, fmt::format("the mode {} is decimal: it is {} in octal digits", digits, octal),
                         fmt::format("write 0{} for the mode of these digits", digits));
        digits = octal;
    }
    const bool is_octal =
        !digits.empty() && digits.size() <= 5 && digits.find_first_not_of("01234567") == std::string::npos;
    if (is_octal) return digits;
    findings.error(node.mark, fmt::format("{} is no mode of a file", yaml::shown(node.text)), "write 0440");
    return {};
}

std::string id_in(const Node& node, std::string_view what, Findings& findings) {
    const auto number = integer_in(node, what, findings);
    if (number && *number < 0) findings.error(node.mark, fmt::format("{} is negative", what));
    return number ? std::to_string(*number) : std::string{};
}

void read_bind_options(const Node& node, Mount& mount, Findings& findings) {
    if (!check_keys(node, {"propagation", "create_host_path", "recursive", "selinux"}, "bind", findings)) return;
    if (const Node* const found = node.find("propagation")) {
        mount.propagation = text_or_empty(*found, "propagation", findings);
        if (!mount.propagation.empty() && !is_propagation(mount.propagation)) {
            findings.error(found->mark, fmt::format("{} is no propagation", yaml::shown(mount.propagation)),
                           fmt::format("it is one of {}", fmt::join(propagations, ", ")));
        }
    }
    if (const Node* const found = node.find("create_host_path")) {
        mount.create_host_path = flag_in(*found, "create_host_path", findings);
    }
    if (const Node* const found = node.find("selinux")) {
        mount.selinux = text_or_empty(*found, "selinux", findings);
        if (!mount.selinux.empty() && mount.selinux != "z" && mount.selinux != "Z") {
            findings.error(found->mark, "selinux wants z or Z", "z for a path that several containers use");
        }
    }
    if (const Node* const found = node.find("recursive"); found != nullptr && found->text == "disabled") {
        mount.options.emplace_back("bind");
    }
}

void read_mount_options(const Node& node, Mount& mount, Reading& reading) {
    Findings& findings = reading.findings;
    if (const Node* const bind = node.find("bind"); bind != nullptr && !bind->is_null()) {
        read_bind_options(*bind, mount, findings);
    }
    if (const Node* const volume = node.find("volume"); volume != nullptr && !volume->is_null()) {
        if (check_keys(*volume, {"nocopy", "subpath", "labels"}, "volume", findings)) {
            if (const Node* const found = volume->find("nocopy")) mount.no_copy = flag_in(*found, "nocopy", findings);
            if (const Node* const found = volume->find("subpath"))
                mount.subpath = text_or_empty(*found, "subpath", findings);
        }
    }
    if (const Node* const tmpfs = node.find("tmpfs"); tmpfs != nullptr && !tmpfs->is_null()) {
        if (check_keys(*tmpfs, {"size", "mode"}, "tmpfs", findings)) {
            if (const Node* const found = tmpfs->find("size")) mount.size = bytes_in(*found, "size", false, findings);
            if (const Node* const found = tmpfs->find("mode")) mount.mode = mode_in(*found, findings);
        }
    }
    if (const Node* const image = node.find("image"); image != nullptr && !image->is_null()) {
        if (check_keys(*image, {"subpath"}, "image", findings)) {
            if (const Node* const found = image->find("subpath"))
                mount.subpath = text_or_empty(*found, "subpath", findings);
        }
    }
}

bool set_mount_source(const Node& node, Mount& mount, Reading& reading) {
    const Node* const source = node.find("source");
    const std::string text = source == nullptr ? std::string{} : text_or_empty(*source, "source", reading.findings);
    if (mount.kind == MountKind::bind) {
        if (!text.empty()) {
            Node path = *source;
            if (!is_path_source(text)) path.text = "./" + text;
            return set_bind_source(path, path.text, mount, reading);
        }
        reading.findings.error(node.mark, "a bind mount wants a source", "write source: ./folder");
        return false;
    }
    if (mount.kind == MountKind::image && text.empty()) {
        reading.findings.error(node.mark, "a mount of an image wants a source", "write source: image:tag");
        return false;
    }
    if (mount.kind == MountKind::tmpfs && !text.empty()) {
        reading.findings.error(source->mark, "a tmpfs has no source", "remove it");
        return false;
    }
    mount.source = text;
    return true;
}

void read_long_volume(const Node& node, Service& service, Reading& reading) {
    constexpr std::array<std::pair<std::string_view, MountKind>, 4> kinds{{{"bind", MountKind::bind},
                                                                           {"volume", MountKind::volume},
                                                                           {"tmpfs", MountKind::tmpfs},
                                                                           {"image", MountKind::image}}};
    Findings& findings = reading.findings;
    check_keys(node, {"type", "source", "target", "read_only", "consistency", "bind", "volume", "tmpfs", "image"},
               "a volume", findings);
    const Node* const type = node.find("type");
    const std::string word = type == nullptr ? std::string{} : text_or_empty(*type, "type", findings);
    const auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const auto& one) { return one.first == word; });
    if (kind == kinds.end()) {
        findings.error(type == nullptr ? node.mark : type->mark,
                       type == nullptr ? "a volume wants a type"
                                       : fmt::format("podman has no mount of type {}", yaml::shown(word)),
                       "types are bind, volume, tmpfs and image");
        return;
    }
    Mount mount{.place = place_of_mark(node.mark), .kind = kind->second};
    const Node* const target = node.find("target");
    mount.target = target == nullptr ? std::string{} : without_last_slash(text_or_empty(*target, "target", findings));
    if (!mount.target.starts_with('/')) {
        findings.error(target == nullptr ? node.mark : target->mark, "a volume wants an absolute target",
                       "write target: /path/in/container");
        return;
    }
    if (!set_mount_source(node, mount, reading)) return;
    if (const Node* const found = node.find("read_only")) mount.read_only = flag_in(*found, "read_only", findings);
    read_mount_options(node, mount, reading);
    add_mount(service, std::move(mount));
}

}  // namespace

void read_volumes(const Node& node, Service& service, Reading& reading) {
    if (node.is_null()) return;
    if (!node.is_sequence()) {
        reading.findings.error(node.mark, fmt::format("volumes wants a list, not {}", name_of(node.kind)));
        return;
    }
    for (const Node& item : node.items) {
        if (item.is_mapping()) {
            read_long_volume(item, service, reading);
        } else if (item.is_scalar() && !item.is_null()) {
            read_short_volume(item, service, reading);
        } else {
            reading.findings.error(item.mark, fmt::format("a volume cannot be {}", name_of(item.kind)));
        }
    }
}

void read_tmpfs(const Node& node, Service& service, Reading& reading) {
    for (const std::string& text : texts_in(node, "tmpfs", reading.findings)) {
        Mount mount{.place = place_of_mark(node.mark), .kind = MountKind::tmpfs};
        std::string_view rest = text;
        mount.target = without_last_slash(std::string(take_until(rest, ':')));
        while (!rest.empty()) {
            const std::string_view option = take_until(rest, ',');
            if (option.starts_with("size=") && parse_bytes(option.substr(5))) {
                mount.size = std::to_string(*parse_bytes(option.substr(5)));
            } else if (option.starts_with("mode=")) {
                mount.mode = option.substr(5);
            } else if (option == "ro") {
                mount.read_only = true;
            } else if (option != "rw" && !option.empty()) {
                mount.options.emplace_back(option);
            }
        }
        if (mount.target.starts_with('/')) {
            add_mount(service, std::move(mount));
        } else {
            reading.findings.error(node.mark, fmt::format("the tmpfs {} is no absolute path", yaml::shown(text)));
        }
    }
}

void read_file_uses(const Node& node, bool is_secret, Service& service, Reading& reading) {
    Findings& findings = reading.findings;
    const std::string_view what = is_secret ? "secrets" : "configs";
    if (node.is_null()) return;
    if (!node.is_sequence()) {
        findings.error(node.mark, fmt::format("{} wants a list, not {}", what, name_of(node.kind)));
        return;
    }
    std::vector<FileUse>& uses = is_secret ? service.secrets : service.configs;
    for (const Node& item : node.items) {
        FileUse use{.place = place_of_mark(item.mark)};
        if (item.is_scalar()) {
            use.source = item.text;
        } else if (check_keys(item, {"source", "target", "uid", "gid", "mode"}, fmt::format("an entry of {}", what),
                              findings)) {
            if (const Node* const found = item.find("source")) use.source = text_or_empty(*found, "source", findings);
            if (const Node* const found = item.find("target")) use.target = text_or_empty(*found, "target", findings);
            if (const Node* const found = item.find("uid")) use.uid = id_in(*found, "uid", findings);
            if (const Node* const found = item.find("gid")) use.gid = id_in(*found, "gid", findings);
            if (const Node* const found = item.find("mode")) use.mode = mode_in(*found, findings);
            if (const Node* const own = item.find("x-gup"); own != nullptr && is_secret) {
                const Node* const type = own->find("type");
                const Node* const target = own->find("target");
                check_keys(*own, {"type", "target"}, "x-gup", findings);
                if (type != nullptr && type->text == "env")
                    use.variable = target == nullptr ? use.source : target->text;
            }
        }
        if (use.source.empty()) {
            findings.error(item.mark, fmt::format("an entry of {} wants a source", what));
            continue;
        }
        if (!is_secret && use.target.empty()) use.target = "/" + use.source;
        const auto target = [](const FileUse& one) {
            return fmt::format("{}\n{}", one.target.empty() ? one.source : one.target, one.variable);
        };
        const auto same =
            std::find_if(uses.begin(), uses.end(), [&](const FileUse& one) { return target(one) == target(use); });
        if (same == uses.end()) {
            uses.push_back(std::move(use));
        } else {
            *same = std::move(use);
        }
    }
}

}  // namespace gup::compose

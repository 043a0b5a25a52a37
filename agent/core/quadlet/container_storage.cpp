// SPDX-License-Identifier: Apache-2.0
#include "core/quadlet/container_storage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/quadlet/key_table.hpp"
#include "core/quadlet/names.hpp"
#include "core/quadlet/unit_text.hpp"
#include "util/printable.hpp"

namespace gup::quadlet {
namespace {

void append_option(std::string& options, std::string_view word) {
    if (word.empty()) return;
    if (!options.empty()) options += ',';
    options += word;
}

std::string options_of(const compose::Mount& mount) {
    std::string options;
    if (mount.read_only) append_option(options, "ro");
    append_option(options, mount.selinux);
    append_option(options, mount.propagation);
    if (mount.no_copy) append_option(options, "nocopy");
    for (const std::string& it : mount.options) append_option(options, it);
    return options;
}

// Where a mount comes from: a path, a volume's name, or a .volume file that Quadlet follows in Volume= and Mount=.
struct MountSource {
    std::string text;
    std::string podmans;  // what podman's own options need
    std::string unit;     // that makes it; empty: none
};

void use_podmans_option(ContainerSheet& sheet, const MountSource& source, std::string_view option,
                        const std::string& value) {
    if (!source.unit.empty()) sheet.after(source.unit, true);
    sheet.argument(option, value);
}

std::string mount_value(std::string_view type, const std::string& source, const compose::Mount& mount) {
    std::string value = "type=" + std::string(type);
    if (!source.empty()) value += ',' + csv_field("source=" + source);
    value += ',' + csv_field("destination=" + mount.target);
    if (!mount.subpath.empty()) value += ',' + csv_field("subpath=" + mount.subpath);
    return value;
}

// Volume=SOURCE:TARGET:OPTIONS. Mount= takes what has colons. Quadlet puts the source into RequiresMountsFor=, too: there
// `$$` would stay.
void add_volume(ContainerSheet& sheet, const MountSource& source, const compose::Mount& mount,
                const std::string& options) {
    const std::string& target = mount.target;
    if ((source.text + target).find(':') != std::string::npos) {
        const bool is_bind = source.text.starts_with('/');
        std::string value = mount_value(is_bind ? "bind" : "volume", source.podmans, mount);
        if (!options.empty()) value += ',' + options;
        use_podmans_option(sheet, source, "--mount", value);
        return;
    }
    const std::string tail = options.empty() || source.text.empty() ? target : target + ':' + options;
    const std::string value = source.text.empty() ? tail : source.text + ':' + tail;
    if (is_plain(value) && value.find('$') == std::string::npos) {
        sheet.setting("Volume", "--volume", value);
    } else {
        use_podmans_option(sheet, source, "--volume", source.text.empty() ? tail : source.podmans + ':' + tail);
    }
}

// "upperdir=/etc" of an overlay.
void list_options(ContainerSheet& sheet, const compose::Mount& mount) {
    for (const std::string& it : mount.options) {
        if (it.find('/') != std::string::npos) sheet.power("mount:" + it);
    }
}

void add_bind(ContainerSheet& sheet, const compose::Mount& mount, std::vector<std::string>& folders) {
    std::string source = mount.source;
    if (mount.in_repository) {
        source = sheet.facts().repository;
        if (!mount.source.empty() && mount.source != ".") source += '/' + mount.source;
    }
    if (!mount.in_repository || mount.needs_permission) sheet.power("mount:" + source);
    static constexpr std::array systems{"/dev/", "/proc/", "/sys/",  "/run/", "/var/run/",
                                        "/etc/", "/usr/",  "/boot/", "/lib/", "/bin/"};
    const bool is_systems = std::ranges::any_of(systems, [&](std::string_view it) { return source.starts_with(it); });
    if (mount.create_host_path && !is_systems && sheet.accepts(source)) folders.push_back(source);
    list_options(sheet, mount);
    add_volume(sheet, {.text = source, .podmans = source, .unit = {}}, mount, options_of(mount));
}

void add_named(ContainerSheet& sheet, const compose::Mount& mount) {
    const auto& volumes = sheet.project().volumes;
    const auto it = std::ranges::find(volumes, mount.source, &compose::Volume::key);
    if (mount.source.empty()) {
        add_volume(sheet, {}, mount, {});
        return;
    }
    if (it == volumes.end()) {
        sheet.fail(mount.place, "the volume " + printable(mount.source) + " is not declared",
                   "add it to the top-level volumes");
        return;
    }
    const std::string name = volume_name(sheet.project(), *it);
    MountSource source{.text = name, .podmans = name, .unit = {}};
    if (has_volume_file(sheet.facts(), *it)) {
        source.text = volume_file(sheet.project(), sheet.facts(), *it);
        source.unit = unit_of_file(source.text);
    }
    list_options(sheet, mount);
    if (mount.subpath.empty()) {
        add_volume(sheet, source, mount, options_of(mount));
        return;
    }
    if (sheet.facts().podman < first_with_subpath) {
        sheet.fail(mount.place, "volume.subpath needs podman " + display(first_with_subpath) + " or later",
                   "mount the whole volume");
        return;
    }
    const std::string read_only = mount.read_only ? ",ro" : "";
    const std::string value = mount_value("volume", source.text, mount) + read_only;
    if (is_plain(value)) {
        sheet.setting("Mount", "--mount", value);
    } else {
        use_podmans_option(sheet, source, "--mount", mount_value("volume", source.podmans, mount) + read_only);
    }
}

void add_tmpfs(ContainerSheet& sheet, const compose::Mount& mount) {
    std::string options;
    if (mount.read_only) append_option(options, "ro");
    if (!mount.size.empty()) append_option(options, "size=" + mount.size);
    if (!mount.mode.empty()) append_option(options, "mode=" + mount.mode);
    for (const std::string& it : mount.options) append_option(options, it);
    sheet.setting("Tmpfs", "--tmpfs", options.empty() ? mount.target : mount.target + ':' + options);
}

void add_image_mount(ContainerSheet& sheet, const compose::Mount& mount) {
    const Result<std::string> image = image_in_unit(sheet.facts(), mount.source);
    if (!image.ok()) {
        sheet.fail(mount.place, image.error().message, image.error().hint);
        return;
    }
    sheet.setting("Mount", "--mount", mount_value("image", *image, mount));
}

// docker makes the folders of bind mounts; podman refuses to start without them.
void make_folders(ContainerSheet& sheet, const std::vector<std::string>& folders) {
    if (folders.empty()) return;
    std::string command = R"(/bin/sh -c "for it; do [ -e \"$$it\" ] || mkdir -p \"$$it\"; done" sh)";
    for (const std::string& it : folders) command += ' ' + escape_word(it);
    sheet.in_service("ExecStartPre", command);
}

void add_file(ContainerSheet& sheet, const std::string& source, const std::string& target) {
    compose::Mount mount;
    mount.target = target;
    add_volume(sheet, {.text = source, .podmans = source, .unit = {}}, mount, "ro");
}

}  // namespace

void add_mounts(ContainerSheet& sheet) {
    std::vector<std::string> folders;
    for (const compose::Mount& mount : sheet.service().mounts) {
        switch (mount.kind) {
            case compose::MountKind::bind:
                add_bind(sheet, mount, folders);
                break;
            case compose::MountKind::volume:
                add_named(sheet, mount);
                break;
            case compose::MountKind::tmpfs:
                add_tmpfs(sheet, mount);
                break;
            case compose::MountKind::image:
                add_image_mount(sheet, mount);
                break;
        }
    }
    make_folders(sheet, folders);
    for (const auto& [name, value] : sheet.service().storage_options) {
        sheet.argument("--storage-opt", fmt::format("{}={}", name, value));
    }
}

void add_configs(ContainerSheet& sheet) {
    const auto& configs = sheet.project().configs;
    for (const compose::FileUse& use : sheet.service().configs) {
        const auto it = std::ranges::find(configs, use.source, &compose::Content::key);
        const std::string target = use.target.empty() ? '/' + use.source : use.target;
        if (it == configs.end() || it->is_external || (it->file.empty() && !it->content)) {
            sheet.fail(use.place, "podman has no configs, and " + printable(use.source) + " has no content",
                       "give it file, content or environment");
            continue;
        }
        if (!use.uid.empty() || !use.gid.empty()) {
            sheet.warn(use.place, "uid and gid of the config " + printable(use.source) + " have no effect",
                       "the file belongs to the agent; use a secret for another owner");
        }
        if (!it->content) {
            const bool is_absolute = it->file.starts_with('/');
            if (is_absolute) sheet.power("mount:" + it->file);
            add_file(sheet, is_absolute ? it->file : sheet.facts().repository + '/' + it->file, target);
            continue;
        }
        const std::string name = resource_prefix(sheet.project(), sheet.facts()) + it->key + '-' +
                                 short_hash(use.mode + '\n' + *it->content);
        sheet.set().configs[name] = *it->content;
        if (!use.mode.empty()) sheet.set().config_modes[name] = use.mode;
        add_file(sheet, sheet.facts().configs + '/' + name, target);
    }
}

}  // namespace gup::quadlet

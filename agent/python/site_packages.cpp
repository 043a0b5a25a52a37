// SPDX-License-Identifier: Apache-2.0
#include "python/site_packages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <set>

#include "python/metadata.hpp"
#include "python/site_reader.hpp"
#include "util/parallel.hpp"
#include "util/sys/directory.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

// The form of the entry's distribution; nullopt: it has none.
std::optional<DistributionForm> form_of(std::string_view name) {
    if (name.ends_with(".dist-info")) return DistributionForm::dist_info;
    if (name.ends_with(".egg-info")) return DistributionForm::egg_info;
    if (name.ends_with(".egg-link")) return DistributionForm::egg_link;
    if (name.ends_with(".egg")) return DistributionForm::egg;
    return std::nullopt;
}

// Reads one distribution after the other. For one thread.
class DistributionReader {
public:
    DistributionReader(const std::string& folder, SiteKind kind, const SiteReader& reader)
        : folder_(folder), kind_(kind), reader_(reader) {}

    // Sets `unreadable` to its file that is not UTF-8, if there is one.
    void read(const std::string& name, Distribution& distribution, std::string& unreadable) {
        unreadable_ = &unreadable;
        MetadataHead folder = parse_folder_name(name);
        distribution.name = std::move(folder.name);
        distribution.version = std::move(folder.version);
        distribution.form = form_of(name).value_or(DistributionForm::dist_info);
        distribution.location = folder_ + name;
        distribution.system = kind_ == SiteKind::system;
        switch (distribution.form) {
            case DistributionForm::dist_info:
                return read_dist_info(name, distribution);
            case DistributionForm::egg_info:
                return read_egg_info(name, distribution);
            case DistributionForm::egg_link:
                return read_egg_link(name, distribution);
            case DistributionForm::egg:
                return read_egg(name, distribution);
        }
    }

private:
    // Sets the distribution's identity from `file`, or its defect if the file has none.
    void read_metadata(const std::string& file, Distribution& distribution) {
        const FileHead head = reader_.fields(file);
        const std::string_view base = std::string_view(file).substr(file.rfind('/') + 1);
        if (head.state == ReadState::missing) {
            distribution.defect = fmt::format("no {}", base);
            return;
        }
        if (head.state == ReadState::failed) {
            distribution.defect = fmt::format("cannot be read: {}", head.problem);
            return;
        }
        if (!is_utf8(head.text, head.whole ? TextEnd::whole : TextEnd::cut) && kind_ == SiteKind::virtualenv) {
            *unreadable_ = in_folder(file);
        }
        MetadataHead metadata = parse_metadata(head.text);
        distribution.dependencies = std::move(metadata.dependencies);
        distribution.extras = std::move(metadata.extras);
        if (metadata.name.empty() || metadata.version.empty()) {
            distribution.defect = fmt::format("{} has no {}", base, metadata.name.empty() ? "Name" : "Version");
        }
        if (!metadata.name.empty()) distribution.name = std::move(metadata.name);
        if (!metadata.version.empty()) distribution.version = std::move(metadata.version);
    }

    void read_dist_info(const std::string& name, Distribution& distribution) {
        const MetadataHead folder{distribution.name, distribution.version};
        read_metadata(name + "/METADATA", distribution);
        if (distribution.defect.empty() && !agree(folder, {distribution.name, distribution.version})) {
            distribution.defect =
                fmt::format("its METADATA says {} {}, its folder {}", distribution.name, distribution.version, name);
        }
        read_direct_url(name, distribution);
        if (distribution.defect.empty()) check_record(name, distribution);
    }

    void read_direct_url(const std::string& name, Distribution& distribution) {
        const FileHead head = reader_.head(name + "/direct_url.json");
        if (head.state == ReadState::missing) return;
        const auto direct = parse_direct_url(head.text);
        if (!direct) {
            if (distribution.defect.empty()) distribution.defect = "its direct_url.json makes no sense";
            return;
        }
        distribution.url = direct->url;
        distribution.commit_id = direct->commit_id;
        distribution.requested_revision = direct->requested_revision;
        distribution.editable = direct->editable;
    }

    // pip writes INSTALLER, and the RECORD that lists it, last. A system's package manager keeps no RECORD, or the
    // wheel's.
    void check_record(const std::string& name, Distribution& distribution) {
        if (kind_ == SiteKind::system) return;
        using Row = SiteReader::Row;
        const Row row = reader_.find_row(name + "/RECORD", name + "/INSTALLER,");
        if (row == Row::absent) distribution.defect = "interrupted install: RECORD has no INSTALLER row";
        if (row == Row::no_file) distribution.defect = "no RECORD";
        if (row == Row::too_long) distribution.defect = "its RECORD is longer than what is read";
        if (row == Row::failed) distribution.defect = "its RECORD cannot be read";
    }

    // As for pip, Requires-Dist of newer PKG-INFOs is used first.
    void read_package_info(const std::string& folder, Distribution& distribution) {
        read_metadata(folder + "/PKG-INFO", distribution);
        if (!distribution.dependencies.empty()) return;
        const FileHead head = reader_.head(folder + "/requires.txt");
        if (head.state == ReadState::read) distribution.dependencies = parse_requires_txt(head.text);
    }

    // A folder with PKG-INFO, or (distutils) that file itself.
    void read_egg_info(const std::string& name, Distribution& distribution) {
        read_package_info(name, distribution);
        if (distribution.defect == "no PKG-INFO" && is_file(folder_ + name)) {
            distribution.defect.clear();
            read_metadata(name, distribution);
        }
    }

    // "setup.py develop": the first line is the folder on sys.path, which contains name.egg-info.
    void read_egg_link(const std::string& name, Distribution& distribution) {
        distribution.editable = true;
        const FileHead head = reader_.head(name);
        std::string_view project = head.text.substr(0, head.text.find('\n'));
        if (project.ends_with('\r')) project.remove_suffix(1);
        const std::string target(project);
        if (target.empty() || !is_folder(fs::path(folder_) / target)) {
            distribution.defect = fmt::format("it is a link to {}, which is not there", target);
        } else {
            // Python looks for any *.egg-info there; setuptools spells the name with '_' or, before, '-'.
            std::string underscored = distribution.name;
            for (char& c : underscored) c = c == '-' ? '_' : c;
            const fs::path base = fs::path(folder_) / target;
            distribution.url = "file://" + percent_encoded(base.lexically_normal().string(), "/-._~");
            const bool plain = is_folder(base / (distribution.name + ".egg-info"));
            const fs::path info = base / ((plain ? distribution.name : underscored) + ".egg-info");
            read_package_info(info.string(), distribution);
        }
    }

    // A folder or a zip file; for a zip file its name is used.
    void read_egg(const std::string& name, Distribution& distribution) {
        if (is_folder(folder_ + name)) read_package_info(name + "/EGG-INFO", distribution);
    }

    // An absolute path stays as it is.
    [[nodiscard]] std::string in_folder(const std::string& file) const {
        return file.starts_with('/') ? file : folder_ + file;
    }

    const std::string& folder_;  // with a '/' at its end
    SiteKind kind_;
    SiteReader reader_;
    std::string* unreadable_ = nullptr;
};

// lib/pythonX.Y/site-packages of `root`'s lib folder: the one of `version`; if that is unknown or missing, all.
Result<std::vector<fs::path>> library_folders(const fs::path& library, const std::string& version) {
    const fs::path wanted = library / ("python" + version) / "site-packages";
    if (!version.empty() && is_folder(wanted)) return std::vector{wanted};
    const auto names = list_folder(library);
    if (!names.ok()) {
        if (names.error().code == ErrorCode::not_found) return std::vector<fs::path>{};
        return names.error();
    }
    std::vector<fs::path> folders;
    for (const std::string& name : *names) {
        if (!name.starts_with("python") && !name.starts_with("pypy")) continue;
        if (is_folder(library / name / "site-packages")) folders.push_back(library / name / "site-packages");
    }
    return folders;
}

}  // namespace

Result<std::vector<fs::path>> site_folders(const fs::path& root, const std::string& version) {
    std::vector<fs::path> folders;
    std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
    for (const char* library : {"lib", "lib64"}) {
        GUP_TRY(const auto candidates, library_folders(root / library, version));
        for (const fs::path& folder : candidates) {
            const auto info = file_info(folder);
            if (info.ok() && *info && seen.insert({(*info)->device, (*info)->inode}).second) folders.push_back(folder);
        }
    }
    return folders;
}

Status scan_site_packages(const fs::path& folder, SiteKind kind, ObservedVirtualenv& virtualenv) {
    GUP_TRY(auto names, list_folder(folder));
    GUP_TRY(const SiteReader reader, SiteReader::open(folder));
    const std::string prefix = (folder / "").string();
    if (kind == SiteKind::virtualenv) {
        for (const std::string& name : names) {
            if (name.starts_with('~')) virtualenv.leftovers.push_back(prefix + name);
        }
    }
    std::erase_if(names, [](const std::string& name) { return name.starts_with('~') || !form_of(name); });
    const std::size_t before = virtualenv.distributions.size();
    virtualenv.distributions.resize(before + names.size());
    std::vector<std::string> unreadable(names.size());
    parallel_reads(names.size(), [&]() -> IndexWork {
        const auto worker = std::make_shared<DistributionReader>(prefix, kind, reader);
        return
            [&, worker](std::size_t i) { worker->read(names[i], virtualenv.distributions[before + i], unreadable[i]); };
    });
    std::copy_if(unreadable.begin(), unreadable.end(), std::back_inserter(virtualenv.unreadable),
                 [](const std::string& file) { return !file.empty(); });
    return {};
}

}  // namespace gup

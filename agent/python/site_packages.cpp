#include "python/site_packages.hpp"

#include <fmt/format.h>

#include <set>

#include "python/metadata.hpp"
#include "python/site_reader.hpp"
#include "util/sys/directory.hpp"

namespace gup {
namespace {

class SiteScanner {
public:
    SiteScanner(const fs::path& folder, SiteKind kind, SiteReader reader, ObservedVirtualenv& virtualenv)
        : folder_(folder), kind_(kind), reader_(std::move(reader)), virtualenv_(virtualenv) {}

    void look_at(const std::string& name) {
        if (name.starts_with('~')) {
            if (kind_ == SiteKind::virtualenv) virtualenv_.leftovers.push_back((folder_ / name).string());
        } else if (name.ends_with(".dist-info")) {
            add_dist_info(name);
        } else if (name.ends_with(".egg-info")) {
            add_egg_info(name);
        } else if (name.ends_with(".egg-link")) {
            add_egg_link(name);
        } else if (name.ends_with(".egg")) {
            add_egg(name);
        }
    }

private:
    Distribution start(const std::string& name, DistributionForm form) {
        const MetadataHead folder = parse_folder_name(name);
        Distribution distribution;
        distribution.name = folder.name;
        distribution.version = folder.version;
        distribution.form = form;
        distribution.location = (folder_ / name).string();
        distribution.system = kind_ == SiteKind::system;
        return distribution;
    }

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
            virtualenv_.unreadable.push_back((folder_ / file).string());
        }
        MetadataHead metadata = parse_metadata(head.text);
        distribution.dependencies = std::move(metadata.dependencies);
        if (!metadata.name.empty()) distribution.name = metadata.name;
        if (!metadata.version.empty()) distribution.version = metadata.version;
        if (metadata.name.empty() || metadata.version.empty()) {
            distribution.defect = fmt::format("{} has no {}", base, metadata.name.empty() ? "Name" : "Version");
        }
    }

    void add_dist_info(const std::string& name) {
        Distribution distribution = start(name, DistributionForm::dist_info);
        const MetadataHead folder{distribution.name, distribution.version};
        read_metadata(name + "/METADATA", distribution);
        if (distribution.defect.empty() && !agree(folder, {distribution.name, distribution.version})) {
            distribution.defect =
                fmt::format("its METADATA says {} {}, its folder {}", distribution.name, distribution.version, name);
        }
        read_direct_url(name, distribution);
        if (distribution.defect.empty()) check_record(name, distribution);
        virtualenv_.distributions.push_back(std::move(distribution));
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
    void read_egg(const std::string& folder, Distribution& distribution) {
        read_metadata(folder + "/PKG-INFO", distribution);
        if (!distribution.dependencies.empty()) return;
        const FileHead head = reader_.head(folder + "/requires.txt");
        if (head.state == ReadState::read) distribution.dependencies = parse_requires_txt(head.text);
    }

    // A folder with PKG-INFO, or (distutils) that file itself.
    void add_egg_info(const std::string& name) {
        Distribution distribution = start(name, DistributionForm::egg_info);
        read_egg(name, distribution);
        if (distribution.defect == "no PKG-INFO" && is_file(folder_ / name)) {
            distribution.defect.clear();
            read_metadata(name, distribution);
        }
        virtualenv_.distributions.push_back(std::move(distribution));
    }

    // "setup.py develop": the first line is the folder on sys.path, which contains name.egg-info.
    void add_egg_link(const std::string& name) {
        Distribution distribution = start(name, DistributionForm::egg_link);
        distribution.editable = true;
        const FileHead head = reader_.head(name);
        std::string_view project = head.text.substr(0, head.text.find('\n'));
        if (project.ends_with('\r')) project.remove_suffix(1);
        const std::string target(project);
        if (target.empty() || !is_folder(folder_ / target)) {
            distribution.defect = fmt::format("it is a link to {}, which is not there", target);
        } else {
            // Python looks for any *.egg-info there; setuptools spells the name with '_' or, before, '-'.
            std::string underscored = distribution.name;
            for (char& c : underscored) c = c == '-' ? '_' : c;
            const fs::path base = folder_ / target;
            const bool plain = is_folder(base / (distribution.name + ".egg-info"));
            const fs::path info = base / ((plain ? distribution.name : underscored) + ".egg-info");
            read_egg(info.string(), distribution);
        }
        virtualenv_.distributions.push_back(std::move(distribution));
    }

    // A folder or a zip file; for a zip file its name is used.
    void add_egg(const std::string& name) {
        Distribution distribution = start(name, DistributionForm::egg);
        if (is_folder(folder_ / name)) read_egg(name + "/EGG-INFO", distribution);
        virtualenv_.distributions.push_back(std::move(distribution));
    }

    const fs::path& folder_;
    SiteKind kind_;
    SiteReader reader_;
    ObservedVirtualenv& virtualenv_;
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
    GUP_TRY(const auto names, list_folder(folder));
    GUP_TRY(SiteReader reader, SiteReader::open(folder));
    SiteScanner scanner(folder, kind, std::move(reader), virtualenv);
    for (const std::string& name : names) scanner.look_at(name);
    return {};
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "app/cli/common_options.hpp"

namespace gup {

std::vector<OptionRow> hook_options() {
    return {
        {.names = "--pre-hooks",
         .value = "DIR",
         .help = "Folder of the hooks before activation (hooks.pre-update)",
         .takes = Takes::folder,
         .set = [](CommandLine& line, const std::string& word) { line.pre_hooks = word; }},
        {.names = "--post-hooks",
         .value = "DIR",
         .help = "Folder of the hooks after activation (hooks.post-update)",
         .takes = Takes::folder,
         .set = [](CommandLine& line, const std::string& word) { line.post_hooks = word; }},
    };
}

std::vector<OptionRow> deploy_options() {
    std::vector<OptionRow> options{
        {.names = "-r,--remote",
         .value = "URL",
         .help = "A git URL, https://…/app.zip or s3://bucket/app.zip",
         .set = [](CommandLine& line, const std::string& word) { line.deploy.remote = word; }},
        {.names = "-l,--local",
         .value = "DIR",
         .help = "Folder to deploy into (default: /var/deploy/current)",
         .takes = Takes::folder,
         .set = [](CommandLine& line, const std::string& word) { line.deploy.local = word; }},
        {.names = "-i,--id",
         .value = "ID",
         .help = "As before 1.0: the folder or archive of the remote (com.example.app)",
         .set = [](CommandLine& line, const std::string& word) { line.deploy.identity = word; }},
        {.names = "-d,--directory",
         .value = "DIR",
         .help = "As before 1.0: the folder whose subfolder current is deployed into",
         .takes = Takes::folder,
         .set = [](CommandLine& line, const std::string& word) { line.deploy.directory = word; }},
        {.names = "--cache",
         .value = "DIR",
         .help = "Folder for the releases (default: /var/cache/repo-deploy)",
         .takes = Takes::folder,
         .set = [](CommandLine& line, const std::string& word) { line.deploy.cache = word; }},
    };
    for (OptionRow& one : hook_options()) options.push_back(std::move(one));
    return options;
}

OptionRow owner_option() {
    return {.names = "--owner",
            .value = "USER",
            .help = "The owner, by name or number (default: the owner of the root folder)",
            .takes = Takes::user,
            .set = [](CommandLine& line, const std::string& word) { line.add.owner = word; }};
}

ArgumentRow connector_argument(std::string_view help) {
    return {
        .name = "NAME", .help = help, .takes = Takes::connector, .set = [](CommandLine& line, const std::string& word) {
            line.names = {word};
        }};
}

ArgumentRow connectors_argument(std::string_view help) {
    return {.name = "NAME",
            .help = help,
            .takes = Takes::connector,
            .amount = Amount::any,
            .set = [](CommandLine& line, const std::string& word) { line.names.push_back(word); }};
}

}  // namespace gup

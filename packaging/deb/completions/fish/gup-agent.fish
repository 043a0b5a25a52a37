# SPDX-License-Identifier: Apache-2.0
# fish completion for gup-agent(8)

set -l commands run now daemon check status recover rollback release adopt add deploy-key deploy import self-update self-test doctor lint init schema version

# The connectors in the root folder from the command line, the environment or the configuration.
function __gup_agent_connectors
    set -l config /etc/gup-agent/gup-agent.toml
    set -q GUP_CONFIG; and set config $GUP_CONFIG
    set -l root $GUP_ROOT
    set -l words (commandline -opc)
    for i in (seq 2 (count $words))
        set -l next (math $i + 1)
        switch $words[$i]
            case -c --config
                set config $words[$next]
            case --root
                set root $words[$next]
        end
    end
    if test -z "$root"
        set root (sed -n 's/^[[:space:]]*root[[:space:]]*=[[:space:]]*"\([^"]*\)".*/\1/p' $config 2>/dev/null)
    end
    test -n "$root"; or return
    for file in $root/*/gupfile
        basename (dirname $file)
    end
end

complete -c gup-agent -f
complete -c gup-agent -s c -l config -r -F -d 'Configuration file'
complete -c gup-agent -l root -x -a '(__fish_complete_directories)' -d 'Folder that contains the connectors'
complete -c gup-agent -s v -l verbose -d 'Show the whole log on stderr'
complete -c gup-agent -l json -d 'Machine-readable output'
complete -c gup-agent -l no-color -d 'Plain text'
complete -c gup-agent -s h -l help -d 'Show usage'

set -l none "not __fish_seen_subcommand_from $commands"
complete -c gup-agent -n $none -a run -d 'The scheduled run'
complete -c gup-agent -n $none -a now -d 'Update connectors at once'
complete -c gup-agent -n $none -a daemon -d 'Stay resident, and run on the schedule'
complete -c gup-agent -n $none -a check -d 'Show what now would do'
complete -c gup-agent -n $none -a status -d 'Running versions and last outcomes'
complete -c gup-agent -n $none -a recover -d 'Undo changes that a crash interrupted'
complete -c gup-agent -n $none -a add -d 'Clone a connector and install its pins'
complete -c gup-agent -n $none -a rollback -d 'Go back to the previous generation, or to the named one'
complete -c gup-agent -n $none -a release -d 'Versioned releases: install, enable, list, prune'
complete -c gup-agent -n $none -a adopt -d 'Turn a git checkout into releases, and back'
complete -c gup-agent -n $none -a deploy-key -d 'Create and show the SSH key of a connector'
complete -c gup-agent -n $none -a deploy -d 'Do what repo-deploy does'
complete -c gup-agent -n $none -a import -d 'Take over what another tool has configured or installed'
complete -c gup-agent -n $none -a self-update -d 'Update the agent itself'
complete -c gup-agent -n $none -a self-test -d 'Test that a new agent must pass'
complete -c gup-agent -n $none -a doctor -d 'Check for problems of the next run'
complete -c gup-agent -n $none -a lint -d 'Check declarations and configurations'
complete -c gup-agent -n $none -a init -d 'Write a gupfile'
complete -c gup-agent -n $none -a schema -d 'Print the JSON schema of a file'
complete -c gup-agent -n $none -a version -d 'Version, commit, target, libraries'

complete -c gup-agent -n '__fish_seen_subcommand_from now check status rollback adopt doctor deploy-key' -a '(__gup_agent_connectors)'
complete -c gup-agent -n '__fish_seen_subcommand_from lint' -F
complete -c gup-agent -n '__fish_seen_subcommand_from lint' -l format -x -a 'text json sarif' -d 'Form of the report'
complete -c gup-agent -n '__fish_seen_subcommand_from lint' -l sarif -d 'SARIF 2.1.0'
complete -c gup-agent -n '__fish_seen_subcommand_from init' -a '(__fish_complete_directories)'
complete -c gup-agent -n '__fish_seen_subcommand_from init' -l from -r -F -d 'Source of the pins'
complete -c gup-agent -n '__fish_seen_subcommand_from schema' -a 'gupfile gup-agent.toml'
complete -c gup-agent -n '__fish_seen_subcommand_from add' -l name -x -d 'Name of the connector'
complete -c gup-agent -n '__fish_seen_subcommand_from add' -l branch -x -d 'Branch to follow'
complete -c gup-agent -n '__fish_seen_subcommand_from add' -l host-key -x -d 'Only host key to trust'
complete -c gup-agent -n '__fish_seen_subcommand_from add' -l requirements -x -d 'File that declares its packages'
complete -c gup-agent -n '__fish_seen_subcommand_from add deploy-key' -l owner -x -a '(__fish_complete_users)' -d 'The owner'
set -l parts install enable list prune
complete -c gup-agent -n "__fish_seen_subcommand_from release; and not __fish_seen_subcommand_from $parts" -a "$parts"
complete -c gup-agent -n "__fish_seen_subcommand_from $parts" -a '(__gup_agent_connectors)'
complete -c gup-agent -n '__fish_seen_subcommand_from install enable' -l from -r -F -d 'Folder, branch, tag or commit'
complete -c gup-agent -n '__fish_seen_subcommand_from install' -l version -x -d 'The id of the release'
complete -c gup-agent -n '__fish_seen_subcommand_from install' -l replace -d 'Make a release of that id anew'
complete -c gup-agent -n '__fish_seen_subcommand_from list' -l sort -x -a 'time version' -d 'The order of the list'
complete -c gup-agent -n '__fish_seen_subcommand_from prune' -l keep -x -d 'The number of releases to keep'
complete -c gup-agent -n '__fish_seen_subcommand_from adopt' -l back -d 'The enabled release becomes the folder again'
complete -c gup-agent -n '__fish_seen_subcommand_from import; and not __fish_seen_subcommand_from repo-deploy install-py' -a 'repo-deploy install-py'
complete -c gup-agent -n '__fish_seen_subcommand_from install-py' -l workdir -x -a '(__fish_complete_directories)' -d 'Folder with the versions'
complete -c gup-agent -n '__fish_seen_subcommand_from install-py' -l link -x -d 'The link to the enabled version'
complete -c gup-agent -n '__fish_seen_subcommand_from install-py' -l name -x -d 'The name of the connector'
complete -c gup-agent -n '__fish_seen_subcommand_from deploy import' -s r -l remote -x -d 'Git URL or archive'
complete -c gup-agent -n '__fish_seen_subcommand_from deploy import' -s l -l local -x -a '(__fish_complete_directories)' -d 'Folder to deploy into'
complete -c gup-agent -n '__fish_seen_subcommand_from deploy import' -s i -l id -x -d 'Folder or archive of the remote, as before 1.0'
complete -c gup-agent -n '__fish_seen_subcommand_from deploy import' -s d -l directory -x -a '(__fish_complete_directories)' -d 'Folder whose subfolder current is deployed into, as before 1.0'
complete -c gup-agent -n '__fish_seen_subcommand_from deploy import' -l cache -x -a '(__fish_complete_directories)' -d 'Folder for the releases'
complete -c gup-agent -n '__fish_seen_subcommand_from deploy' -s f -l fetch -d 'Deploy once, now'
complete -c gup-agent -n '__fish_seen_subcommand_from run now rollback enable deploy import' -l pre-hooks -x -a '(__fish_complete_directories)' -d 'Hooks before activation'
complete -c gup-agent -n '__fish_seen_subcommand_from run now rollback enable deploy import' -l post-hooks -x -a '(__fish_complete_directories)' -d 'Hooks after activation'
complete -c gup-agent -n '__fish_seen_subcommand_from now' -l retry -d 'Also releases that were rolled back'
complete -c gup-agent -n '__fish_seen_subcommand_from self-update' -l check -d 'Only report whether there is one'

# SPDX-License-Identifier: Apache-2.0
# fish completion for gup-agent(8), made by: gup-agent completion fish

# Sets command, position (of the argument that is typed), name (the first argument) and given (options for the agent).
function __gup_agent_walk --no-scope-shadowing
    set command
    set position 0
    set name
    set given
    set -l option
    set -l words (commandline -opc)
    for each in $words[2..-1]
        if test -n "$option"
            contains -- $option -c --config --root; and set given $given $option (string replace -r '^~' $HOME -- $each)
            set option
        else if string match -qr '^--(root|config)=' -- $each
            set given $given (string replace -r '=~' =$HOME -- $each)
        else if string match -q -- '-*' $each
            string match -q -- '*=*' $each; or __gup_agent_takes_value "$command" $each; and set option $each
        else if test -z "$command"
            set command $each
            switch $command
                case update
                    set command now
            end
        else if contains -- "$command" release services import
            set command "$command $each"
        else
            test $position -eq 0; and set name $each
            set position (math $position + 1)
        end
    end
end

# __gup_agent_is COMMAND [POSITION]: this command is typed, and an argument at this position.
function __gup_agent_is
    set -l command
    set -l position
    set -l name
    set -l given
    __gup_agent_walk
    test "$command" = "$argv[1]"; and begin
        test (count $argv) -eq 1; or test $position = $argv[2]
    end
end

# __gup_agent_among COMMAND...: one of these commands is typed.
function __gup_agent_among
    set -l command
    set -l position
    set -l name
    set -l given
    __gup_agent_walk
    contains -- "$command" $argv
end

# Names and ids from the agent itself.
function __gup_agent_ask
    set -l command
    set -l position
    set -l name
    set -l given
    __gup_agent_walk
    set -l agent (string replace -r '^~' $HOME -- (commandline -opc)[1])
    test $argv[1] = connectors; and set name
    $agent __complete $argv[1] $name $given 2>/dev/null
end

# __gup_agent_takes_value COMMAND OPTION
function __gup_agent_takes_value
    switch "$argv[1]|$argv[2]"
        case '*|-c' '*|--config' '*|--root' '*|--color' '*|--colour' 'now|--pre-hooks' 'now|--post-hooks' 'rollback|--pre-hooks' 'rollback|--post-hooks' 'history|-n' 'history|--lines' 'logs|--since' 'logs|-n' 'logs|--lines' 'hold|--for' 'hold|--until' 'hold|--reason' 'add|--name' 'add|--branch' 'add|--host-key' 'add|--owner' 'add|--requirements' 'deploy-key|--owner' 'init|--from' 'release install|--from' 'release install|--version' 'release enable|--from' 'release enable|--pre-hooks' 'release enable|--post-hooks' 'release list|--sort' 'release prune|--keep' 'services convert|--vars-json' 'services convert|--env-file' 'services convert|--profile' 'services convert|--podman-version' 'services convert|--prefix' 'services convert|--meta-target' 'services convert|--deploy-services' 'services convert|-f' 'services convert|--file' 'services determine-changes|--changed-files' 'services determine-changes|--global-files' 'services determine-changes|--services-dir' 'services generate-units|--affected-services' 'services generate-units|--services-dir' 'services generate-units|--output-dir' 'services generate-units|--vars-json' 'services generate-units|--env-file' 'services generate-units|--profile' 'services generate-units|--podman-version' 'services generate-units|--prefix' 'services generate-units|--meta-target' 'services generate-units|--deploy-services' 'services pull-images|--affected-services' 'services pull-images|--units-dir' 'services restart|--affected-services' 'services restart|--units-dir' 'services restart|--within' 'services status|--services-to-check' 'services status|--units-dir' 'services manage-services|--affected-services' 'services manage-services|--services-to-check' 'services manage-services|--units-dir' 'services manage-services|--within' 'run|--pre-hooks' 'run|--post-hooks' 'deploy|-r' 'deploy|--remote' 'deploy|-l' 'deploy|--local' 'deploy|-i' 'deploy|--id' 'deploy|-d' 'deploy|--directory' 'deploy|--cache' 'deploy|--pre-hooks' 'deploy|--post-hooks' 'import repo-deploy|-r' 'import repo-deploy|--remote' 'import repo-deploy|-l' 'import repo-deploy|--local' 'import repo-deploy|-i' 'import repo-deploy|--id' 'import repo-deploy|-d' 'import repo-deploy|--directory' 'import repo-deploy|--cache' 'import repo-deploy|--pre-hooks' 'import repo-deploy|--post-hooks' 'import install-py|--workdir' 'import install-py|--link' 'import install-py|--name' 'support|-o' 'support|--output' 'lint|--format'
            return 0
    end
    return 1
end

complete -c gup-agent -f
complete -c gup-agent -n '__gup_agent_among \'\' \'status\' \'check\' \'now\' \'rollback\' \'history\' \'logs\' \'hold\' \'unhold\' \'add\' \'deploy-key\' \'doctor\' \'adopt\' \'list\' \'remove\' \'release\' \'release install\' \'release enable\' \'release list\' \'release prune\' \'services\' \'run\' \'daemon\' \'recover\' \'self-update\' \'self-test\' \'self-uninstall\' \'deploy\' \'import\' \'import repo-deploy\' \'import install-py\' \'import client-connector-updater\' \'support\' \'lint\'' -s c -l config -r -F -d 'Configuration file'
complete -c gup-agent -n '__gup_agent_among \'\' \'status\' \'check\' \'now\' \'rollback\' \'history\' \'logs\' \'hold\' \'unhold\' \'add\' \'deploy-key\' \'doctor\' \'adopt\' \'list\' \'remove\' \'release\' \'release install\' \'release enable\' \'release list\' \'release prune\' \'services\' \'run\' \'daemon\' \'recover\' \'self-update\' \'self-test\' \'import\' \'import install-py\' \'import client-connector-updater\' \'support\'' -l root -x -a '(__fish_complete_directories)' -d 'Folder that contains the connectors'
complete -c gup-agent -n '__gup_agent_among \'\' \'status\' \'check\' \'now\' \'rollback\' \'history\' \'logs\' \'hold\' \'unhold\' \'add\' \'deploy-key\' \'doctor\' \'adopt\' \'list\' \'remove\' \'release\' \'release install\' \'release enable\' \'release list\' \'release prune\' \'services\' \'run\' \'daemon\' \'recover\' \'self-update\' \'deploy\' \'import\' \'import install-py\'' -s v -l verbose -d 'Show the whole log on stderr'
complete -c gup-agent -n '__gup_agent_among \'\' \'status\' \'check\' \'now\' \'rollback\' \'history\' \'logs\' \'hold\' \'unhold\' \'add\' \'deploy-key\' \'doctor\' \'adopt\' \'init\' \'list\' \'remove\' \'release\' \'release install\' \'release enable\' \'release list\' \'release prune\' \'services\' \'services convert\' \'services determine-changes\' \'services generate-units\' \'services pull-images\' \'services restart\' \'services status\' \'services manage-services\' \'run\' \'daemon\' \'recover\' \'self-update\' \'deploy\' \'import\' \'import install-py\' \'lint\' \'version\'' -l json -d 'Machine-readable output (docs/json.md)'
complete -c gup-agent -n '__gup_agent_among \'\' \'status\' \'check\' \'now\' \'rollback\' \'history\' \'logs\' \'hold\' \'unhold\' \'add\' \'deploy-key\' \'doctor\' \'adopt\' \'list\' \'remove\' \'release\' \'release install\' \'release enable\' \'release list\' \'release prune\' \'services\' \'services convert\' \'services determine-changes\' \'services generate-units\' \'services pull-images\' \'services restart\' \'services status\' \'services manage-services\' \'run\' \'daemon\' \'recover\' \'self-update\' \'self-uninstall\' \'deploy\' \'import\' \'import install-py\' \'import client-connector-updater\' \'support\' \'demo\'' -l color -l colour -x -a 'auto always never' -d 'Colours: auto (on a terminal), always or never'
complete -c gup-agent -n '__gup_agent_among \'\' \'status\' \'check\' \'now\' \'rollback\' \'history\' \'logs\' \'hold\' \'unhold\' \'add\' \'deploy-key\' \'doctor\' \'adopt\' \'list\' \'remove\' \'release\' \'release install\' \'release enable\' \'release list\' \'release prune\' \'services\' \'services convert\' \'services determine-changes\' \'services generate-units\' \'services pull-images\' \'services restart\' \'services status\' \'services manage-services\' \'run\' \'daemon\' \'recover\' \'self-update\' \'self-uninstall\' \'deploy\' \'import\' \'import install-py\' \'import client-connector-updater\' \'support\' \'demo\'' -l no-color -l no-colour -d 'Plain text: --color=never'
complete -c gup-agent -s h -l help -d 'Show the help'
complete -c gup-agent -n '__gup_agent_is \'\'' -s V -l version -d 'Show the version'
complete -c gup-agent -n '__gup_agent_is \'\'' -a status -d 'Show the running versions and the last outcomes'
complete -c gup-agent -n '__gup_agent_is \'\'' -a check -d 'Show what "now" would do; changes nothing'
complete -c gup-agent -n '__gup_agent_is \'\'' -a now -d 'Update connectors at once; no delay, no reboot'
complete -c gup-agent -n '__gup_agent_is \'\'' -a update -d 'Update connectors at once; no delay, no reboot'
complete -c gup-agent -n '__gup_agent_is \'\'' -a rollback -d 'Go back to the previous generation, or to the named one; needs no network'
complete -c gup-agent -n '__gup_agent_is \'\'' -a history -d 'Show what happened to the connectors, newest first'
complete -c gup-agent -n '__gup_agent_is \'\'' -a logs -d 'Show the log of a connector and of its service'
complete -c gup-agent -n '__gup_agent_is \'\'' -a hold -d 'Leave connectors as they are, until a date or unhold'
complete -c gup-agent -n '__gup_agent_is \'\'' -a unhold -d 'Let runs update connectors again'
complete -c gup-agent -n '__gup_agent_is \'\'' -a add -d 'Clone a connector, create its virtualenv and install its pins'
complete -c gup-agent -n '__gup_agent_is \'\'' -a deploy-key -d 'Show a connector\'s own SSH key; the first call creates it'
complete -c gup-agent -n '__gup_agent_is \'\'' -a doctor -d 'Check for problems of the next run, with a hint for each finding'
complete -c gup-agent -n '__gup_agent_is \'\'' -a adopt -d 'Turn a git checkout into releases, and back'
complete -c gup-agent -n '__gup_agent_is \'\'' -a init -d 'Write a gupfile that pins what a folder has'
complete -c gup-agent -n '__gup_agent_is \'\'' -a list -d 'List the connectors with their sources and owners'
complete -c gup-agent -n '__gup_agent_is \'\'' -a remove -d 'Take a connector away'
complete -c gup-agent -n '__gup_agent_is \'\'' -a release -d 'Versioned releases: install, enable, list, prune'
complete -c gup-agent -n '__gup_agent_is \'release\'' -a install -d 'Build a release next to the running one, without enabling it'
complete -c gup-agent -n '__gup_agent_is \'release\'' -a enable -d 'Switch the connector\'s link to a release'
complete -c gup-agent -n '__gup_agent_is \'release\'' -a list -d 'List the installed releases, newest first; * marks the enabled one'
complete -c gup-agent -n '__gup_agent_is \'release\'' -a prune -d 'Remove old releases, but never the last two that were enabled'
complete -c gup-agent -n '__gup_agent_is \'\'' -a services -d 'Containers of compose files: convert, generate, restart'
complete -c gup-agent -n '__gup_agent_is \'services\'' -a convert -d 'Show the Quadlet units of a compose file'
complete -c gup-agent -n '__gup_agent_is \'services\'' -a determine-changes -d 'Name the stacks that changed files affect, and nothing else'
complete -c gup-agent -n '__gup_agent_is \'services\'' -a generate-units -d 'Write the Quadlet units of stacks into a folder'
complete -c gup-agent -n '__gup_agent_is \'services\'' -a pull-images -d 'Download the images of stacks'
complete -c gup-agent -n '__gup_agent_is \'services\'' -a restart -d 'Restart stacks and what depends on them, in order'
complete -c gup-agent -n '__gup_agent_is \'services\'' -a status -d 'Show the units of stacks, their health and images'
complete -c gup-agent -n '__gup_agent_is \'services\'' -a manage-services -d 'Restart or status, in the words of the release utility'
complete -c gup-agent -n '__gup_agent_is \'\'' -a run -d 'The scheduled run: random delay, all connectors, reboot if asked for'
complete -c gup-agent -n '__gup_agent_is \'\'' -a daemon -d 'Stay resident, and run on the schedule of the configuration'
complete -c gup-agent -n '__gup_agent_is \'\'' -a recover -d 'Undo or finish changes that a crash interrupted'
complete -c gup-agent -n '__gup_agent_is \'\'' -a self-update -d 'Update this program itself'
complete -c gup-agent -n '__gup_agent_is \'\'' -a self-test -d 'Test that a new version of this program must pass before it is used'
complete -c gup-agent -n '__gup_agent_is \'\'' -a self-uninstall -d 'Take a portable agent away; the connectors stay'
complete -c gup-agent -n '__gup_agent_is \'\'' -a deploy -d 'Do what repo-deploy does, with its configuration file and options'
complete -c gup-agent -n '__gup_agent_is \'\'' -a import -d 'Take over what another tool has configured or installed'
complete -c gup-agent -n '__gup_agent_is \'import\'' -a repo-deploy -d 'Print the configuration of repo-deploy as gup-agent.toml; with its secrets'
complete -c gup-agent -n '__gup_agent_is \'import\'' -a install-py -d 'Make releases of the versions that install.py has installed; moves and copies nothing'
complete -c gup-agent -n '__gup_agent_is \'import\'' -a client-connector-updater -d 'Start this agent in place of the bash script, at the same times'
complete -c gup-agent -n '__gup_agent_is \'\'' -a support -d 'Collect facts in a file for somebody who helps'
complete -c gup-agent -n '__gup_agent_is \'\'' -a lint -d 'Check gupfiles, requirements, compose files and gup-agent.toml; needs no root and no network'
complete -c gup-agent -n '__gup_agent_is \'\'' -a demo -d 'Make a small gateway in a folder, and show the agent at work there'
complete -c gup-agent -n '__gup_agent_is \'\'' -a schema -d 'Print the JSON schema of a file, for editors'
complete -c gup-agent -n '__gup_agent_is \'\'' -a reference -d 'Print a reference page as Markdown: commands, configuration or gupfile'
complete -c gup-agent -n '__gup_agent_is \'\'' -a completion -d 'Print a shell\'s script that completes commands, names and ids'
complete -c gup-agent -n '__gup_agent_is \'\'' -a help -d 'Show all commands, or the help of one'
complete -c gup-agent -n '__gup_agent_is \'\'' -a version -d 'Version, commit, target, linked libraries'
complete -c gup-agent -n '__gup_agent_is \'status\'' -a '(__gup_agent_ask connectors)'
complete -c gup-agent -n '__gup_agent_is \'status\'' -l exit-code -d 'End with 1 or 4 if a connector is not as it should be'
complete -c gup-agent -n '__gup_agent_is \'check\'' -a '(__gup_agent_ask connectors)'
complete -c gup-agent -n '__gup_agent_is \'now\'' -a '(__gup_agent_ask connectors)'
complete -c gup-agent -n '__gup_agent_is \'now\'' -l dry-run -d 'Change nothing, and show what it would do: the same as check'
complete -c gup-agent -n '__gup_agent_is \'now\'' -l retry -d 'Also try releases that were rolled back, of the named connectors'
complete -c gup-agent -n '__gup_agent_is \'now\'' -l pre-hooks -x -a '(__fish_complete_directories)' -d 'Folder of the hooks before activation (hooks.pre-update)'
complete -c gup-agent -n '__gup_agent_is \'now\'' -l post-hooks -x -a '(__fish_complete_directories)' -d 'Folder of the hooks after activation (hooks.post-update)'
complete -c gup-agent -n '__gup_agent_is \'rollback\' 0' -a '(__gup_agent_ask connectors)'
complete -c gup-agent -n '__gup_agent_is \'rollback\' 1' -a '(__gup_agent_ask generations)'
complete -c gup-agent -n '__gup_agent_is \'rollback\'' -l pre-hooks -x -a '(__fish_complete_directories)' -d 'Folder of the hooks before activation (hooks.pre-update)'
complete -c gup-agent -n '__gup_agent_is \'rollback\'' -l post-hooks -x -a '(__fish_complete_directories)' -d 'Folder of the hooks after activation (hooks.post-update)'
complete -c gup-agent -n '__gup_agent_is \'rollback\'' -l list -d 'Only list the generations, with the running one and those in quarantine'
complete -c gup-agent -n '__gup_agent_is \'history\'' -a '(__gup_agent_ask connectors)'
complete -c gup-agent -n '__gup_agent_is \'history\'' -s n -l lines -x  -d 'At most so many entries; 0: all (default: 50)'
complete -c gup-agent -n '__gup_agent_is \'logs\' 0' -a '(__gup_agent_ask connectors)'
complete -c gup-agent -n '__gup_agent_is \'logs\'' -s f -l follow -d 'Go on until Ctrl-C'
complete -c gup-agent -n '__gup_agent_is \'logs\'' -l since -x  -d 'Nothing older than this: 12h, 2d, 2026-12-24'
complete -c gup-agent -n '__gup_agent_is \'logs\'' -s n -l lines -x  -d 'At most so many lines; 0: all (default: 100)'
complete -c gup-agent -n '__gup_agent_is \'hold\' 0' -a '(__gup_agent_ask connectors)'
complete -c gup-agent -n '__gup_agent_is \'hold\'' -a '(__gup_agent_ask connectors)'
complete -c gup-agent -n '__gup_agent_is \'hold\'' -l for -x  -d 'For so long: 12h, 7d, 2w (default: until unhold)'
complete -c gup-agent -n '__gup_agent_is \'hold\'' -l until -x  -d 'Until then: 2026-12-24, "2026-12-24 18:00"'
complete -c gup-agent -n '__gup_agent_is \'hold\'' -l reason -x  -d 'Why; status shows it'
complete -c gup-agent -n '__gup_agent_is \'unhold\' 0' -a '(__gup_agent_ask connectors)'
complete -c gup-agent -n '__gup_agent_is \'unhold\'' -a '(__gup_agent_ask connectors)'
complete -c gup-agent -n '__gup_agent_is \'add\' 0' -a '(__fish_complete_directories)'
complete -c gup-agent -n '__gup_agent_is \'add\'' -l name -x  -d 'The connector\'s name (default: the URL\'s last part)'
complete -c gup-agent -n '__gup_agent_is \'add\'' -l branch -x  -d 'The branch to follow (default: the repository\'s own)'
complete -c gup-agent -n '__gup_agent_is \'add\'' -l host-key -x  -d 'The only host key to trust, SHA256:…'
complete -c gup-agent -n '__gup_agent_is \'add\'' -l owner -x -a '(__fish_complete_users)' -d 'The owner, by name or number (default: the owner of the root folder)'
complete -c gup-agent -n '__gup_agent_is \'add\'' -l requirements -x  -d 'The file that declares its packages, where the repository has no gupfile'
complete -c gup-agent -n '__gup_agent_is \'deploy-key\' 0' -a '(__gup_agent_ask connectors)'
complete -c gup-agent -n '__gup_agent_is \'deploy-key\'' -l owner -x -a '(__fish_complete_users)' -d 'The owner, by name or number (default: the owner of the root folder)'
complete -c gup-agent -n '__gup_agent_is \'doctor\'' -a '(__gup_agent_ask connectors)'
complete -c gup-agent -n '__gup_agent_is \'adopt\' 0' -a '(__gup_agent_ask connectors)'
complete -c gup-agent -n '__gup_agent_is \'adopt\'' -l back -d 'The enabled release becomes the folder again'
complete -c gup-agent -n '__gup_agent_is \'init\' 0' -a '(__fish_complete_directories)'
complete -c gup-agent -n '__gup_agent_is \'init\'' -l from -r -F -d 'A requirements.txt, pyproject.toml, lock file or virtualenv (default: what the folder has)'
complete -c gup-agent -n '__gup_agent_is \'list\'' -a '(__gup_agent_ask connectors)'
complete -c gup-agent -n '__gup_agent_is \'remove\' 0' -a '(__gup_agent_ask connectors)'
complete -c gup-agent -n '__gup_agent_is \'remove\'' -l keep-data -d 'Leave the folder, or the persisted data of releases'
complete -c gup-agent -n '__gup_agent_is \'remove\'' -s y -l yes -d 'Do not ask'
complete -c gup-agent -n '__gup_agent_is \'remove\'' -l force -d 'Also if local work is lost'
complete -c gup-agent -n '__gup_agent_is \'release install\' 0' -a '(__gup_agent_ask connectors)'
complete -c gup-agent -n '__gup_agent_is \'release install\'' -l from -x -a '(__fish_complete_directories)' -d 'A folder, or a branch, tag or commit (default: the followed branch)'
complete -c gup-agent -n '__gup_agent_is \'release install\'' -l version -x  -d 'The release\'s id (default: commit time, branch, hash)'
complete -c gup-agent -n '__gup_agent_is \'release install\'' -l replace -d 'Replace a release of that id if it differs'
complete -c gup-agent -n '__gup_agent_is \'release enable\' 0' -a '(__gup_agent_ask connectors)'
complete -c gup-agent -n '__gup_agent_is \'release enable\' 1' -a '(__gup_agent_ask releases)'
complete -c gup-agent -n '__gup_agent_is \'release enable\'' -l from -x -a '(__fish_complete_directories)' -d 'A folder, or a branch, tag or commit (default: the followed branch)'
complete -c gup-agent -n '__gup_agent_is \'release enable\'' -l pre-hooks -x -a '(__fish_complete_directories)' -d 'Folder of the hooks before activation (hooks.pre-update)'
complete -c gup-agent -n '__gup_agent_is \'release enable\'' -l post-hooks -x -a '(__fish_complete_directories)' -d 'Folder of the hooks after activation (hooks.post-update)'
complete -c gup-agent -n '__gup_agent_is \'release list\' 0' -a '(__gup_agent_ask connectors)'
complete -c gup-agent -n '__gup_agent_is \'release list\'' -l sort -x -a 'time version' -d 'By the time of installation (default), or by version'
complete -c gup-agent -n '__gup_agent_is \'release prune\' 0' -a '(__gup_agent_ask connectors)'
complete -c gup-agent -n '__gup_agent_is \'release prune\'' -l keep -x  -d 'The number of releases to keep (default: update.keep)'
complete -c gup-agent -n '__gup_agent_is \'services convert\'' -F
complete -c gup-agent -n '__gup_agent_is \'services convert\'' -l vars-json -x  -d 'Variables of compose files (default: $VARS_JSON_STR); never shown'
complete -c gup-agent -n '__gup_agent_is \'services convert\'' -l env-file -r -F -d 'A file of variables, before those of the stack and the repository; may be repeated'
complete -c gup-agent -n '__gup_agent_is \'services convert\'' -l profile -x  -d 'Enable services of a profile; may be repeated'
complete -c gup-agent -n '__gup_agent_is \'services convert\'' -l podman-version -x  -d 'Of the machine that gets the units (default: of this one)'
complete -c gup-agent -n '__gup_agent_is \'services convert\'' -l prefix -x  -d 'Of the names of units and containers (default: the stack\'s name and \'-\')'
complete -c gup-agent -n '__gup_agent_is \'services convert\'' -l meta-target -x  -d 'A target that the containers are a part of'
complete -c gup-agent -n '__gup_agent_is \'services convert\'' -l deploy-services -x  -d 'Only these compose services, separated by commas (default: all)'
complete -c gup-agent -n '__gup_agent_is \'services convert\'' -s f -l file -x  -d 'The same as an argument, as docker compose has it; may be repeated'
complete -c gup-agent -n '__gup_agent_is \'services determine-changes\'' -l changed-files -x  -d 'Paths in the repository, separated by blanks or newlines; may be repeated'
complete -c gup-agent -n '__gup_agent_is \'services determine-changes\'' -l assume-values-changed -d 'Without changed files: all stacks are affected'
complete -c gup-agent -n '__gup_agent_is \'services determine-changes\'' -l global-files -x  -d 'Files and folders whose change affects all stacks; may be repeated'
complete -c gup-agent -n '__gup_agent_is \'services determine-changes\'' -l services-dir -x -a '(__fish_complete_directories)' -d 'Folder with a folder for each stack (default: ./services)'
complete -c gup-agent -n '__gup_agent_is \'services generate-units\'' -l affected-services -x  -d 'Stacks, separated by blanks; may be repeated'
complete -c gup-agent -n '__gup_agent_is \'services generate-units\'' -l services-dir -x -a '(__fish_complete_directories)' -d 'Folder with a folder for each stack (default: ./services)'
complete -c gup-agent -n '__gup_agent_is \'services generate-units\'' -l output-dir -x -a '(__fish_complete_directories)' -d 'Folder of the units (default: that of Quadlet)'
complete -c gup-agent -n '__gup_agent_is \'services generate-units\'' -l check -d 'Write nothing; show which files would change'
complete -c gup-agent -n '__gup_agent_is \'services generate-units\'' -l vars-json -x  -d 'Variables of compose files (default: $VARS_JSON_STR); never shown'
complete -c gup-agent -n '__gup_agent_is \'services generate-units\'' -l env-file -r -F -d 'A file of variables, before those of the stack and the repository; may be repeated'
complete -c gup-agent -n '__gup_agent_is \'services generate-units\'' -l profile -x  -d 'Enable services of a profile; may be repeated'
complete -c gup-agent -n '__gup_agent_is \'services generate-units\'' -l podman-version -x  -d 'Of the machine that gets the units (default: of this one)'
complete -c gup-agent -n '__gup_agent_is \'services generate-units\'' -l prefix -x  -d 'Of the names of units and containers (default: the stack\'s name and \'-\')'
complete -c gup-agent -n '__gup_agent_is \'services generate-units\'' -l meta-target -x  -d 'A target that the containers are a part of'
complete -c gup-agent -n '__gup_agent_is \'services generate-units\'' -l deploy-services -x  -d 'Only these compose services, separated by commas (default: all)'
complete -c gup-agent -n '__gup_agent_is \'services pull-images\'' -l affected-services -x  -d 'Stacks, separated by blanks; may be repeated'
complete -c gup-agent -n '__gup_agent_is \'services pull-images\'' -l units-dir -x -a '(__fish_complete_directories)' -d 'Folder of the units (default: that of Quadlet)'
complete -c gup-agent -n '__gup_agent_is \'services pull-images\'' -l user -d 'Units and containers of the calling user; the default unless that is root'
complete -c gup-agent -n '__gup_agent_is \'services restart\'' -l affected-services -x  -d 'Stacks, separated by blanks; may be repeated'
complete -c gup-agent -n '__gup_agent_is \'services restart\'' -l units-dir -x -a '(__fish_complete_directories)' -d 'Folder of the units (default: that of Quadlet)'
complete -c gup-agent -n '__gup_agent_is \'services restart\'' -l user -d 'Units and containers of the calling user; the default unless that is root'
complete -c gup-agent -n '__gup_agent_is \'services restart\'' -l within -x  -d 'All units must be up after this time (default: 60s)'
complete -c gup-agent -n '__gup_agent_is \'services status\'' -l services-to-check -x  -d 'Stacks, separated by blanks (default: all)'
complete -c gup-agent -n '__gup_agent_is \'services status\'' -l units-dir -x -a '(__fish_complete_directories)' -d 'Folder of the units (default: that of Quadlet)'
complete -c gup-agent -n '__gup_agent_is \'services status\'' -l user -d 'Units and containers of the calling user; the default unless that is root'
complete -c gup-agent -n '__gup_agent_is \'services manage-services\' 0' -a 'restart status'
complete -c gup-agent -n '__gup_agent_is \'services manage-services\'' -l affected-services -x  -d 'Stacks, separated by blanks; may be repeated'
complete -c gup-agent -n '__gup_agent_is \'services manage-services\'' -l services-to-check -x  -d 'The same, of status'
complete -c gup-agent -n '__gup_agent_is \'services manage-services\'' -l units-dir -x -a '(__fish_complete_directories)' -d 'Folder of the units (default: that of Quadlet)'
complete -c gup-agent -n '__gup_agent_is \'services manage-services\'' -l user -d 'Units and containers of the calling user; the default unless that is root'
complete -c gup-agent -n '__gup_agent_is \'services manage-services\'' -l within -x  -d 'All units must be up after this time (default: 60s)'
complete -c gup-agent -n '__gup_agent_is \'run\'' -l pre-hooks -x -a '(__fish_complete_directories)' -d 'Folder of the hooks before activation (hooks.pre-update)'
complete -c gup-agent -n '__gup_agent_is \'run\'' -l post-hooks -x -a '(__fish_complete_directories)' -d 'Folder of the hooks after activation (hooks.post-update)'
complete -c gup-agent -n '__gup_agent_is \'self-update\'' -l check -d 'Only show what it would do'
complete -c gup-agent -n '__gup_agent_is \'self-uninstall\'' -l portable -d 'The agent next to the connectors, which is the only one that it can remove'
complete -c gup-agent -n '__gup_agent_is \'self-uninstall\'' -l purge -d 'Also remove gup-agent.toml, deploy keys and known hosts'
complete -c gup-agent -n '__gup_agent_is \'self-uninstall\'' -s y -l yes -d 'Do it'
complete -c gup-agent -n '__gup_agent_is \'deploy\'' -s r -l remote -x  -d 'A git URL, https://…/app.zip or s3://bucket/app.zip'
complete -c gup-agent -n '__gup_agent_is \'deploy\'' -s l -l local -x -a '(__fish_complete_directories)' -d 'Folder to deploy into (default: /var/deploy/current)'
complete -c gup-agent -n '__gup_agent_is \'deploy\'' -s i -l id -x  -d 'As before 1.0: the folder or archive of the remote (com.example.app)'
complete -c gup-agent -n '__gup_agent_is \'deploy\'' -s d -l directory -x -a '(__fish_complete_directories)' -d 'As before 1.0: the folder whose subfolder current is deployed into'
complete -c gup-agent -n '__gup_agent_is \'deploy\'' -l cache -x -a '(__fish_complete_directories)' -d 'Folder for the releases (default: /var/cache/repo-deploy)'
complete -c gup-agent -n '__gup_agent_is \'deploy\'' -l pre-hooks -x -a '(__fish_complete_directories)' -d 'Folder of the hooks before activation (hooks.pre-update)'
complete -c gup-agent -n '__gup_agent_is \'deploy\'' -l post-hooks -x -a '(__fish_complete_directories)' -d 'Folder of the hooks after activation (hooks.post-update)'
complete -c gup-agent -n '__gup_agent_is \'deploy\'' -s f -l fetch -d 'Deploy once, now, instead of on the schedule'
complete -c gup-agent -n '__gup_agent_is \'import repo-deploy\'' -s r -l remote -x  -d 'A git URL, https://…/app.zip or s3://bucket/app.zip'
complete -c gup-agent -n '__gup_agent_is \'import repo-deploy\'' -s l -l local -x -a '(__fish_complete_directories)' -d 'Folder to deploy into (default: /var/deploy/current)'
complete -c gup-agent -n '__gup_agent_is \'import repo-deploy\'' -s i -l id -x  -d 'As before 1.0: the folder or archive of the remote (com.example.app)'
complete -c gup-agent -n '__gup_agent_is \'import repo-deploy\'' -s d -l directory -x -a '(__fish_complete_directories)' -d 'As before 1.0: the folder whose subfolder current is deployed into'
complete -c gup-agent -n '__gup_agent_is \'import repo-deploy\'' -l cache -x -a '(__fish_complete_directories)' -d 'Folder for the releases (default: /var/cache/repo-deploy)'
complete -c gup-agent -n '__gup_agent_is \'import repo-deploy\'' -l pre-hooks -x -a '(__fish_complete_directories)' -d 'Folder of the hooks before activation (hooks.pre-update)'
complete -c gup-agent -n '__gup_agent_is \'import repo-deploy\'' -l post-hooks -x -a '(__fish_complete_directories)' -d 'Folder of the hooks after activation (hooks.post-update)'
complete -c gup-agent -n '__gup_agent_is \'import install-py\'' -l workdir -x -a '(__fish_complete_directories)' -d 'The folder with the versions'
complete -c gup-agent -n '__gup_agent_is \'import install-py\'' -l link -x  -d 'The link in it to the enabled version'
complete -c gup-agent -n '__gup_agent_is \'import install-py\'' -l name -x  -d 'The connector\'s name (default: the link\'s)'
complete -c gup-agent -n '__gup_agent_is \'support\'' -s o -l output -r -F -d 'The file (default: gup-support-HOST-TIME.tar.gz)'
complete -c gup-agent -n '__gup_agent_is \'lint\'' -F
complete -c gup-agent -n '__gup_agent_is \'lint\'' -l format -x -a 'text json sarif' -d 'The form of the report: text, json or sarif'
complete -c gup-agent -n '__gup_agent_is \'lint\'' -l sarif -d 'SARIF 2.1.0, for code hosts and CI'
complete -c gup-agent -n '__gup_agent_is \'demo\' 0' -a '(__fish_complete_directories)'
complete -c gup-agent -n '__gup_agent_is \'schema\' 0' -a 'gupfile gup-agent.toml'
complete -c gup-agent -n '__gup_agent_is \'reference\' 0' -a 'commands configuration gupfile'
complete -c gup-agent -n '__gup_agent_is \'completion\' 0' -a 'bash zsh fish'
complete -c gup-agent -n '__gup_agent_is \'help\'' -a 'status check now rollback history logs hold unhold add deploy-key doctor adopt init list remove release services run daemon recover self-update self-test self-uninstall deploy import support lint demo schema reference completion help version'

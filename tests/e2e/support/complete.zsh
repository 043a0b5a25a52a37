# SPDX-License-Identifier: Apache-2.0
# Prints the completions of zsh for a command line: zsh -f complete.zsh FOLDER_OF_COMPLETIONS LINE
zmodload zsh/zpty
zpty inner zsh -f -i
expect() { zpty -r inner REPLY "*$1*" }
zpty -w inner "PROMPT= RPROMPT=; setopt no_beep; stty -echo; fpath=(${(q)1} \$fpath); autoload -Uz compinit; compinit -u -D; print READ''Y"
expect READY
# Each candidate is printed instead of being inserted.
zpty -w inner '
compadd() {
    if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return; fi
    local -a __hits
    builtin compadd -O __hits "$@"
    local __hit
    for __hit in "${__hits[@]}"; do print -r -- "HIT:$__hit"; done
    return 1
}
widget() { _main_complete; print -r -- EN""D; zle .kill-whole-line }
zle -C widget complete-word widget
bindkey "^I" widget
print DEFI""NED'
expect DEFINED
zpty -w -n inner "$2"$'\t'
expect END
print -r -- "$REPLY" | tr -d '\r' | sed -n 's/.*HIT:\(.*\)/\1/p' | sort -u
zpty -d inner

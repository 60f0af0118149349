# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# featsel.fish - completion for featsel(1): options of its --help, events and candidates from the manifests

# Options that say where events come from are passed on, so that names are those of the command being typed.
function __featsel_ask
    set -l words (commandline -opc)
    set -l inputs
    set -l take 0
    for word in $words[2..-1]
        if test $take = 1
            set -a inputs $word
            set take 0
        else if contains -- $word -m --manifest -o --object --object-dir
            set -a inputs $word
            set take 1
        end
    end
    $words[1] $argv --quiet $inputs 2>/dev/null
end

# Events stand at the beginning of a line with their summary, their candidates on the line below.
function __featsel_events
    __featsel_ask --list | string replace -rf '^(\S+)\s*(.*)$' '$1\t$2'
    printf 'all\tevery event\n'
end

function __featsel_candidates
    __featsel_ask --list | awk -v event=$argv[1] '/^[^ ]/ { name = $1; next }
        name == event { gsub(/,/, ""); for (i = 1; i <= NF; i++) print name "=" $i }'
end

# What may stand where an event is due: EVENT, or EVENT=CANDIDATE once the event is typed.
function __featsel_requests
    set -l current (commandline -ct)
    if string match -q -- '*=*' $current
        __featsel_candidates (string replace -r '=.*' '' -- $current)
    else
        __featsel_events
    end
end

# Only with its candidate does --disable mean something.
function __featsel_disabled
    for event in (__featsel_ask --list | string replace -rf '^(\S+).*' '$1')
        __featsel_candidates $event
    end
end

function __featsel_fields
    __featsel_ask --fields help | awk '/^ / && !seen[$1]++ { print $1 "\t" $2 }'
end

function __featsel_kinds
    printf '%s\n' prog_type: attach_type: map_type: helper: kfunc: attach: link: btf: ksym: kconfig: insns: lsm: cap: \
        arch: kernel:
end

# KEY=VALUE, or EVENT.KEY=VALUE.
function __featsel_on
    set -l current (commandline -ct)
    set -l key (string replace -rf '^([^=]*)=.*' '$1' -- $current)
    set -l value (string replace -r '^[^=]*=' '' -- $current)
    switch (string replace -r '^[^.]*\.' '' -- "$key")
        case interfaces
            printf "$key=%s\n" (path basename /sys/class/net/*)
        case direction
            printf "$key=%s\n" ingress egress
        case xdp_mode
            printf "$key=%s\n" native generic any
        case cgroup netns program
            printf "$key=%s\n" (__fish_complete_path $value | string replace -r '\t.*' '')
        case ''
            set -l event (string replace -rf '^([^.]*\.).*' '$1' -- $current)
            printf "$event%s=\n" interfaces xdp_mode direction cgroup netns hook priority map frequency period event \
                cpus every of program pid
    end
end

# NAME=, or EVENT.NAME=, of what the objects leave open; the manifests' own values stand behind.
function __featsel_set
    __featsel_ask --print-manifest | awk '/^ *globals:/ { sub(/^ *globals: *\{?/, ""); gsub(/[{}]/, ""); n = split($0, part, ", *")
        for (i = 1; i <= n; i++) if (split(part[i], pair, ": *") == 2) print pair[1] "=" }'
end

# Each option of --help with its description; what its value is, the table says.
function __featsel_describe
    featsel --help 2>/dev/null | awk '
        function out() { if (long) print short ";" long ";" value ";" text; long = "" }
        /^ +(-[a-zA-Z], )?--[a-z]/ {
            out(); short = ""; value = ""
            if ($1 ~ /^-[a-zA-Z],$/) { short = substr($1, 2, 1); long = $2 } else long = $1
            at = index($0, long) + length(long)
            rest = substr($0, at); sub(/^--/, "", long); sub(/\[.*/, "", long)
            if (match(rest, /^ \[?[A-Z][^ ]*/)) { value = substr(rest, 2, RLENGTH - 1); rest = substr(rest, RLENGTH + 1) }
            sub(/^ +/, "", rest); text = rest; next
        }
        /^                    / && long { sub(/^ +/, ""); text = text (text ? " " : "") $0; next }
        { out() }
        END { out() }'
end

# One word of complete a line.
function __featsel_values -a option
    switch $option
        case manifest object features btf kconfig output
            printf '%s\n' -r -F
        case object-dir pin pin-dir cgroup
            printf '%s\n' -x -a '(__fish_complete_directories (commandline -ct))'
        case without assume feature
            printf '%s\n' -x -a '(__featsel_kinds)'
        case disable
            printf '%s\n' -x -a '(__featsel_disabled)'
        case pid
            printf '%s\n' -x -a '(__fish_complete_pids)'
        case uid
            printf '%s\n' -x -a '(__fish_complete_users)'
        case where
            printf '%s\n' -x -a '(__featsel_fields)'
        case fields
            printf '%s\n' -x -a '(__featsel_fields; echo help)'
        case covers
            printf '%s\n' -x -a 'native compat kernel io_uring'
        case on
            printf '%s\n' -x -a '(__featsel_on)'
        case set
            printf '%s\n' -x -a '(__featsel_set)'
        case '*'
            printf '%s\n' -x
    end
end

function __featsel_snapshots
    contains -- --matrix (commandline -opc); or contains -- --diff (commandline -opc)
end

complete -c featsel -f
for line in (__featsel_describe)
    set -l part (string split -m 3 ';' -- $line)
    set -l more
    test -z "$part[1]"; or set -a more -s $part[1]
    test -z "$part[3]"; or set -a more (__featsel_values $part[2])
    complete -c featsel -l $part[2] -d "$part[4]" $more
end
complete -c featsel -n 'string match -q -- "--color=*" (commandline -ct)' -a '--color={auto,always,never}'
complete -c featsel -n 'not contains -- -- (commandline -opc)' -a '(__featsel_requests)'
complete -c featsel -n __featsel_snapshots -a '(__fish_complete_suffix .json)'
complete -c featsel -n 'contains -- -- (commandline -opc)' \
    -a '(__fish_complete_subcommand --commandline (string split -m 1 -- " -- " (commandline -cp))[2])'

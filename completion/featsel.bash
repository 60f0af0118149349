# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# featsel.bash - completion for featsel(1): options, and events and candidates from the manifests

_featsel_options='
	--dry-run --explain --list --check --probe --matrix --diff --verify --report --print-manifest --help --version --license
	--manifest --object --object-dir --features --btf --kconfig --on --set --record
	--without --assume --disable --covers --require-fields --feature --no-load
	--duration --count --no-fallback --best-effort --self-test --keep-privileges --exit-status --no-compare --cost --pin
	--pin-dir --buffer
	--pid --follow --uid --comm --cgroup --where --own --fields
	--json --output --wide --color --verbose --quiet'

# Options that say where events come from are passed on, so that names are those of the command being typed.
_featsel_ask()
{
	local i
	local -a inputs=()

	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-m | --manifest | -o | --object | --object-dir)
			inputs+=("${COMP_WORDS[i]}" "${COMP_WORDS[i + 1]}")
			;;
		esac
	done
	"${COMP_WORDS[0]}" "$@" --quiet "${inputs[@]}" 2>/dev/null
}

_featsel_list()
{
	_featsel_ask --list
}

# Of all events: which are meant may be typed later.
_featsel_fields()
{
	_featsel_ask --fields help | awk '/^ / { print $1 }' | sort -u
}

# Events stand at the beginning of a line, their candidates on the line below.
_featsel_events()
{
	_featsel_list | awk '/^[^ ]/ { print $1 } END { print "all" }'
}

_featsel_candidates()
{
	_featsel_list | awk -v event="$1" '/^[^ ]/ { name = $1; next } name == event { gsub(/,/, ""); print }'
}

# What --on KEY= takes.
_featsel_on_values()
{
	case $1 in
	interfaces) mapfile -t COMPREPLY < <(cd /sys/class/net && compgen -G '*' | grep "^$2") ;;
	direction) mapfile -t COMPREPLY < <(compgen -W 'ingress egress' -- "$2") ;;
	xdp_mode) mapfile -t COMPREPLY < <(compgen -W 'native generic any' -- "$2") ;;
	cgroup) mapfile -t COMPREPLY < <(compgen -d -- "${2:-/sys/fs/cgroup/}") ;;
	netns | program) mapfile -t COMPREPLY < <(compgen -f -- "$2") ;;
	esac
}

# The variables that the manifests set, for --set.
_featsel_globals()
{
	_featsel_ask --print-manifest | awk '/^ *globals:/ {
		sub(/^ *globals: *\{?/, ""); gsub(/[{}]/, ""); n = split($0, part, ", *")
		for (i = 1; i <= n; i++) if (split(part[i], pair, ": *") == 2) print pair[1] }'
}

_featsel()
{
	local current=${COMP_WORDS[COMP_CWORD]}
	local previous=${COMP_WORDS[COMP_CWORD - 1]}
	local i

	COMPREPLY=()
	# after -- another command is completed
	for ((i = 1; i < COMP_CWORD; i++)); do
		if [[ ${COMP_WORDS[i]} == -- ]]; then
			if declare -F _command_offset >/dev/null; then
				_command_offset $((i + 1))
			fi
			return
		fi
	done
	# "mmap=fen" comes as the three words "mmap", "=", "fen"
	if [[ $previous == '=' || $current == '=' ]]; then
		[[ $current == '=' ]] && current=
		i=$((COMP_CWORD - 1))
		[[ ${COMP_WORDS[i]} == '=' ]] && i=$((i - 1))
		if [[ ${COMP_WORDS[i - 1]} == --on ]]; then
			_featsel_on_values "${COMP_WORDS[i]##*.}" "$current"
		elif [[ ${COMP_WORDS[i]} == --color ]]; then
			mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$current")
		elif [[ ${COMP_WORDS[i - 1]} != --set ]]; then
			mapfile -t COMPREPLY < <(compgen -W "$(_featsel_candidates "${COMP_WORDS[i]}")" -- "$current")
		fi
		return
	fi
	case $previous in
	-m | --manifest | -o | --object | --features | --btf | --kconfig | --output)
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		return
		;;
	--object-dir | --pin | --pin-dir)
		mapfile -t COMPREPLY < <(compgen -d -- "$current")
		return
		;;
	-p | --pid)
		mapfile -t COMPREPLY < <(cd /proc && compgen -G '[0-9]*' | grep "^$current")
		return
		;;
	--without | --assume | --feature)
		mapfile -t COMPREPLY < <(compgen -W 'prog_type: attach_type: map_type: helper: kfunc: attach:
			link: btf: ksym: kconfig: insns: lsm: cap: arch: kernel:' -- "$current")
		return
		;;
	--uid)
		mapfile -t COMPREPLY < <(compgen -u -- "$current")
		return
		;;
	--cgroup)
		mapfile -t COMPREPLY < <(compgen -d -- "${current:-/sys/fs/cgroup/}")
		return
		;;
	--where)
		mapfile -t COMPREPLY < <(compgen -W "$(_featsel_fields)" -- "$current")
		return
		;;
	--fields)
		mapfile -t COMPREPLY < <(compgen -W "help $(_featsel_fields)" -- "$current")
		return
		;;
	--covers)
		mapfile -t COMPREPLY < <(compgen -W 'native compat kernel io_uring' -- "$current")
		return
		;;
	--on)
		mapfile -t COMPREPLY < <(compgen -S = -W 'interfaces xdp_mode direction cgroup netns hook priority map
			frequency period event cpus every of program pid' -- "$current")
		compopt -o nospace
		return
		;;
	--set)
		mapfile -t COMPREPLY < <(compgen -S = -W "$(_featsel_globals)" -- "$current")
		compopt -o nospace
		return
		;;
	-d | --duration | -c | --count | --comm | --buffer | --require-fields | --record)
		return
		;;
	--disable)
		mapfile -t COMPREPLY < <(compgen -S = -W "$(_featsel_events)" -- "$current")
		compopt -o nospace
		return
		;;
	esac
	if [[ $current == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$_featsel_options" -- "$current")
		return
	fi
	mapfile -t COMPREPLY < <(
		compgen -W "$(_featsel_events)" -- "$current"
		compgen -f -X '!*.json' -- "$current"
	)
}

complete -F _featsel featsel

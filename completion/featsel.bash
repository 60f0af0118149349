# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# featsel.bash - completion for featsel(1): options, and events and candidates from the manifests

_featsel_options='
	--dry-run --explain --list --check --probe --matrix --diff --verify --print-manifest --help --version --license
	--manifest --object --object-dir --features --btf --on --set
	--without --assume --disable --covers --require-fields --feature --no-load
	--duration --count --no-fallback --best-effort --self-test --keep-privileges --exit-status --no-compare --pin
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
		mapfile -t COMPREPLY < <(compgen -W "$(_featsel_candidates "${COMP_WORDS[i]}")" -- "$current")
		return
	fi
	case $previous in
	-m | --manifest | -o | --object | --features | --btf | --output)
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
	-d | --duration | -c | --count | --comm)
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

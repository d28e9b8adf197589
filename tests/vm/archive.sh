# Sourced by what fetches from the Debian archive that this machine uses. Nothing is installed on the machine.
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
say() { printf '%s\n' "$*" >&2; }

# The machine's own sources as "main URI" and "security URI" lines, from one-line and deb822 files.
machine_sources() {
	{
		cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | sed -n 's/\[[^]]*\]//; s/^deb  *//p' |
			awk '{print $2, $1}'
		for file in /etc/apt/sources.list.d/*.sources; do
			[ -e "$file" ] && awk -v RS= '
				{
					uris = suites = ""; on = 1
					n = split($0, lines, "\n")
					for (i = 1; i <= n; i++) {
						value = lines[i]; sub(/^[^:]*:[ \t]*/, "", value)
						key = tolower(lines[i])
						if (key ~ /^uris:/) uris = value
						if (key ~ /^suites:/) suites = value
						if (key ~ /^enabled:[ \t]*(no|false)/) on = 0
					}
					if (!on) next
					a = split(suites, suite, /[ \t]+/); b = split(uris, uri, /[ \t]+/)
					for (i = 1; i <= a; i++) for (j = 1; j <= b; j++) print suite[i], uri[j]
				}' "$file"
		done
	} | awk -v code="$(. /etc/os-release && echo "${VERSION_CODENAME:-}")" '
		$1 ~ /-security$/ { print "security", $2 }
		code != "" && $1 == code { print "main", $2 }
		$1 ~ /^(stable|oldstable|testing|sid|unstable|bullseye|bookworm|trixie)$/ { print "main", $2 }' |
		grep -i debian | sort -u
}

# apt-get or apt-cache with a configuration of its own below a folder: private_apt TOOL FOLDER ARGUMENTS…
private_apt() {
	local tool=$1 dir=$2
	shift 2
	timeout 300 "$tool" -q \
		-o Dir::Etc::SourceList="$dir/sources.list" -o Dir::Etc::SourceParts=/dev/null \
		-o Dir::State::Lists="$dir/lists" -o Dir::State::status=/dev/null -o Dir::Cache="$dir/cache" \
		-o APT::Sandbox::User=root -o APT::Architecture=amd64 -o APT::Architectures::=amd64 \
		-o Acquire::Languages=none -o Acquire::Check-Valid-Until=false \
		-o Acquire::Retries=2 -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30 "$@"
}

title="memory limit, another wording"
alone=yes
issue="lookups in the catalogue are sluggish since we gave the service less room"
fault() {
	group memory memory.limit_in_bytes=31457280 memory.max=31457280
	start_grouped catalogd reread 22 "$work/pages"
	fact "$case" "memory limit"
}

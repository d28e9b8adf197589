title="memory pressure and reclaim"
alone=yes
issue="the search index got very slow after its move into a container"
fault() {
	group memory memory.limit_in_bytes=41943040 memory.max=41943040
	start_grouped searchd reread 30 "$work/segment"
	fact "$case" "memory limit"
}

title="permission denied, a folder that may not be searched"
issue="scans do not show up any more since the cleanup of user rights"
fault() {
	mkdir -m 700 "$work/inbox"
	: >"$work/inbox/scan-001.dat"
	start scand missing-file "$work/inbox/scan-001.dat" 1234
	fact "$work/inbox/scan-001.dat" "scand (pid $pid)" "uid 1234" EACCES
}

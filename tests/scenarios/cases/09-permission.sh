title="permission denied"
issue="signerd is up but signs nothing since we rotated the keys"
fault() {
	mkdir -m 755 "$work/keys"
	: >"$work/keys/signing.key"
	chmod 600 "$work/keys/signing.key"
	start signerd missing-file "$work/keys/signing.key" 65534
	fact "$work/keys/signing.key" "signerd (pid $pid)" "uid 65534" EACCES
}

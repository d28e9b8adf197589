title="configuration file missing"
alone=yes
issue="ledgerd does not come up after the update"
fault() {
	mkdir "$work/conf"
	start ledgerd missing-file "$work/conf/ledger.conf"
	fact "$work/conf/ledger.conf" "ledgerd (pid $pid)" ENOENT
}

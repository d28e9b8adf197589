title="behind another's file lock"
issue="the nightly export stands still, export-job does nothing"
fault() {
	start import-job filelock "$work/db.lock" hold
	holder=$pid
	start export-job filelock "$work/db.lock" wait
	fact "export-job (pid $pid)" "import-job (pid $holder)" "$work/db.lock"
}

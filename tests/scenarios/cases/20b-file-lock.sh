title="behind another's file lock, a script"
issue="the import of orders has not finished since midnight"
fault() {
	launch holder perl -e '$| = 1; open(F, ">", $ARGV[0]); flock(F, 2); print "$$\n"; sleep 3600' "$work/orders.lck"
	holder=$pid
	launch waiter perl -e '$| = 1; print "$$\n"; open(F, ">", $ARGV[0]); flock(F, 2); sleep 3600' "$work/orders.lck"
	fact "perl (pid $pid)" "perl (pid $holder)" "$work/orders.lck"
}

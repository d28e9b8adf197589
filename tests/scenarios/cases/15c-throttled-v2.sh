. "$here/cases/15-throttled.sh"
title="processor quota (cgroup v2)"
where=guest

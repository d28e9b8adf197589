. "$here/cases/13-oom.sh"
title="killed by the OOM killer (cgroup v2)"
where=guest

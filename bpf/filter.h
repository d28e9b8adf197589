/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who hit the probe, and whether that is wanted. Runs before anything that costs. */
#ifndef SONDE_FILTER_H
#define SONDE_FILTER_H

#define MOST_NAMESPACE_LEVELS 8

struct who {
	__u32 pid; /* in the agent's namespace where visible there, as are the others */
	__u32 tid;
	__u32 host_pid;
	__u32 part;   /* which attachment was hit */
	__u64 thread; /* both ids in the initial namespace, as the kernel gives them */
};

/* The id of a task's thread in the agent's pid namespace; `host` where it has none there. */
static __always_inline __u32 id_for_agent(struct task_struct *task, __u32 host)
{
	if (!plan.filter.pid_namespace)
		return host;

	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	__u32 level = BPF_CORE_READ(pid, level);
	char *numbers = (char *)pid + bpf_core_field_offset(struct pid, numbers);

	for (__u32 i = 1; i < MOST_NAMESPACE_LEVELS; i++) {
		if (i > level)
			break;

		struct upid *number =
		    (struct upid *)(numbers + i * bpf_core_type_size(struct upid));

		if (BPF_CORE_READ(number, ns, ns.inum) == plan.filter.pid_namespace)
			return BPF_CORE_READ(number, nr);
	}
	return host;
}

static __always_inline struct task_struct *current_task(void)
{
	return (struct task_struct *)bpf_get_current_task();
}

static __always_inline void identify(struct who *who)
{
	__u64 ids = bpf_get_current_pid_tgid();

	who->thread = ids;
	who->host_pid = who->pid = ids >> 32;
	who->tid = (__u32)ids;
	if (plan.filter.pid_namespace) {
		struct task_struct *task = current_task();

		who->tid = id_for_agent(task, (__u32)ids);
		who->pid = id_for_agent(BPF_CORE_READ(task, group_leader), who->host_pid);
	}
}

static __always_inline bool same_comm(const char *comm)
{
	for (int i = 0; i < SONDE_COMM; i++) {
		if (comm[i] != plan.filter.comm[i])
			return false;
		if (!comm[i])
			return true;
	}
	return true;
}

/* A thread matches by its own name or by its process leader's. */
static __always_inline bool comm_matches(void)
{
	struct task_struct *task = current_task();
	char comm[SONDE_COMM] = {};

	bpf_get_current_comm(comm, sizeof(comm));
	if (same_comm(comm))
		return true;
	BPF_CORE_READ_INTO(&comm, task, group_leader, comm);
	return same_comm(comm);
}

static __always_inline bool parent_matches(void)
{
	struct task_struct *task = current_task();
	struct task_struct *parent = BPF_CORE_READ(task, real_parent);
	__u32 host = BPF_CORE_READ(parent, tgid);

	return id_for_agent(BPF_CORE_READ(parent, group_leader), host) == plan.filter.ppid;
}

static __always_inline bool is_wanted(const struct who *who)
{
	__u32 set = plan.filter.set;

	if (set & SONDE_FILTER_NOT_AGENT && who->pid == plan.filter.agent_pid)
		return false;
	if (set & SONDE_FILTER_PID && who->pid != plan.filter.pid)
		return false;
	if (set & SONDE_FILTER_TID && who->tid != plan.filter.tid)
		return false;
	if (set & SONDE_FILTER_UID && (__u32)bpf_get_current_uid_gid() != plan.filter.uid)
		return false;
	if (set & SONDE_FILTER_CGROUP &&
	    bpf_get_current_ancestor_cgroup_id(plan.filter.cgroup_level) != plan.filter.cgroup)
		return false;
	if (set & SONDE_FILTER_PPID && !parent_matches())
		return false;
	if (set & SONDE_FILTER_COMM && !comm_matches())
		return false;
	return true;
}

/* Whether a tracepoint's fields have the values that the plan asks for. */
static __always_inline bool conditions_hold(const volatile struct sonde_condition *conditions,
					    const void *ctx)
{
	for (int i = 0; i < SONDE_MAX_CONDITIONS; i++) {
		__u64 value = 0;

		if (!conditions[i].size)
			break;
		if (bpf_probe_read_kernel(&value, conditions[i].size,
					  (const char *)ctx + conditions[i].offset))
			return false;
		if ((value == conditions[i].value) == !!conditions[i].differs)
			return false;
	}
	return true;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Files: from a descriptor to its file, and from a file to the names that lead to it. */
#ifndef SONDE_PATH_H
#define SONDE_PATH_H

/* As many names and mount points as a path may have before it is cut. */
#define PATH_STEPS 40
#define NAME_SIZE 256
#define NAMES_MASK (SONDE_PATH_SIZE - NAME_SIZE - 1)

/* The file behind a descriptor of the current task. */
static __always_inline __u64 file_of(__u32 descriptor)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **slots = BPF_CORE_READ(table, fd);
	__u64 file = 0;

	if (descriptor >= BPF_CORE_READ(table, max_fds))
		return 0;
	bpf_probe_read_kernel(&file, sizeof(file), slots + descriptor);
	return file;
}

/*
 * The names from an entry up to the root, each with its zero. A mount's root goes on at the place
 * that it is mounted on; without a mount the walk ends at the file system's own root.
 */
static __always_inline long fetch_names(char *to, struct dentry *entry, struct vfsmount *at)
{
	struct mount *mount = NULL;
	__u32 used = 0;

	if (at)
		mount = (struct mount *)((char *)at - bpf_core_field_offset(struct mount, mnt));

	for (int i = 0; i < PATH_STEPS; i++) {
		struct dentry *parent = BPF_CORE_READ(entry, d_parent);
		long got;

		if (mount && entry == BPF_CORE_READ(mount, mnt.mnt_root)) {
			struct mount *outer = BPF_CORE_READ(mount, mnt_parent);

			if (outer == mount || !outer)
				return used;
			entry = BPF_CORE_READ(mount, mnt_mountpoint);
			mount = outer;
			continue;
		}
		/* Pipes, sockets and their like have no place, only a name. */
		if (!parent || (entry == parent && (used || !mount)))
			return used;
		if (used > NAMES_MASK)
			return used | SONDE_PATH_CUT;
		KEEP_BOUND(used);
		used &= NAMES_MASK;
		got = bpf_probe_read_kernel_str(to + used, NAME_SIZE,
						BPF_CORE_READ(entry, d_name.name));
		if (got <= 0)
			return used ? used | SONDE_PATH_CUT : -EFAULT;
		used += got;
		if (entry == parent)
			return used;
		entry = parent;
	}
	return used | SONDE_PATH_CUT;
}

static __always_inline long fetch_path(char *to, __u64 address)
{
	struct path *path = (struct path *)address;
	struct dentry *entry = BPF_CORE_READ(path, dentry);

	if (!entry)
		return -EFAULT;
	return fetch_names(to, entry, BPF_CORE_READ(path, mnt));
}

#endif

// SPDX-License-Identifier: GPL-2.0-only
// The scripted host of the kernel lab: it answers the reference driver's commands inside the lab's kernel.
//
// /proc/fakehost takes "target PAGES", "reset" (the next GET_TARGET is answered with a reset) and "refuse COUNT STATUS"
// (the next COUNT LOCK commands are answered with STATUS). The driver's constants are set on the kernel's command line,
// such as fakehost_alloc_max=4096.
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>

enum { START, GET_TARGET, LOCK, UNLOCK, GUEST_ID };
enum { SUCCESS = 0, COMMAND_INVALID = 1, RESET = 7 };

#define CONSTANT(name, value)                   \
	unsigned int fakehost_##name = value;   \
	core_param(fakehost_##name, fakehost_##name, uint, 0444)

CONSTANT(nosleep_alloc_max, 16384);
CONSTANT(alloc_min, 512);
CONSTANT(alloc_max, 2048);
CONSTANT(alloc_inc, 16);
CONSTANT(free_min, 512);
CONSTANT(free_max, 16384);
CONSTANT(free_inc, 16);
CONSTANT(slow_cycles, 4);
CONSTANT(yield_threshold, 1024);
CONSTANT(max_refused, 16);

static unsigned long target;
static unsigned long locked;
static unsigned long resets;
static unsigned long refusals, refusal_status;

unsigned long fakehost_call(int command, unsigned long argument, unsigned long *result);

unsigned long fakehost_call(int command, unsigned long argument, unsigned long *result)
{
	*result = 0;
	switch (command) {
	case START:
		locked = 0;
		return SUCCESS;
	case GET_TARGET:
		if (resets) {
			resets--;
			return RESET;
		}
		*result = target;
		return SUCCESS;
	case LOCK:
		if (refusals) {
			refusals--;
			return refusal_status;
		}
		locked++;
		return SUCCESS;
	case UNLOCK:
		locked--;
		return SUCCESS;
	case GUEST_ID:
		return SUCCESS;
	default:
		return COMMAND_INVALID;
	}
}

static int fakehost_show(struct seq_file *file, void *unused)
{
	seq_printf(file, "target %lu\nlocked %lu\n", target, locked);
	return 0;
}

static int fakehost_open(struct inode *inode, struct file *file)
{
	return single_open(file, fakehost_show, NULL);
}

static ssize_t fakehost_write(struct file *file, const char __user *from, size_t size, loff_t *offset)
{
	char text[64] = "";

	if (size >= sizeof(text) || copy_from_user(text, from, size))
		return -EINVAL;
	if (sscanf(text, "target %lu", &target) == 1)
		return size;
	if (sscanf(text, "refuse %lu %lu", &refusals, &refusal_status) == 2)
		return size;
	if (strncmp(text, "reset", 5) == 0) {
		resets++;
		return size;
	}
	return -EINVAL;
}

static const struct proc_ops fakehost_operations = {
	.proc_open = fakehost_open,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = single_release,
	.proc_write = fakehost_write,
};

static int __init fakehost_init(void)
{
	proc_create("fakehost", 0644, NULL, &fakehost_operations);
	return 0;
}
device_initcall(fakehost_init);

/* SPDX-License-Identifier: GPL-2.0-only
 * What the reference driver uses of the kernel, as far as its policy can tell the difference: pages, lists, the
 * statistics text. Work queues, debugfs and the module's registration do nothing: the oracle runs the cycles itself.
 */
#ifndef ORACLE_KERNEL_H
#define ORACLE_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint32_t u32;
typedef unsigned gfp_t;

#define CONFIG_DEBUG_FS 1
#define KBUILD_MODNAME "vmw_balloon"
#define HZ 1000
#define THIS_MODULE NULL
#define S_IRUGO 0444

/* Numbers of Linux: what fails to load says so. */
#define EIO 5
#define ENOMEM 12
#define ENODEV 19
#define IS_ERR(pointer) 0
#define PTR_ERR(pointer) 0

/* Any bits that tell the driver's two kinds of allocation apart. */
#define __GFP_HIGHMEM 1u
#define __GFP_NOWARN 2u
#define GFP_HIGHUSER 4u

/* The module. */
#define __init __attribute__((unused))
#define __exit __attribute__((unused))
#define MODULE_AUTHOR(text)
#define MODULE_DESCRIPTION(text)
#define MODULE_VERSION(text)
#define MODULE_ALIAS(text)
#define MODULE_LICENSE(text)
#define module_init(function)
#define module_exit(function)
#define pr_debug(...) do { } while (0)
#define pr_err(...) fprintf(stderr, __VA_ARGS__)

#define max(a, b) ((a) > (b) ? (a) : (b))
#define min(a, b) ((a) < (b) ? (a) : (b))
#define container_of(pointer, type, member) ((type *)((char *)(pointer) - offsetof(type, member)))

/* Lists. Only pages are ever in one. */
struct list_head {
	struct list_head *next, *prev;
};

#define INIT_LIST_HEAD(list) ((list)->next = (list)->prev = (list))
#define list_for_each_entry_safe(page_, next_, list, member)                          \
	for (page_ = container_of((list)->next, struct page, member),                  \
	    next_ = container_of(page_->member.next, struct page, member);             \
	     &page_->member != (list);                                                 \
	     page_ = next_, next_ = container_of(next_->member.next, struct page, member))

static inline void list_add(struct list_head *entry, struct list_head *list)
{
	entry->next = list->next;
	entry->prev = list;
	list->next->prev = entry;
	list->next = entry;
}

static inline void list_del(struct list_head *entry)
{
	entry->prev->next = entry->next;
	entry->next->prev = entry->prev;
}

/* Pages and memory: oracle.c says what becomes of them. */
struct page {
	struct list_head lru;
	unsigned long pfn;
};

struct sysinfo {
	unsigned long totalram;
};

struct page *alloc_page(gfp_t flags);
void __free_page(struct page *page);
void si_meminfo(struct sysinfo *info);

static inline unsigned long page_to_pfn(const struct page *page)
{
	return page->pfn;
}

/* How often the driver has offered the processor to others. */
extern unsigned long yields;
#define cond_resched() (yields++)

/* The hypervisor that the guest was started by is always the driver's. */
static int x86_hyper_vmware;
static int *x86_hyper = &x86_hyper_vmware;

/* Work queues: nothing is ever queued. */
struct work_struct {
	int unused;
};

struct delayed_work {
	struct work_struct work;
};

struct workqueue_struct {
	int unused;
};

#define INIT_DELAYED_WORK(work, function)
#define to_delayed_work(pointer) container_of(pointer, struct delayed_work, work)
#define round_jiffies_relative(jiffies) (jiffies)
#define queue_delayed_work(queue, work, jiffies) ((void)(queue), (void)(work), (void)(jiffies))
#define cancel_delayed_work_sync(work) ((void)(work))
#define destroy_workqueue(queue) ((void)(queue))

static inline struct workqueue_struct *create_freezable_workqueue(const char *name)
{
	static struct workqueue_struct queue;
	(void)name;
	return &queue;
}

/* debugfs: no file, but its text is printed where the oracle is asked for it. */
struct dentry;

struct inode {
	void *i_private;
};

struct file {
	int unused;
};

struct seq_file {
	void *private;
	FILE *out;
};

struct file_operations {
	void *owner;
	int (*open)(struct inode *, struct file *);
	void *read, *llseek, *release;
};

#define seq_printf(file, ...) fprintf((file)->out, __VA_ARGS__)
#define seq_read NULL
#define seq_lseek NULL
#define single_release NULL
#define single_open(file, show, data) ((void)(file), (void)(show), (void)(data), 0)
#define debugfs_create_file(name, mode, parent, data, operations) ((void)(data), (void)(operations), (struct dentry *)1)
#define debugfs_remove(entry) ((void)(entry))

/* The host: the backdoor's macro calls this. */
unsigned long host_command(int command, unsigned long argument, unsigned long *result);

#endif

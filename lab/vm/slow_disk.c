/*
 * A disk as slow as real ones: a filter of QEMU's block layer, for the lab's disks, whose images are in RAM.
 *
 *   -drive driver=slow-disk,read-latency=100000,write-latency=50000,bandwidth=400000000,file.driver=raw,…
 *
 * Latencies are in nanoseconds a request, the bandwidth is in bytes a second; 0 is none, or no limit. Requests are
 * transferred one after the other in their order, at the bandwidth; their latencies pass at the same time. A request
 * ends when both have passed: a queue of N requests takes one latency, and N transfers. QEMU's main loop waits for timers in
 * whole milliseconds (util/async.c, aio_ctx_prepare()), so a request that waits at all takes about a millisecond at least.
 *
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "qemu/osdep.h"
#include "block/block_int.h"
#include "qapi/error.h"
#include "qemu/module.h"
#include "qemu/option.h"
#include "qemu/timer.h"

typedef struct SlowDisk {
    uint64_t read_latency_ns;
    uint64_t write_latency_ns;
    uint64_t bandwidth;
    /* When the transfers of all requests so far will have ended. */
    int64_t transferred_ns;
} SlowDisk;

static QemuOptsList slow_disk_options = {
    .name = "slow-disk",
    .head = QTAILQ_HEAD_INITIALIZER(slow_disk_options.head),
    .desc = {
        { .name = "read-latency", .type = QEMU_OPT_NUMBER, .help = "ns" },
        { .name = "write-latency", .type = QEMU_OPT_NUMBER, .help = "ns" },
        { .name = "bandwidth", .type = QEMU_OPT_NUMBER, .help = "bytes/s" },
        { /* end */ }
    },
};

static int slow_disk_open(BlockDriverState *bs, QDict *options, int flags,
                          Error **errp)
{
    SlowDisk *disk = bs->opaque;
    QemuOpts *opts = qemu_opts_create(&slow_disk_options, NULL, 0, errp);
    int error;

    if (!qemu_opts_absorb_qdict(opts, options, errp)) {
        qemu_opts_del(opts);
        return -EINVAL;
    }
    disk->read_latency_ns = qemu_opt_get_number(opts, "read-latency", 0);
    disk->write_latency_ns = qemu_opt_get_number(opts, "write-latency", 0);
    disk->bandwidth = qemu_opt_get_number(opts, "bandwidth", 0);
    qemu_opts_del(opts);

    error = bdrv_open_file_child(NULL, options, "file", bs, errp);
    if (error < 0) {
        return error;
    }
    bs->supported_write_flags = BDRV_REQ_WRITE_UNCHANGED;
    return 0;
}

static int64_t slow_disk_length(BlockDriverState *bs)
{
    return bdrv_getlength(bs->file->bs);
}

/* Sleeps until the request has been transferred and its latency has passed. */
static void coroutine_fn slow_disk_wait(SlowDisk *disk, int64_t bytes,
                                        uint64_t latency_ns)
{
    int64_t now = qemu_clock_get_ns(QEMU_CLOCK_REALTIME);
    int64_t end = now + (int64_t)latency_ns;

    if (disk->bandwidth > 0) {
        disk->transferred_ns = MAX(disk->transferred_ns, now) +
            bytes * NANOSECONDS_PER_SECOND / (int64_t)disk->bandwidth;
        end = MAX(end, disk->transferred_ns);
    }
    if (end > now) {
        qemu_co_sleep_ns(QEMU_CLOCK_REALTIME, end - now);
    }
}

static int coroutine_fn slow_disk_read(BlockDriverState *bs, int64_t offset,
                                       int64_t bytes, QEMUIOVector *data,
                                       BdrvRequestFlags flags)
{
    SlowDisk *disk = bs->opaque;

    slow_disk_wait(disk, bytes, disk->read_latency_ns);
    return bdrv_co_preadv(bs->file, offset, bytes, data, flags);
}

static int coroutine_fn slow_disk_write(BlockDriverState *bs, int64_t offset,
                                        int64_t bytes, QEMUIOVector *data,
                                        BdrvRequestFlags flags)
{
    SlowDisk *disk = bs->opaque;

    slow_disk_wait(disk, bytes, disk->write_latency_ns);
    return bdrv_co_pwritev(bs->file, offset, bytes, data, flags);
}

static BlockDriver slow_disk = {
    .format_name = "slow-disk",
    .instance_size = sizeof(SlowDisk),
    .is_filter = true,
    .bdrv_open = slow_disk_open,
    .bdrv_child_perm = bdrv_default_perms,
    .bdrv_getlength = slow_disk_length,
    .bdrv_co_preadv = slow_disk_read,
    .bdrv_co_pwritev = slow_disk_write,
};

static void slow_disk_register(void)
{
    bdrv_register(&slow_disk);
}

block_init(slow_disk_register);

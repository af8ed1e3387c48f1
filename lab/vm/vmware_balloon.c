/*
 * SPDX-License-Identifier: GPL-2.0-only
 * An emulated VMware host for balloon drivers: the port that the guest's driver speaks to, and the set of locked frames of
 * a host that takes the locked pages away for real.
 *
 * Port 0x5670, read: eax magic, ecx command, ebx and esi arguments; answers status in eax, result (the target) in ebx, and
 * for START the capabilities in ecx. A locked page is filled with a pattern that depends on its number, as if the host had
 * given the frame to another VM; when it is unlocked the pattern must be there still, and the guest finds zeros.
 * What the guest may not do (lock twice, unlock what is not locked, write to a locked page) is counted and reported.
 *
 * Port 0x5670, write (the lab's own channel, for a script in the guest): op << 28 | value
 *   1 target, pages   2 the next GET_TARGET answers RESET   3 the next (value >> 8) locks answer status (value & 255)
 *   4 capabilities that START may grant   5 every value-th lock answers PPN_PINNED (0: none)
 *   6 the whole machine stands still for value seconds, as in a migration: the guest's clock goes on
 *   7 run.sh is told to save the machine, and to go on with what it has saved; the book of locked frames is saved, too
 *   8 the host resets itself at the value-th lock from now on, in the middle of a batch where it comes there: the command is
 *     answered with RESET, and a batch keeps the entries that it had
 * Read with magic 0x6c6162: ecx 0 pages locked, 1 violations, 2 commands, 3 target.
 *
 * From outside, by QEMU's monitor: the properties now-locked, now-violations and now-commands, and now-target, now-resets,
 * now-refusals and now-refusal-status, which can be set, too.
 */
#include "qemu/osdep.h"
#include "qemu/error-report.h"
#include "qemu/module.h"
#include "hw/isa/isa.h"
#include "hw/qdev-properties.h"
#include "migration/vmstate.h"
#include "exec/address-spaces.h"
#include "sysemu/hw_accel.h"
#include "sysemu/runstate.h"
#include "cpu.h"

#define TYPE_VMWARE_BALLOON "vmware-balloon"
OBJECT_DECLARE_SIMPLE_TYPE(VMwareBalloonState, VMWARE_BALLOON)

#define PORT 0x5670
#define MAGIC 0x456c6d6f
#define LAB_MAGIC 0x6c6162
#define PAGE 4096u

enum {
    CMD_START, CMD_GET_TARGET, CMD_LOCK, CMD_UNLOCK, CMD_GUEST_ID,
    CMD_BATCHED_LOCK = 6, CMD_BATCHED_UNLOCK, CMD_BATCHED_2M_LOCK, CMD_BATCHED_2M_UNLOCK,
};
enum {
    ST_SUCCESS, ST_CMD_INVALID, ST_PPN_INVALID, ST_PPN_LOCKED, ST_PPN_UNLOCKED, ST_PPN_PINNED, ST_PPN_NOTNEEDED, ST_RESET,
    ST_SUCCESS_WITH_CAPABILITIES = 0x03000000,
};
enum { CAP_BASIC = 2, CAP_BATCHED = 4, CAP_BATCHED_2M = 8 };
enum { LAB_TARGET = 1, LAB_RESET, LAB_REFUSE, LAB_CAPS, LAB_EVERY, LAB_FREEZE, LAB_SNAPSHOT, LAB_RESET_AFTER };

struct VMwareBalloonState {
    ISADevice parent_obj;
    MemoryRegion io;
    uint32_t caps;          /* may be granted */
    uint32_t granted;
    uint64_t target;
    uint64_t locked_pages;
    uint64_t commands;
    uint64_t violations;
    uint64_t locks_seen;
    uint32_t resets;
    uint32_t refusals;      /* the next so many LOCKs are answered with refusal_status */
    uint32_t refusal_status;
    uint32_t refuse_every;
    uint32_t reset_after;   /* so many locks; 0: never */
    bool started;
    bool poison;
    bool deaf;              /* answers no driver: a hypervisor whose backdoor is switched off */
    int32_t frames;         /* size of locked */
    unsigned long *locked;  /* a bit a frame */
};

bool vmware_balloon_present;

static void violation(VMwareBalloonState *s, const char *what, uint64_t pfn)
{
    if (s->violations++ < 20) {
        error_report("vmware-balloon: VIOLATION: %s: frame 0x%" PRIx64, what, pfn);
    }
}

static uint64_t pattern(uint64_t pfn, unsigned i)
{
    return (pfn * 0x9e3779b97f4a7c15ull) ^ (0xdeadbeefcafef00dull + i);
}

static void give_to_somebody_else(uint64_t pfn)
{
    uint64_t page[PAGE / 8];
    for (unsigned i = 0; i < PAGE / 8; i++) {
        page[i] = pattern(pfn, i);
    }
    address_space_write(&address_space_memory, pfn * PAGE, MEMTXATTRS_UNSPECIFIED, page, PAGE);
}

static void give_back(VMwareBalloonState *s, uint64_t pfn)
{
    static const uint64_t zeros[PAGE / 8];
    uint64_t page[PAGE / 8];
    address_space_read(&address_space_memory, pfn * PAGE, MEMTXATTRS_UNSPECIFIED, page, PAGE);
    for (unsigned i = 0; i < PAGE / 8; i++) {
        if (page[i] != pattern(pfn, i)) {
            violation(s, "written while locked", pfn);
            break;
        }
    }
    address_space_write(&address_space_memory, pfn * PAGE, MEMTXATTRS_UNSPECIFIED, zeros, PAGE);
}

static uint32_t lock(VMwareBalloonState *s, uint64_t pfn)
{
    s->locks_seen++;
    if (s->reset_after && --s->reset_after == 0) {
        s->started = false;
        return ST_RESET;
    }
    if (s->refusals) {
        s->refusals--;
        return s->refusal_status;
    }
    if (s->refuse_every && s->locks_seen % s->refuse_every == 0) {
        return ST_PPN_PINNED;
    }
    if (pfn >= s->frames) {
        return ST_PPN_INVALID;
    }
    if (test_bit(pfn, s->locked)) {
        violation(s, "locked twice", pfn);
        return ST_PPN_LOCKED;
    }
    set_bit(pfn, s->locked);
    s->locked_pages++;
    if (s->poison) {
        give_to_somebody_else(pfn);
    }
    return ST_SUCCESS;
}

static uint32_t unlock(VMwareBalloonState *s, uint64_t pfn)
{
    if (pfn >= s->frames || !test_bit(pfn, s->locked)) {
        violation(s, "unlocked without being locked", pfn);
        return ST_PPN_UNLOCKED;
    }
    clear_bit(pfn, s->locked);
    s->locked_pages--;
    if (s->poison) {
        give_back(s, pfn);
    }
    return ST_SUCCESS;
}

/*
 * All pages are the guest's again. They are not written to: a driver that has been told of a reset has freed them before START,
 * and so has the kernel those of a daemon that has died, so they may be in use. A host backs such a page when it is touched.
 */
static void forget(VMwareBalloonState *s)
{
    bitmap_zero(s->locked, s->frames);
    s->locked_pages = 0;
}

static uint32_t batch(VMwareBalloonState *s, uint64_t page_pfn, uint32_t count, bool locks, unsigned frames)
{
    uint64_t entries[PAGE / 8];
    if (count > PAGE / 8 || page_pfn >= s->frames) {
        return ST_CMD_INVALID;
    }
    address_space_read(&address_space_memory, page_pfn * PAGE, MEMTXATTRS_UNSPECIFIED, entries, count * 8);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t pfn = entries[i] >> 12;
        uint32_t status = ST_SUCCESS;
        unsigned done;
        for (done = 0; done < frames && status == ST_SUCCESS; done++) {
            status = locks ? lock(s, pfn + done) : unlock(s, pfn + done);
        }
        if (!s->started) {      /* reset_after: the guest frees what is locked */
            return ST_RESET;
        }
        if (status != ST_SUCCESS && locks) {        /* all of a large page or nothing */
            while (--done > 0) {
                unlock(s, pfn + done - 1);
            }
        }
        entries[i] = (pfn << 12) | status;
    }
    address_space_write(&address_space_memory, page_pfn * PAGE, MEMTXATTRS_UNSPECIFIED, entries, count * 8);
    return ST_SUCCESS;
}

static uint64_t port_read(void *opaque, hwaddr addr, unsigned size)
{
    VMwareBalloonState *s = opaque;
    CPUX86State *env;
    uint32_t status, command;
    uint64_t argument;

    if (!current_cpu) {
        return UINT32_MAX;
    }
    cpu_synchronize_state(current_cpu);
    env = &X86_CPU(current_cpu)->env;
    command = env->regs[R_ECX];
    argument = env->regs[R_EBX];
    if ((uint32_t)env->regs[R_EAX] == LAB_MAGIC) {
        const uint64_t answers[] = { s->locked_pages, s->violations, s->commands, s->target };
        return env->regs[R_EAX] = command < 4 ? (uint32_t)answers[command] : UINT32_MAX;
    }
    if ((uint32_t)env->regs[R_EAX] != MAGIC || s->deaf) {
        return UINT32_MAX;
    }
    s->commands++;
    if (!s->started && command != CMD_START) {
        return env->regs[R_EAX] = ST_RESET;
    }
    switch (command) {
    case CMD_START:
        forget(s);
        s->started = true;
        s->granted = (uint32_t)argument & s->caps;
        status = s->granted & ~CAP_BASIC ? ST_SUCCESS_WITH_CAPABILITIES : ST_SUCCESS;
        env->regs[R_ECX] = s->granted;
        break;
    case CMD_GET_TARGET:
        status = ST_SUCCESS;
        if (s->resets) {
            s->resets--;
            s->started = false;
            status = ST_RESET;
        }
        break;
    case CMD_LOCK:
        status = lock(s, argument);
        break;
    case CMD_UNLOCK:
        status = unlock(s, argument);
        break;
    case CMD_GUEST_ID:
        status = ST_SUCCESS;
        break;
    case CMD_BATCHED_LOCK:
    case CMD_BATCHED_UNLOCK:
        status = s->granted & CAP_BATCHED ? batch(s, argument, env->regs[R_ESI], command == CMD_BATCHED_LOCK, 1) : ST_CMD_INVALID;
        break;
    case CMD_BATCHED_2M_LOCK:
    case CMD_BATCHED_2M_UNLOCK:
        status = s->granted & CAP_BATCHED_2M ? batch(s, argument, env->regs[R_ESI], command == CMD_BATCHED_2M_LOCK, 512) : ST_CMD_INVALID;
        break;
    default:
        status = ST_CMD_INVALID;
        break;
    }
    if (status == ST_SUCCESS && command != CMD_START && command != CMD_GUEST_ID) {
        env->regs[R_EBX] = s->target;
    }
    return env->regs[R_EAX] = status;
}

/* Stops this process; a child of it continues it. QEMU's own `stop` would stop the guest's clocks as well. */
static void freeze(unsigned seconds)
{
    pid_t machine = getpid();
    pid_t child = fork();
    if (child == 0) {
        /* Not the guest's output: run.sh waits for its end. */
        for (int file = 0; file < 3; file++) {
            close(file);
        }
        sleep(seconds);
        kill(machine, SIGCONT);
        _exit(0);
    }
    if (child > 0) {
        kill(machine, SIGSTOP);
    }
}

static void port_write(void *opaque, hwaddr addr, uint64_t value, unsigned size)
{
    VMwareBalloonState *s = opaque;
    uint32_t argument = value & 0x0fffffff;
    switch ((uint32_t)value >> 28) {
    case LAB_TARGET:
        s->target = argument;
        break;
    case LAB_RESET:
        s->resets++;
        break;
    case LAB_REFUSE:
        s->refusals = argument >> 8;
        s->refusal_status = argument & 255;
        break;
    case LAB_CAPS:
        s->caps = argument;
        break;
    case LAB_EVERY:
        s->refuse_every = argument;
        break;
    case LAB_FREEZE:
        freeze(argument);
        break;
    case LAB_SNAPSHOT:
        error_report("vmware-balloon: save");
        break;
    case LAB_RESET_AFTER:
        s->reset_after = argument;
        break;
    }
}

static const MemoryRegionOps port_ops = {
    .read = port_read,
    .write = port_write,
    .impl = { .min_access_size = 4, .max_access_size = 4 },
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static void realize(DeviceState *dev, Error **errp)
{
    VMwareBalloonState *s = VMWARE_BALLOON(dev);
    s->frames = (64ull << 30) / PAGE;
    s->locked = bitmap_new(s->frames);
    memory_region_init_io(&s->io, OBJECT(s), &port_ops, s, "vmware-balloon", 4);
    isa_register_ioport(ISA_DEVICE(dev), &s->io, PORT);
    vmware_balloon_present = true;
}

static void instance_init(Object *object)
{
    VMwareBalloonState *s = VMWARE_BALLOON(object);
    object_property_add_uint64_ptr(object, "now-locked", &s->locked_pages, OBJ_PROP_FLAG_READ);
    object_property_add_uint64_ptr(object, "now-violations", &s->violations, OBJ_PROP_FLAG_READ);
    object_property_add_uint64_ptr(object, "now-commands", &s->commands, OBJ_PROP_FLAG_READ);
    object_property_add_uint64_ptr(object, "now-target", &s->target, OBJ_PROP_FLAG_READWRITE);
    object_property_add_uint32_ptr(object, "now-resets", &s->resets, OBJ_PROP_FLAG_READWRITE);
    object_property_add_uint32_ptr(object, "now-refusals", &s->refusals, OBJ_PROP_FLAG_READWRITE);
    object_property_add_uint32_ptr(object, "now-refusal-status", &s->refusal_status, OBJ_PROP_FLAG_READWRITE);
}

static const VMStateDescription saved = {
    .name = TYPE_VMWARE_BALLOON,
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (VMStateField[]) {
        VMSTATE_UINT32(caps, VMwareBalloonState),
        VMSTATE_UINT32(granted, VMwareBalloonState),
        VMSTATE_UINT64(target, VMwareBalloonState),
        VMSTATE_UINT64(locked_pages, VMwareBalloonState),
        VMSTATE_UINT64(commands, VMwareBalloonState),
        VMSTATE_UINT64(violations, VMwareBalloonState),
        VMSTATE_UINT64(locks_seen, VMwareBalloonState),
        VMSTATE_UINT32(resets, VMwareBalloonState),
        VMSTATE_UINT32(refusals, VMwareBalloonState),
        VMSTATE_UINT32(refusal_status, VMwareBalloonState),
        VMSTATE_UINT32(refuse_every, VMwareBalloonState),
        VMSTATE_UINT32(reset_after, VMwareBalloonState),
        VMSTATE_BOOL(started, VMwareBalloonState),
        VMSTATE_BITMAP(locked, VMwareBalloonState, 1, frames),
        VMSTATE_END_OF_LIST()
    },
};

static Property properties[] = {
    DEFINE_PROP_UINT32("caps", VMwareBalloonState, caps, 0),
    DEFINE_PROP_UINT64("target", VMwareBalloonState, target, 0),
    DEFINE_PROP_BOOL("poison", VMwareBalloonState, poison, true),
    DEFINE_PROP_BOOL("deaf", VMwareBalloonState, deaf, false),
    DEFINE_PROP_END_OF_LIST(),
};

static void class_init(ObjectClass *klass, void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    dc->realize = realize;
    dc->desc = "emulated VMware host of a balloon driver";
    dc->vmsd = &saved;
    device_class_set_props(dc, properties);
}

static const TypeInfo info = {
    .name = TYPE_VMWARE_BALLOON,
    .parent = TYPE_ISA_DEVICE,
    .instance_size = sizeof(VMwareBalloonState),
    .instance_init = instance_init,
    .class_init = class_init,
};

static void register_types(void)
{
    type_register_static(&info);
}

type_init(register_types)

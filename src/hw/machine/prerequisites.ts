import { totalmem } from "node:os";
import { formatSize, PAGE_BYTES } from "../../common/units.ts";
import { type ExitName, exitNameOf } from "../exit-codes.ts";
import type { Addon, IoPermission, NativeFailure, WorkerOptions } from "../native/addon.ts";
import type { MachineFiles } from "./files.ts";
import { kernelDriver } from "./kernel-driver.ts";
import { memoryLimit } from "./memory-limit.ts";
import { type Rights, rightsOf } from "./rights.ts";

/** What a prerequisite looks like on this machine. */
export interface Finding {
  readonly state: "ok" | "warning" | "missing";
  /** What is there, or what is missing and what to do. */
  readonly text: string;
  /** What a daemon that can't start for it ends with; without it, with 1. */
  readonly exit?: ExitName;
}

/** What prerequisites are looked for in. */
export interface Surroundings {
  readonly files: MachineFiles;
  readonly architecture: string;
  /** The native addon, or why there is none. */
  readonly addon: Addon | NativeFailure;
  /** Whether this is a virtual machine of VMware's, and what it is. */
  readonly hypervisor: { readonly isVmware: boolean; readonly name: string };
  /** Whether the daemon is to talk to a real host. */
  readonly needsHost: boolean;
  readonly ioPermission: IoPermission;
  readonly pin: WorkerOptions["pin"];
  /** Start even where the machine does not look right. */
  readonly force: boolean;
}

/** Something that the daemon needs. */
export interface Prerequisite {
  readonly name: string;
  /** Whether a daemon needs it only to reach a real host. */
  readonly forHost?: true;
  look(at: Surroundings): Finding;
}

const ok = (text: string): Finding => ({ state: "ok", text });
const warning = (text: string): Finding => ({ state: "warning", text });
const missing = (exit: ExitName, text: string): Finding => ({ state: "missing", text, exit });

/** A prerequisite that `--force` turns into a warning. */
const unlessForced = (at: Surroundings, finding: Finding): Finding =>
  at.force ? warning(`${finding.text} (--force: started all the same)`) : finding;

/** All prerequisites, in the order in which a daemon looks at them. */
export const PREREQUISITES: readonly Prerequisite[] = [
  {
    name: "processor",
    look: ({ architecture }) =>
      architecture === "x64"
        ? ok("x86-64")
        : missing("ARCHITECTURE", `${architecture}: the balloon protocol is spoken here by x86-64 processors only`),
  },
  {
    name: "native addon",
    look: ({ addon }) => ("code" in addon ? missing("ADDON_MISSING", addon.message) : ok("loaded")),
  },
  { name: "hypervisor", forHost: true, look: lookAtHypervisor },
  { name: "kernel driver", forHost: true, look: lookAtKernelDriver },
  { name: "rights", look: lookAtRights },
  { name: "port I/O", forHost: true, look: lookAtPort },
  { name: "locked memory", look: lookAtLockedMemory },
  { name: "frame numbers", look: lookAtFrameNumbers },
  { name: "pinned pages", look: lookAtPins },
  { name: "memory limit", look: lookAtMemoryLimit },
  { name: "pressure", look: lookAtPressure },
];

function lookAtHypervisor(at: Surroundings): Finding {
  if ("code" in at.addon) return missing("ADDON_MISSING", "not known, for want of the addon");
  const { isVmware, name } = at.hypervisor;
  if (isVmware) return ok(name);
  return unlessForced(
    at,
    missing(
      "NOT_VMWARE",
      `this is not a virtual machine of VMware's but ${name}: balloon-hw emulate runs the daemon anywhere`,
    ),
  );
}

function lookAtKernelDriver(at: Surroundings): Finding {
  const driver = kernelDriver(at.files);
  if (driver === null) return ok("not loaded");
  const how =
    driver === "module"
      ? 'unload it with "modprobe -r vmw_balloon", and keep it away with "blacklist vmw_balloon" in /etc/modprobe.d/balloon-hw.conf'
      : 'it is built in: boot with "initcall_blacklist=vmballoon_init"';
  return unlessForced(at, missing("KERNEL_DRIVER", `the kernel's own driver vmw_balloon talks to the host: ${how}`));
}

function lookAtRights({ files }: Surroundings): Finding {
  const rights = rightsOf(files);
  if (rights.isRoot) return ok("root");
  if (rights.has("CAP_SYS_ADMIN") || rights.has("CAP_IPC_LOCK")) return ok("not root, but with capabilities");
  return missing("NOT_ROOT", "neither root nor any capability: start it with sudo, or as a service");
}

function lookAtPort({ files, addon, ioPermission, hypervisor, force }: Surroundings): Finding {
  const lockdown = /\[(\w+)\]/.exec(files.read("sys/kernel/security/lockdown") ?? "")?.[1] ?? "none";
  if ("code" in addon) return missing("ADDON_MISSING", "not tried, for want of the addon");
  if (!hypervisor.isVmware && !force) return warning("not tried: there is nobody to answer");
  const failure = addon.probe("vmware", ioPermission);
  if (failure === null) return ok(`the host answers (I/O permission: ${ioPermission})`);
  if (lockdown !== "none" && failure.code === "IOPERM_DENIED") {
    return missing(
      "LOCKDOWN",
      `the kernel is locked down (${lockdown}), which forbids port I/O: boot with lockdown=none or without Secure Boot, or use --io-permission none if the host allows it`,
    );
  }
  const exit = exitNameOf(failure.code);
  return exit === undefined ? { state: "missing", text: failure.message } : missing(exit, failure.message);
}

/** Whether RLIMIT_MEMLOCK lets this process pin as much memory as the machine has. */
const mayPinAll = (rights: Rights): boolean => rights.has("CAP_IPC_LOCK") || rights.memlockBytes >= totalmem();

function lookAtLockedMemory({ files }: Surroundings): Finding {
  const rights = rightsOf(files);
  if (rights.has("CAP_IPC_LOCK")) return ok("CAP_IPC_LOCK");
  if (mayPinAll(rights)) return ok("no limit");
  if (rights.memlockBytes === 0) {
    return missing("PIN_DENIED", "no memory may be locked at all: give it CAP_IPC_LOCK, or start it as root");
  }
  const limit = formatSize(Math.floor(rights.memlockBytes / PAGE_BYTES));
  return missing(
    "MEMLOCK_LIMIT",
    `at most ${limit} may be locked: give it CAP_IPC_LOCK, or LimitMEMLOCK=infinity in the unit ("ulimit -l unlimited" in a shell)`,
  );
}

function lookAtFrameNumbers({ files }: Surroundings): Finding {
  if (rightsOf(files).has("CAP_SYS_ADMIN")) return ok("CAP_SYS_ADMIN");
  return missing(
    "FRAMES_HIDDEN",
    "the kernel shows frame numbers (/proc/self/pagemap) only to CAP_SYS_ADMIN: start it as root, or give it that capability",
  );
}

function lookAtPins({ files, pin }: Surroundings): Finding {
  const disabled = files.read("proc/sys/kernel/io_uring_disabled") ?? "0";
  const isUsable = disabled === "0" || (disabled === "1" && rightsOf(files).has("CAP_SYS_ADMIN"));
  const movesLocked = (files.read("proc/sys/vm/compact_unevictable_allowed") ?? "1") !== "0";
  if (isUsable && pin !== "mlock") return ok("io_uring");
  const keep = '"sysctl vm.compact_unevictable_allowed=0" keeps locked pages where they are';
  if (pin === "io_uring") {
    return missing(
      "IO_URING_DISABLED",
      `io_uring is disabled (kernel.io_uring_disabled=${disabled}): set it to 0, or use --pin mlock; ${keep}`,
    );
  }
  if (!movesLocked) return ok("mlock, and the kernel does not move locked pages");
  const why = pin === "mlock" ? "--pin mlock" : `io_uring is disabled (kernel.io_uring_disabled=${disabled})`;
  return warning(`${why}: pages are only locked, and compaction may move them under the host's feet: ${keep}`);
}

function lookAtMemoryLimit({ files }: Surroundings): Finding {
  const limit = memoryLimit(files);
  if (limit === null) return ok("none");
  return missing(
    "MEMORY_LIMIT",
    `${limit.path} is ${limit.value}: the balloon counts as this process's memory, and would end there: remove the limit (MemoryMax, MemoryHigh), or run it in another group`,
  );
}

function lookAtPressure({ files }: Surroundings): Finding {
  if (files.read("proc/pressure/memory") !== null) return ok("pressure stall information");
  return warning("the kernel has no pressure stall information, so the limit of pressure is off: boot with psi=1");
}

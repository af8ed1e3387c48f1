import { type ExitName, exitNameOf } from "../exit-codes.ts";
import type { Addon, BalloonTrial, IoPermission, NativeFailure } from "../native/addon.ts";
import type { HostKind } from "../view/types.ts";
import type { MachineFiles } from "./files.ts";
import { kernelDriver } from "./kernel-driver.ts";
import { lockHolder } from "./lock-holder.ts";
import { memoryLimit } from "./memory-limit.ts";
import { rightsOf } from "./rights.ts";

/** The state of a prerequisite on this machine. */
export interface Finding {
  readonly state: "ok" | "warning" | "missing";
  /** A description, or the missing thing and the remedy. */
  readonly text: string;
  /** Exit code of a daemon that can't start because of it; 1 if absent. */
  readonly exit?: ExitName;
}

/** The input of the checks. */
export interface Surroundings {
  readonly files: MachineFiles;
  readonly architecture: string;
  /** The native addon, or the reason why it is missing. */
  readonly addon: Addon | NativeFailure;
  /** Whether this is a virtual machine of VMware's, and the hypervisor's name. */
  readonly hypervisor: { readonly isVmware: boolean; readonly name: string };
  /** The kind of host that the daemon shall use. */
  readonly host: HostKind["kind"];
  readonly ioPermission: IoPermission;
  /** Start although the machine does not look like VMware's. */
  readonly anyHypervisor: boolean;
  /** Start although the kernel's own driver is loaded. */
  readonly besideKernelDriver: boolean;
  /** Start an emulated host although there may be a real one, or the daemon of `balloon-hw run`. */
  readonly force: boolean;
  /** Opens a balloon as the daemon would, pins a page, closes the balloon, and returns the result. */
  readonly tryBalloon: () => NativeFailure | BalloonTrial;
}

/** A condition of running the daemon. */
export interface Prerequisite {
  readonly name: string;
  /** The kinds of host for which it matters; all if absent. */
  readonly hosts?: readonly HostKind["kind"][];
  look(at: Surroundings): Finding;
}

const ok = (text: string): Finding => ({ state: "ok", text });
const warning = (text: string): Finding => ({ state: "warning", text });
const missing = (exit: ExitName, text: string): Finding => ({ state: "missing", text, exit });

/** A finding, or a warning instead if an option overrides the prerequisite. */
const unless = (isSaid: boolean, option: string, finding: Finding): Finding =>
  isSaid ? warning(`${finding.text} (${option}: the daemon starts nevertheless)`) : finding;

const REAL = ["real"] as const;
const EMULATED = ["emulated", "outside"] as const;

/** All prerequisites, in the order in which a daemon checks them. */
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
  { name: "hypervisor", hosts: REAL, look: lookAtHypervisor },
  { name: "real host", hosts: EMULATED, look: lookForRealHost },
  { name: "other daemon", hosts: EMULATED, look: lookForOtherDaemon },
  { name: "kernel driver", hosts: REAL, look: lookAtKernelDriver },
  { name: "rights", look: lookAtRights },
  { name: "port I/O", hosts: REAL, look: lookAtPort },
  { name: "locked memory", look: (at) => lookAtBalloon(at, "locked memory") },
  { name: "address space", look: (at) => lookAtBalloon(at, "address space") },
  { name: "pinned pages", look: (at) => lookAtBalloon(at, "pinned pages") },
  { name: "frame numbers", look: (at) => lookAtBalloon(at, "frame numbers") },
  { name: "memory limit", look: lookAtMemoryLimit },
  { name: "pressure", look: lookAtPressure },
];

function lookAtHypervisor(at: Surroundings): Finding {
  if ("code" in at.addon) return missing("ADDON_MISSING", "not known: the addon is missing");
  const { isVmware, name } = at.hypervisor;
  if (isVmware) return ok(name);
  return unless(
    at.anyHypervisor,
    "--any-hypervisor",
    missing(
      "NOT_VMWARE",
      `this is not a VMware virtual machine but ${name}: balloon-hw emulate runs the daemon anywhere`,
    ),
  );
}

/** An emulated host's commands must not reach a real host: START would make it forget the pages of a live balloon. */
function lookForRealHost({ addon, files, host, hypervisor, force }: Surroundings): Finding {
  if ("code" in addon) return missing("ADDON_MISSING", "not known: the addon is missing");
  if (host === "outside") {
    if (/^TracerPid:\s+[1-9]/m.test(files.read("proc/self/status") ?? ""))
      return ok("the strict host traces this process");
    return missing("PORT_ANSWERED", "no strict host traces this process: emulate --strict starts both");
  }
  if (hypervisor.isVmware && !force) {
    return missing(
      "PORT_ANSWERED",
      "this is a VMware virtual machine: commands for the emulated host could reach the real one; --force permits it if the real one does not answer programs",
    );
  }
  if (addon.probe("vmware", "none") !== null) return ok("no other host answers the port instruction");
  return missing(
    "PORT_ANSWERED",
    "the port instruction is answered here, by the hypervisor or by another emulated host: an emulated host's commands would go there",
  );
}

function lookForOtherDaemon({ files, force }: Surroundings): Finding {
  const holder = lockHolder(files);
  if (holder === null) return ok("none");
  const text = `balloon-hw run is active on this machine (process ${holder}), and both would take memory: stop it first`;
  return unless(force, "--force", missing("ALREADY_RUNNING", text));
}

function lookAtKernelDriver(at: Surroundings): Finding {
  const driver = kernelDriver(at.files);
  if (driver === null) return ok("not loaded");
  const how =
    driver === "module"
      ? // Unloading it may never end: docs/balloon-hw.md, "A driver that has a balloon".
        'let the service balloon-hw take over from it, or keep it away with "blacklist vmw_balloon" in a file of /etc/modprobe.d and restart the machine ("modprobe -r" never ends while it has pages of 2 MiB)'
      : 'it is built in: boot with "initcall_blacklist=vmballoon_init"';
  return unless(
    at.besideKernelDriver,
    "--beside-kernel-driver",
    missing("KERNEL_DRIVER", `the kernel's own driver vmw_balloon talks to the host: ${how}`),
  );
}

function lookAtRights({ files }: Surroundings): Finding {
  const rights = rightsOf(files);
  if (rights.isRoot) return ok("root");
  if (rights.has("CAP_SYS_ADMIN") || rights.has("CAP_IPC_LOCK")) return ok("not root, but with capabilities");
  return missing("NOT_ROOT", "neither root nor any capability: start it with sudo, or as a service");
}

function lookAtPort({ files, addon, ioPermission, hypervisor, anyHypervisor }: Surroundings): Finding {
  const lockdown = /\[(\w+)\]/.exec(files.read("sys/kernel/security/lockdown") ?? "")?.[1] ?? "none";
  if ("code" in addon) return missing("ADDON_MISSING", "not tried: the addon is missing");
  if (!hypervisor.isVmware && !anyHypervisor) return warning("not tried: no hypervisor of VMware's is here to answer");
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

/**
 * The steps of opening a balloon, in the order of the native code, with the failure codes of each. All findings of
 * these prerequisites come from one attempt to open a balloon, so they are the errors that a daemon would get.
 */
const BALLOON_STEPS = [
  { name: "locked memory", codes: ["MEMLOCK_LIMIT", "PIN_DENIED"] },
  { name: "address space", codes: ["ARENA"] },
  // This step also has all other errors of system calls.
  { name: "pinned pages", codes: ["IO_URING_DISABLED", "PINS_MOVE"] },
  { name: "frame numbers", codes: ["FRAMES_HIDDEN"] },
] as const;
type BalloonStep = (typeof BALLOON_STEPS)[number]["name"];

/** The step that fails with a code, as an index of `BALLOON_STEPS`. */
function stepOf(code: string): number {
  const step = BALLOON_STEPS.findIndex(({ codes }) => (codes as readonly string[]).includes(code));
  return step === -1 ? BALLOON_STEPS.findIndex(({ name }) => name === "pinned pages") : step;
}

function lookAtBalloon(at: Surroundings, name: BalloonStep): Finding {
  if ("code" in at.addon) return missing("ADDON_MISSING", "not tried: the addon is missing");
  const outcome = at.tryBalloon();
  if (!("code" in outcome)) return foundOf(at, name, outcome);
  const step = BALLOON_STEPS.findIndex((known) => known.name === name);
  const end = stepOf(outcome.code);
  if (step < end) return foundOf(at, name, null);
  if (step > end) return warning("not tried, because of what is missing above");
  const exit = exitNameOf(outcome.code);
  return exit === undefined ? { state: "missing", text: outcome.message } : missing(exit, outcome.message);
}

/** The description of a step that succeeded; `trial` is null if a later step failed. */
function foundOf({ files }: Surroundings, name: BalloonStep, trial: BalloonTrial | null): Finding {
  switch (name) {
    case "locked memory":
      return ok(rightsOf(files).has("CAP_IPC_LOCK") ? "CAP_IPC_LOCK" : "the limit allows what the balloon may hold");
    case "address space":
      return ok("reserved, with room for memory that is added later");
    case "pinned pages":
      if (trial === null) return ok("a page was pinned");
      if (trial.pin === "io_uring") return ok("io_uring: a page was pinned");
      if (trial.movers === "") return ok("mlock: neither compaction nor NUMA balancing moves locked pages");
      return warning(
        `mlock (--allow-unpinned-moves): ${trial.movers}: other programs lose data in a frame that such a page has left`,
      );
    case "frame numbers":
      return ok("that of a pinned page was read");
  }
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

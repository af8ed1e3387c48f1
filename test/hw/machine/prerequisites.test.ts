import { join } from "node:path";
import { expect, test } from "vitest";
import { MachineFiles } from "../../../src/hw/machine/files.ts";
import { memoryLimit } from "../../../src/hw/machine/memory-limit.ts";
import { PREREQUISITES, type Prerequisite, type Surroundings } from "../../../src/hw/machine/prerequisites.ts";
import type { Addon, NativeFailure } from "../../../src/hw/native/addon.ts";
import { writeFiles } from "../../support/fakes/fake-machine.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

/** What a right machine has, in part. */
const STATUS = (uid: number, capabilities: string) =>
  `Name:\tnode\nUid:\t${uid}\t${uid}\t${uid}\t${uid}\nCapEff:\t${capabilities}\n`;
const LIMITS = (memlock: string) => `Limit                     Soft Limit           Hard Limit           Units
Max processes             96000                96000                processes
Max locked memory         ${memlock}            ${memlock}            bytes
`;
const GOOD: Readonly<Record<string, string>> = {
  "proc/self/status": STATUS(0, "000001ffffffffff"),
  "proc/self/limits": LIMITS("8388608"),
  "proc/self/cgroup": "0::/system.slice/balloon-hw.service\n",
  "proc/sys/kernel/io_uring_disabled": "0\n",
  "proc/pressure/memory": "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n",
  "sys/fs/cgroup/memory.max": "max\n",
  "sys/fs/cgroup/system.slice/memory.max": "max\n",
  "sys/fs/cgroup/system.slice/balloon-hw.service/memory.max": "max\n",
  "sys/kernel/security/lockdown": "[none] integrity confidentiality\n",
};

const probing = (failure: NativeFailure | null) => ({ probe: () => failure }) as unknown as Addon;

function machine(files: Readonly<Record<string, string>>, more: Partial<Surroundings> = {}): string {
  const at: Surroundings = {
    files: new MachineFiles(writeFiles(scratchDirectory(), { ...GOOD, ...files })),
    architecture: "x64",
    addon: probing(null),
    hypervisor: { isVmware: true, name: "VMware" },
    host: "real",
    ioPermission: "auto",
    anyHypervisor: false,
    besideKernelDriver: false,
    force: false,
    tryBalloon: () => ({ pin: "io_uring", movers: "" }),
    ...more,
  };
  return PREREQUISITES.filter(({ hosts }) => hosts?.includes(at.host) !== false)
    .map((prerequisite) => {
      const { state, text, exit } = prerequisite.look(at);
      return `${prerequisite.name}: ${state}${exit === undefined ? "" : ` (${exit})`}: ${text}\n`;
    })
    .join("");
}

/** Opening a balloon fails. */
const failing = (code: string): Partial<Surroundings> => ({ tryBalloon: () => ({ code, message: `${code}: why` }) });

/** The lines in which a machine differs from one that has everything. */
function lacks(files: Readonly<Record<string, string>>, more: Partial<Surroundings> = {}): string[] {
  const good = machine({}).split("\n");
  return machine(files, more)
    .split("\n")
    .filter((line) => !good.includes(line));
}

test("check passes on a machine with all prerequisites", async () => {
  expect(machine({})).toMatchInlineSnapshot(`
    "processor: ok: x86-64
    native addon: ok: loaded
    hypervisor: ok: VMware
    kernel driver: ok: not loaded
    rights: ok: root
    port I/O: ok: the host answers (I/O permission: auto)
    locked memory: ok: CAP_IPC_LOCK
    address space: ok: reserved, with room for memory that is added later
    pinned pages: ok: io_uring: a page was pinned
    frame numbers: ok: that of a pinned page was read
    memory limit: ok: none
    pressure: ok: pressure stall information
    "
  `);
});

test.each<[string, Readonly<Record<string, string>>, Partial<Surroundings>]>([
  ["an ARM processor", {}, { architecture: "arm64" }],
  ["no addon", {}, { addon: { code: "ADDON_MISSING", message: 'not built: run "npm run build:native"' } }],
  ["KVM", {}, { hypervisor: { isVmware: false, name: "KVM" } }],
  ["KVM, and --any-hypervisor", {}, { hypervisor: { isVmware: false, name: "KVM" }, anyHypervisor: true }],
  ["KVM, and --beside-kernel-driver", {}, { hypervisor: { isVmware: false, name: "KVM" }, besideKernelDriver: true }],
  ["the driver as a module", { "sys/module/vmw_balloon/initstate": "live\n" }, {}],
  ["the driver built in", { "sys/module/vmw_balloon/parameters/x": "" }, {}],
  ["the driver, seen in debugfs", { "sys/kernel/debug/vmmemctl": "target: 0\n" }, {}],
  [
    "the driver, and --beside-kernel-driver",
    { "sys/kernel/debug/vmmemctl": "target: 0\n" },
    { besideKernelDriver: true },
  ],
  ["the driver, and --any-hypervisor", { "sys/kernel/debug/vmmemctl": "target: 0\n" }, { anyHypervisor: true }],
  ["an ordinary user", { "proc/self/status": STATUS(1000, "0000000000000000") }, {}],
  ["a user with all capabilities that are needed", { "proc/self/status": STATUS(997, "0000000000224000") }, {}],
  ["root without CAP_IPC_LOCK", { "proc/self/status": STATUS(0, "0000000000220000") }, {}],
  ["a limit of locked memory", {}, failing("MEMLOCK_LIMIT")],
  ["no memory that may be locked", {}, failing("PIN_DENIED")],
  ["a limit of address space", {}, failing("ARENA")],
  ["no io_uring", {}, failing("IO_URING_DISABLED")],
  ["mlock that moves", {}, failing("PINS_MOVE")],
  ["another failure of the system", {}, failing("SYSTEM")],
  ["hidden frames", {}, failing("FRAMES_HIDDEN")],
  ["mlock that is safe", {}, { tryBalloon: () => ({ pin: "mlock", movers: "" }) }],
  [
    "mlock that is asked for all the same",
    {},
    { tryBalloon: () => ({ pin: "mlock", movers: "compaction moves pages" }) },
  ],
  ["no right to the port", {}, { addon: probing({ code: "IOPERM_DENIED", message: "ioperm: not permitted" }) }],
  ["a fault of the port", {}, { addon: probing({ code: "NO_BACKDOOR", message: "no hypervisor answers" }) }],
  ["a code of the worker's that is new", {}, { addon: probing({ code: "NEW", message: "something new" }) }],
  [
    "lockdown",
    { "sys/kernel/security/lockdown": "none [integrity] confidentiality\n" },
    { addon: probing({ code: "IOPERM_DENIED", message: "ioperm: not permitted" }) },
  ],
  ["lockdown that does not matter", { "sys/kernel/security/lockdown": "none [integrity] confidentiality\n" }, {}],
  ["a limit of the service", { "sys/fs/cgroup/system.slice/balloon-hw.service/memory.max": "1073741824\n" }, {}],
  ["a limit of an ancestor", { "sys/fs/cgroup/system.slice/memory.high": "1073741824\n" }, {}],
])("check has the text on record for %s", async (name, files, more) => {
  const found = lacks(files, more);
  await expect(`${found.join("\n")}\n`).toMatchFileSnapshot(`golden/${name.replace(/\W+/g, "-")}.txt`);
});

/** What an emulated host needs beside the rest. */
const EMULATED = { host: "emulated", hypervisor: { isVmware: false, name: "KVM" } } as const;
const NO_HOST = probing({ code: "NO_BACKDOOR", message: "no host" });
const TRACED = (tracer: number) => ({ "proc/self/status": `${STATUS(0, "000001ffffffffff")}TracerPid:\t${tracer}\n` });

test.each<[string, Readonly<Record<string, string>>, Partial<Surroundings>, string]>([
  ["where no host answers", {}, { addon: NO_HOST }, "ok: no other host answers the port instruction"],
  ["where a host answers", {}, {}, "missing (PORT_ANSWERED): the port instruction is answered here"],
  [
    "where a host answers, and --force",
    {},
    { force: true },
    "missing (PORT_ANSWERED): the port instruction is answered",
  ],
  [
    "on a machine of VMware's",
    {},
    { addon: NO_HOST, hypervisor: { isVmware: true, name: "VMware" } },
    "missing (PORT_ANSWERED): this is a VMware virtual machine",
  ],
  [
    "on a machine of VMware's whose port is closed, and --force",
    {},
    { addon: NO_HOST, hypervisor: { isVmware: true, name: "VMware" }, force: true },
    "ok: no other host answers",
  ],
  ["under the strict host", TRACED(5), { host: "outside" }, "ok: the strict host traces this process"],
  ["as under the strict host", TRACED(0), { host: "outside" }, "missing (PORT_ANSWERED): no strict host traces"],
])("an emulated host %s", (_where, files, more, found) => {
  const line = machine(files, { ...EMULATED, ...more })
    .split("\n")
    .find((line) => line.startsWith("real host: "));
  expect(line?.slice("real host: ".length)).toMatch(new RegExp(`^${found.replace(/[()]/g, "\\$&")}`));
});

test("check does not probe the port of a VMware machine for an emulated host", () => {
  const addon = { probe: () => expect.unreachable() } as unknown as Addon;
  const hypervisor = { isVmware: true, name: "VMware" };
  expect(machine({}, { ...EMULATED, addon, hypervisor })).toContain("real host: missing");
});

test("check refuses an emulated host beside another daemon, unless an option allows it", () => {
  const root = writeFiles(scratchDirectory(), { "run/balloon-hw/lock": "" });
  const files = new MachineFiles(root);
  const look = (force = false) => {
    const prerequisite = PREREQUISITES.find(({ name }) => name === "other daemon") as Prerequisite;
    const { state, exit, text } = prerequisite.look({
      ...EMULATED,
      ...{ files, force },
    } as unknown as Surroundings);
    return [state, exit, text];
  };
  const inode = files.inode("/run/balloon-hw/lock");
  const locks = (line: string) =>
    writeFiles(root, { "proc/locks": `1: POSIX  ADVISORY  WRITE 9 00:01:5 0 EOF\n${line}\n` });
  locks("");
  expect(look()).toEqual(["ok", undefined, "none"]);
  // Of another file, by another kind of lock, and one that waits for it.
  locks(`2: FLOCK  ADVISORY  WRITE 4711 ${inode}1 0 EOF\n3: POSIX  ADVISORY  WRITE 4711 ${inode} 0 EOF`);
  expect(look()).toEqual(["ok", undefined, "none"]);
  locks(`2: FLOCK  ADVISORY  WRITE 4711 ${inode} 0 EOF`);
  const text = "balloon-hw run is active on this machine (process 4711), and both would take memory: stop it first";
  expect(look()).toEqual(["missing", "ALREADY_RUNNING", text]);
  expect(look(true)).toEqual(["warning", undefined, `${text} (--force: the daemon starts nevertheless)`]);
});

test("check only warns of a kernel without pressure stall information", () => {
  const files = new MachineFiles(writeFiles(scratchDirectory(), { "proc/self/status": STATUS(0, "0") }));
  const pressure = PREREQUISITES.find(({ name }) => name === "pressure");
  expect(pressure?.look({ files } as Surroundings).state).toBe("warning");
});

const V1 = "9:cpuset:/\n7:memory:/user.slice/deep\n1:name=systemd:/user.slice\n0::/user.slice\n";

test.each<[Readonly<Record<string, string>>, string | null]>([
  [{ "proc/self/cgroup": V1, "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n" }, null],
  [
    { "proc/self/cgroup": V1, "sys/fs/cgroup/memory/user.slice/memory.limit_in_bytes": "536870912\n" },
    "/sys/fs/cgroup/memory/user.slice/memory.limit_in_bytes",
  ],
  [
    { "proc/self/cgroup": V1, "sys/fs/cgroup/unified/user.slice/memory.max": "4096\n" },
    "/sys/fs/cgroup/unified/user.slice/memory.max",
  ],
  [{ "proc/self/cgroup": "0::/a:b\n", "sys/fs/cgroup/a:b/memory.max": "0\n" }, "/sys/fs/cgroup/a:b/memory.max"],
  [{}, null],
])("check finds in %j the memory limit %s", (files, path) => {
  expect(memoryLimit(new MachineFiles(writeFiles(join(scratchDirectory(), "root"), files)))?.path ?? null).toBe(path);
});

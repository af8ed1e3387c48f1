import { join } from "node:path";
import { expect, test } from "vitest";
import { MachineFiles } from "../../../src/hw/machine/files.ts";
import { memoryLimit } from "../../../src/hw/machine/memory-limit.ts";
import { PREREQUISITES, type Surroundings } from "../../../src/hw/machine/prerequisites.ts";
import type { Addon, NativeFailure } from "../../../src/hw/native/addon.ts";
import { scratchDirectory } from "../../support/command.ts";
import { writeFiles } from "../../support/fake-machine.ts";

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
    needsHost: true,
    ioPermission: "auto",
    pin: "auto",
    force: false,
    ...more,
  };
  return PREREQUISITES.map((prerequisite) => {
    const { state, text, exit } = prerequisite.look(at);
    return `${prerequisite.name}: ${state}${exit === undefined ? "" : ` (${exit})`}: ${text}\n`;
  }).join("");
}

/** The lines in which a machine differs from one that has everything. */
function lacks(files: Readonly<Record<string, string>>, more: Partial<Surroundings> = {}): string[] {
  const good = machine({}).split("\n");
  return machine(files, more)
    .split("\n")
    .filter((line) => !good.includes(line));
}

test("a machine with everything", async () => {
  expect(machine({})).toMatchInlineSnapshot(`
    "processor: ok: x86-64
    native addon: ok: loaded
    hypervisor: ok: VMware
    kernel driver: ok: not loaded
    rights: ok: root
    port I/O: ok: the host answers (I/O permission: auto)
    locked memory: ok: CAP_IPC_LOCK
    frame numbers: ok: CAP_SYS_ADMIN
    pinned pages: ok: io_uring
    memory limit: ok: none
    pressure: ok: pressure stall information
    "
  `);
});

test.each<[string, Readonly<Record<string, string>>, Partial<Surroundings>]>([
  ["an ARM processor", {}, { architecture: "arm64" }],
  ["no addon", {}, { addon: { code: "ADDON_MISSING", message: 'not built: run "npm run build:native"' } }],
  ["KVM", {}, { hypervisor: { isVmware: false, name: "KVM" } }],
  ["KVM, and --force", {}, { hypervisor: { isVmware: false, name: "KVM" }, force: true }],
  ["the driver as a module", { "sys/module/vmw_balloon/initstate": "live\n" }, {}],
  ["the driver built in", { "sys/module/vmw_balloon/parameters/x": "" }, {}],
  ["the driver, seen in debugfs", { "sys/kernel/debug/vmmemctl": "target: 0\n" }, {}],
  ["the driver, and --force", { "sys/kernel/debug/vmmemctl": "target: 0\n" }, { force: true }],
  ["an ordinary user", { "proc/self/status": STATUS(1000, "0000000000000000") }, {}],
  ["a user with all capabilities that are needed", { "proc/self/status": STATUS(997, "0000000000224000") }, {}],
  ["root without CAP_IPC_LOCK", { "proc/self/status": STATUS(0, "0000000000220000") }, {}],
  [
    "root that may lock nothing",
    { "proc/self/status": STATUS(0, "0000000000220000"), "proc/self/limits": LIMITS("0") },
    {},
  ],
  [
    "root without CAP_IPC_LOCK and without a limit",
    { "proc/self/status": STATUS(0, "0000000000220000"), "proc/self/limits": LIMITS("unlimited") },
    {},
  ],
  ["root without CAP_SYS_ADMIN", { "proc/self/status": STATUS(0, "0000000000024000") }, {}],
  ["no right to the port", {}, { addon: probing({ code: "IOPERM_DENIED", message: "ioperm: not permitted" }) }],
  ["a fault of the port", {}, { addon: probing({ code: "NO_BACKDOOR", message: "nobody answers" }) }],
  ["a code of the worker's that is new", {}, { addon: probing({ code: "NEW", message: "something new" }) }],
  [
    "lockdown",
    { "sys/kernel/security/lockdown": "none [integrity] confidentiality\n" },
    { addon: probing({ code: "IOPERM_DENIED", message: "ioperm: not permitted" }) },
  ],
  ["lockdown that does not matter", { "sys/kernel/security/lockdown": "none [integrity] confidentiality\n" }, {}],
  ["io_uring disabled", { "proc/sys/kernel/io_uring_disabled": "2\n" }, {}],
  ["io_uring for the privileged", { "proc/sys/kernel/io_uring_disabled": "1\n" }, {}],
  ["io_uring disabled and demanded", { "proc/sys/kernel/io_uring_disabled": "2\n" }, { pin: "io_uring" }],
  [
    "io_uring disabled, and locked pages stay",
    { "proc/sys/kernel/io_uring_disabled": "2\n", "proc/sys/vm/compact_unevictable_allowed": "0\n" },
    {},
  ],
  ["mlock demanded", {}, { pin: "mlock" }],
  ["a limit of the service", { "sys/fs/cgroup/system.slice/balloon-hw.service/memory.max": "1073741824\n" }, {}],
  ["a limit of an ancestor", { "sys/fs/cgroup/system.slice/memory.high": "1073741824\n" }, {}],
])("%s", async (name, files, more) => {
  const found = lacks(files, more);
  await expect(`${found.join("\n")}\n`).toMatchFileSnapshot(`golden/${name.replace(/\W+/g, "-")}.txt`);
});

test("a kernel without pressure stall information is only warned of", () => {
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
])("of %j the memory limit is %s", (files, path) => {
  expect(memoryLimit(new MachineFiles(writeFiles(join(scratchDirectory(), "root"), files)))?.path ?? null).toBe(path);
});

import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type RetiringMachine, retire } from "../../../src/hw/cli/retire.ts";
import { EXIT_REASONS } from "../../../src/hw/exit-codes.ts";
import { MachineFiles } from "../../../src/hw/machine/files.ts";
import { writeFiles } from "../../support/fakes/fake-machine.ts";
import { printed } from "../../support/in-process/printed.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

const STATISTICS = "target                :             5000\ncurrent               :             4000\n";

/** A machine of files, on which programs change files; by their command lines, those that fail. */
class Machine implements RetiringMachine {
  readonly root = scratchDirectory();
  readonly files = new MachineFiles(this.root);
  readonly calls: string[] = [];
  failing: Readonly<Record<string, string>> = {};
  hasService = true;
  /** Text of the driver's statistics once it is loaded; null: none. */
  statistics: string | null = `${STATISTICS}target                :                3 (0 failed)\n`;
  waitedMs = 0;

  constructor(uid = 0) {
    writeFiles(this.root, { "proc/self/status": `Uid:\t${uid}\t${uid}\t${uid}\t${uid}\n`, "run/balloon-hw/lock": "" });
  }

  run(program: string, args: readonly string[]): { status: number | null; said: string } {
    const call = [program, ...args.map((arg) => (arg.startsWith("/") ? "SCRIPT" : arg))].join(" ");
    this.calls.push(call);
    const failure = this.failing[call];
    if (failure !== undefined) return { status: 1, said: failure };
    if (call === "systemctl cat balloon-hw") return { status: this.hasService ? 0 : 1, said: "" };
    if (call === "modprobe vmw_balloon") this.load();
    return { status: 0, said: "" };
  }

  load(): void {
    writeFiles(this.root, {
      "sys/module/vmw_balloon/initstate": "live\n",
      ...(this.statistics === null ? {} : { "sys/kernel/debug/vmmemctl": this.statistics }),
    });
  }

  async wait(ms: number): Promise<void> {
    this.waitedMs += ms;
  }
}

const ALL = [
  "modinfo -F license vmw_balloon",
  "systemctl cat balloon-hw",
  "systemctl disable --now balloon-hw",
  "systemctl stop balloon-hw-takeover",
  "sh SCRIPT release",
  "modprobe vmw_balloon",
];

test("the balloon goes back to the kernel's driver, step by step", async () => {
  const machine = new Machine();
  expect(await printed(() => retire(machine))).toBe(`\
ok       service        stopped and disabled; all memory of its balloon went back to the guest
ok       block          nothing keeps vmw_balloon from loading
ok       driver         vmw_balloon is at work: 4000 of 5000 pages are in its balloon
`);
  expect(machine.calls).toEqual(ALL);
});

test("the driver that the takeover has loaded again is not loaded twice, and what is done is left out", async () => {
  const machine = new Machine();
  machine.hasService = false;
  machine.load();
  expect(await printed(() => retire(machine))).toContain("ok       service        none is installed\n");
  expect(machine.calls).toEqual(["systemctl cat balloon-hw", "sh SCRIPT release"]);
});

test("the driver has to ask the host", async () => {
  const machine = new Machine();
  machine.statistics = `${STATISTICS}target                :                0 (0 failed)\n`;
  await expect(printed(() => retire(machine))).rejects.toThrow(
    "vmw_balloon is loaded, but has not asked the host for a target after 10 s: see dmesg",
  );
  expect(machine.waitedMs).toBe(10_000);
  const silent = new Machine();
  silent.statistics = null;
  expect(await printed(() => retire(silent))).toContain("its statistics can't be read (debugfs is not mounted)");
});

test.each([
  ["modinfo -F license vmw_balloon", "the kernel has no driver vmw_balloon: nothing is changed", 1],
  ["systemctl disable --now balloon-hw", "the service is not stopped", 3],
  ["sh SCRIPT release", "the kernel's driver is not loaded", 5],
  ["modprobe vmw_balloon", 'this machine has no balloon now: "modprobe vmw_balloon" loads the driver', 6],
])("a failure of %s ends it in one line", async (call, consequence, calls) => {
  const machine = new Machine();
  machine.failing = { [call]: "line 1\nFATAL: not today" };
  const failure = await printed(() => retire(machine)).catch((error: Error) => error.message);
  expect(failure).toContain(`FATAL: not today: ${consequence}`);
  expect(failure).not.toContain("\n");
  expect(machine.calls).toHaveLength(calls);
});

test("only root may do it, and not beside a daemon that is no service", async () => {
  await expect(retire(new Machine(1000))).rejects.toMatchObject({ exitCode: EXIT_REASONS.NOT_ROOT.exitCode });
  const machine = new Machine();
  const inode = machine.files.inode("run/balloon-hw/lock");
  writeFiles(machine.root, { "proc/locks": `1: FLOCK  ADVISORY  WRITE 4711 ${inode} 0 EOF\n` });
  await expect(printed(() => retire(machine))).rejects.toMatchObject({
    exitCode: EXIT_REASONS.ALREADY_RUNNING.exitCode,
    message: expect.stringContaining("(process 4711), outside of the service: end it, and retire again"),
  });
  expect(machine.calls).not.toContain("modprobe vmw_balloon");
  rmSync(join(machine.root, "proc/locks"));
  expect(await printed(() => retire(machine))).toContain("at work");
});

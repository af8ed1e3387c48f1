import { spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { print } from "../../common/cli/output.ts";
import { RunError } from "../../common/errors.ts";
import { failureFor } from "../exit-codes.ts";
import { MachineFiles } from "../machine/files.ts";
import { kernelDriver } from "../machine/kernel-driver.ts";
import { lockHolder } from "../machine/lock-holder.ts";
import { rightsOf } from "../machine/rights.ts";

/** What retiring needs of the machine. Tests have others. */
export interface RetiringMachine {
  readonly files: MachineFiles;
  /** Runs a program; its exit status, null if there is no such program, and what it said on standard error. */
  run(program: string, args: readonly string[]): { readonly status: number | null; readonly said: string };
  /** Waits for so many milliseconds. */
  wait(ms: number): Promise<void>;
}

const DRIVER = "vmw_balloon";
const SERVICE = "balloon-hw";
const TAKEOVER = "balloon-hw-takeover";
/** The script that lets the kernel's driver load again. */
const SCRIPT = fileURLToPath(new URL("../../../packaging/takeover.sh", import.meta.url));
const STATISTICS = "sys/kernel/debug/vmmemctl";

/** How long the kernel's driver may take until it has asked the host: it does so each second. */
const WAIT_MS = 10_000;
const LOOK_MS = 250;

const HERE: RetiringMachine = {
  files: new MachineFiles(),
  run(program, args) {
    const { status, stderr, error } = spawnSync(program, args, {
      encoding: "utf8",
      stdio: ["ignore", "ignore", "pipe"],
    });
    if (error !== undefined) return { status: null, said: error.message };
    // A program that a signal has ended has no status.
    return { status: status ?? 1, said: stderr.trim() };
  },
  wait: (ms) => sleep(ms),
};

/**
 * Executes `balloon-hw retire`: gives the balloon back to the kernel's driver, and checks that it works. May be executed again:
 * each step that is done already is left out.
 * @throws {RunError} for the first step that fails; nothing is changed unless the kernel has the driver
 */
export async function retire(machine: RetiringMachine = HERE): Promise<void> {
  const { files } = machine;
  if (!rightsOf(files).isRoot) throw failureFor("NOT_ROOT", "only root may give the balloon back: use sudo");
  if (kernelDriver(files) === null) {
    // modprobe --dry-run would succeed without a driver: the block of the takeover is an install command.
    required(machine, "modinfo", ["-F", "license", DRIVER], `the kernel has no driver ${DRIVER}: nothing is changed`);
  }
  stopService(machine);
  const holder = lockHolder(files);
  if (holder !== null) {
    throw failureFor(
      "ALREADY_RUNNING",
      `balloon-hw run is still active (process ${holder}), outside of the service: end it, and retire again`,
    );
  }
  required(machine, "sh", [SCRIPT, "release"], "the kernel's driver is not loaded");
  say("block", `nothing keeps ${DRIVER} from loading`);
  if (kernelDriver(files) === null) {
    required(machine, "modprobe", [DRIVER], `this machine has no balloon now: "modprobe ${DRIVER}" loads the driver`);
  }
  say("driver", await atWork(machine));
}

/** Stops the service, which deflates the balloon, for good. */
function stopService(machine: RetiringMachine): void {
  const { status } = machine.run("systemctl", ["cat", SERVICE]);
  if (status !== 0) {
    say("service", "none is installed");
    return;
  }
  required(machine, "systemctl", ["disable", "--now", SERVICE], "the service is not stopped");
  // It ends with the service; this waits until it has.
  machine.run("systemctl", ["stop", TAKEOVER]);
  say("service", "stopped and disabled; all memory of its balloon went back to the guest");
}

/** What the kernel's driver says of itself as soon as it has asked the host. @throws {RunError} if it does not */
async function atWork(machine: RetiringMachine): Promise<string> {
  const { files } = machine;
  for (let waited = 0; ; waited += LOOK_MS) {
    if (kernelDriver(files) !== null) {
      const text = files.read(STATISTICS);
      if (text === null) return `${DRIVER} is loaded; its statistics can't be read (debugfs is not mounted)`;
      const [, target] = /^target\s*:\s*(\d+)(?: pages)?$/m.exec(text) ?? [];
      const [, size] = /^current\s*:\s*(\d+)/m.exec(text) ?? [];
      const asked = /^target\s*:\s*(\d+) \(/m.exec(text)?.[1];
      if (Number(asked ?? 0) > 0) return `${DRIVER} is at work: ${size} of ${target} pages are in its balloon`;
    }
    if (waited >= WAIT_MS) {
      throw new RunError(
        `${DRIVER} is ${kernelDriver(files) === null ? "not loaded" : "loaded, but has not asked the host for a target"} after ${WAIT_MS / 1000} s: see dmesg`,
      );
    }
    await machine.wait(LOOK_MS);
  }
}

function required(machine: RetiringMachine, program: string, args: readonly string[], consequence: string): void {
  const { status, said } = machine.run(program, args);
  if (status === 0) return;
  const why = said === "" ? `exit status ${status}` : (said.split("\n").at(-1) as string);
  throw new RunError(`${[program, ...args].join(" ")}: ${why}: ${consequence}`);
}

const say = (step: string, text: string): void => print(`ok       ${step.padEnd(14)} ${text}\n`);

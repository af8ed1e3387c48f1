import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import { Capability, Custody, type Reply } from "../../src/engine/index.ts";
import type { NativeFailure, NativeWorker, WorkerOptions } from "../../src/hw/native/addon.ts";
import { loadAddon } from "../../src/hw/native/load.ts";
import { WorkerPorts } from "../../src/hw/ports/worker-ports.ts";
import { scratchDirectory } from "../support/processes/command.ts";
import { addonMissing, because, openEmulatedWorker } from "../support/processes/emulation.ts";
import { ADDON_PATH, keptRights, runWithAddon, statusPages } from "../support/processes/native-child.ts";

const missing = addonMissing();
const scratch = scratchDirectory();

const OPTIONS: WorkerOptions = {
  backdoor: "emulated",
  ioPermission: "none",
  arenaPages: 1000,
  slotPages: 512,
  floorPages: 0,
  psiFullLimit: 100,
  pin: "auto",
  capabilities: Capability.Basic,
  script: "balloon-host 1\n",
};

/** The kernel takes pins off a little later: of a process that was killed, and before Linux 6.4 at all times. */
const LATER = { timeout: 20_000 };

type Answer = readonly [failure: NativeFailure | null, first: number, second: number];

/** One call, which may end after some ten milliseconds with a part of what it was asked for. */
const ask = (send: (answered: (...answer: Answer) => void) => void): Promise<Answer> =>
  new Promise((resolve) => send((...answer) => resolve(answer)));

/** As many calls as it takes. */
async function askForAll(count: number, send: (left: number, answered: (...answer: Answer) => void) => void) {
  for (let left = count; left > 0; ) {
    const [failure, done] = await ask((answered) => send(left, answered));
    expect([failure, done > 0]).toEqual([null, true]);
    left -= done;
  }
}

async function open(options: Partial<WorkerOptions> = {}): Promise<NativeWorker> {
  const worker = await openEmulatedWorker(loadAddon(), options, []);
  onTestFinished(() => new Promise<void>((resolve) => worker.close(() => resolve())));
  return worker;
}

/** Pins that the kernel has given and taken so far, for all processes. */
function pinsOfKernel(): { readonly acquired: number; readonly released: number } {
  const text = readFileSync("/proc/vmstat", "utf8");
  const of = (name: string) => Number(new RegExp(`^nr_foll_pin_${name} (\\d+)$`, "m").exec(text)?.[1]);
  return { acquired: of("acquired"), released: of("released") };
}

/** Threads and open files of this process that are a worker's. */
function ofWorkers(): string[] {
  const threads = readdirSync("/proc/self/task").map((task) =>
    readFileSync(`/proc/self/task/${task}/comm`, "utf8").trim(),
  );
  const files = readdirSync("/proc/self/fd").map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      // The directory itself, which is closed by now.
      return "";
    }
  });
  return [...threads, ...files].filter((name) =>
    /balloon-worker|io_uring|pagemap|zoneinfo|meminfo|pressure/.test(name),
  );
}

describe.skipIf(missing !== undefined)(`the addon${because(missing)}`, () => {
  it("returns what CPUID says", () => {
    const cpu = loadAddon().cpu();
    expect(cpu.isVirtual).toBe(/^flags\s*:.* hypervisor /m.test(readFileSync("/proc/cpuinfo", "utf8")));
    expect(cpu.vendor === "").toBe(!cpu.isVirtual);
    expect(loadAddon().nodeApiVersion).toBe(8);
  });

  it("is compiled with stack protection", () => {
    // What -fstack-protector calls; a compiler that leaves it out names it nowhere.
    expect(readFileSync(ADDON_PATH).includes("__stack_chk_fail")).toBe(true);
  });

  it("probes the port without harm where no host answers", () => {
    const addon = loadAddon();
    expect(addon.probe("emulated", "none")).toBeNull();
    if (addon.cpu().vendor === "VMwareVMware") return;
    expect(addon.probe("vmware", "none")).toMatchObject({ code: "NO_BACKDOOR" });
    // With permission, where there is any: the port is there and no host answers.
    expect([null, "IOPERM_MISSING", "IOPERM_DENIED", "LOCKDOWN"]).toContain(
      addon.probe("vmware", "auto")?.code ?? null,
    );
  });

  it.each([
    ["backdoor", "hyper-v", "vmware or emulated"],
    ["ioPermission", 1, "ioperm, none or auto"],
    ["arenaPages", 0, "1 to 2^35 - 1 pages"],
    ["arenaPages", -1, "a whole number from 0 on"],
    ["arenaPages", 1.5, "a whole number from 0 on"],
    ["slotPages", 511, "512 to 16384 pages"],
    ["slotPages", 16_385, "512 to 16384 pages"],
    ["floorPages", "1", "a whole number from 0 on"],
    ["psiFullLimit", 101, "a number from 0 to 100"],
    ["psiFullLimit", Number.NaN, "a number from 0 to 100"],
    ["pin", undefined, "io_uring, mlock or auto"],
    ["allowUnpinnedMoves", "yes", "true or false"],
    ["capabilities", 0x40, "bits of 0x2e, 0x02 among them"],
    ["capabilities", 0x04, "bits of 0x2e, 0x02 among them"],
    ["script", 5, "the text of a host's script"],
  ])("refuses %s = %s", (name, value, expected) => {
    const options = { ...OPTIONS, [name]: value } as WorkerOptions;
    const opened = () => expect.unreachable();
    expect(() => loadAddon().openWorker(options, opened)).toThrow(TypeError);
    expect(() => loadAddon().openWorker(options, opened)).toThrow(`${name}: expected ${expected}`);
  });

  it("has no worker that was not opened", async () => {
    const worker = await open();
    const Constructor = worker.constructor as new () => NativeWorker;
    expect(() => new Constructor()).toThrow("a worker is made by openWorker");
    expect(() => worker.allocate(Number.NaN, true, () => undefined)).toThrow(TypeError);
    expect(() => worker.totalPages(undefined as never)).toThrow(TypeError);
    expect(() => worker.getTarget(2 ** 32, () => undefined)).toThrow("expected a number of 32 bits");
  });

  it("holds pages, and gives them back", async () => {
    const worker = await open({ arenaPages: 40_000, slotPages: 16_384 });
    const unexpected = { answered: () => {}, memory: () => {}, failed: () => expect.unreachable() };
    const ports = new WorkerPorts(worker, unexpected, Capability.Basic);
    const all = (send: (reply: Reply) => void) =>
      new Promise<readonly [number, number]>((resolve) => send((first, second) => resolve([first, second])));
    const pins = pinsOfKernel();
    const rss = statusPages("VmRSS");
    for (let left = 32_769; left > 0; ) {
      const [got, failed] = await all((reply) => ports.allocate(left, false, reply));
      expect(failed).toBe(0);
      left -= got;
    }
    expect(await all((reply) => ports.lock(32_769, reply))).toEqual([32_769, 0]);
    await expect.poll(() => statusPages("VmPin"), LATER).toBe(32_769);
    expect(statusPages("VmRSS") - rss).toBeGreaterThan(32_769 - 5000);
    // Each processor adds what it has counted to the sum about once a second.
    await expect.poll(() => pinsOfKernel().acquired - pins.acquired, LATER).toBeGreaterThanOrEqual(32_769);

    expect(await all((reply) => ports.unlock(20_000, reply))).toEqual([20_000, 0]);
    await all((reply) => ports.free(20_000, Custody.Unlocked, reply));
    await expect.poll(() => statusPages("VmPin"), LATER).toBe(12_769);
    expect(worker.counters()).toMatchObject({ pinnedPages: 12_769, deferredPages: 0, commands: 52_769 });
    await all((reply) => ports.free(12_769, Custody.Balloon, reply));
    await expect.poll(() => statusPages("VmPin"), LATER).toBe(0);
    expect(statusPages("VmRSS") - rss).toBeLessThan(5000);
    await expect.poll(() => pinsOfKernel().released - pins.released, LATER).toBeGreaterThanOrEqual(32_769);
  });

  it("releases pages of every custody, and says how many are left", async () => {
    const worker = await open();
    await ask((answered) => worker.allocate(100, false, answered));
    await ask((answered) => worker.lock(60, answered));
    await ask((answered) => worker.unlock(10, answered));
    let left = 100;
    while (left > 0) [, left] = await ask((answered) => worker.release(answered));
    expect(worker.counters().pinnedPages).toBe(0);
  });

  it("holds pages by mlock where it is told to", async () => {
    const worker = await open({ pin: "mlock", allowUnpinnedMoves: true });
    expect(worker.pin).toBe("mlock");
    await askForAll(1000, (left, answered) => worker.allocate(left, false, answered));
    expect(statusPages("VmLck")).toBe(1000);
    await askForAll(1000, (left, answered) => worker.lock(left, answered));
    await askForAll(300, (left, answered) => worker.unlock(left, answered));
    await askForAll(300, (left, answered) => worker.free(left, Custody.Unlocked, answered));
    expect(statusPages("VmLck")).toBe(700);
    await askForAll(700, (left, answered) => worker.free(left, Custody.Balloon, answered));
    expect(statusPages("VmLck")).toBe(0);
  });

  it("lets the event loop turn while it works", async () => {
    const worker = await open({ arenaPages: 100_000 });
    // On a busy machine not in each call; a call that blocks the loop never has more than the turn of its answer.
    let most = 0;
    await askForAll(100_000, (left, answered) => {
      let turns = 0;
      let done = false;
      const turn = () => {
        turns++;
        if (!done) setImmediate(turn);
      };
      turn();
      worker.allocate(left, false, (...answer) => {
        done = true;
        most = Math.max(most, turns);
        answered(...answer);
      });
    });
    expect(most).toBeGreaterThan(10);
  });

  it("changes its limits while it is open", async () => {
    const worker = await open();
    const [, everything] = await ask((answered) => worker.totalPages(answered));
    worker.setLimits(everything, 100);
    expect(await ask((answered) => worker.allocate(5, true, answered))).toEqual([null, 0, 1]);
    expect(worker.counters().floorHits).toBe(1);
    worker.setLimits(0, 100);
    expect(await ask((answered) => worker.allocate(5, true, answered))).toEqual([null, 5, 0]);
    expect(() => worker.setLimits(0, 101)).toThrow("psiFullLimit: expected a number from 0 to 100");
  });

  it("hands a status of the host over without its sign", async () => {
    const worker = await openEmulatedWorker(loadAddon(), {}, ["rule any 0 - - 1 1 -1"]);
    onTestFinished(() => new Promise<void>((resolve) => worker.close(() => resolve())));
    expect((await ask((answered) => worker.getTarget(1, answered)))[1]).toBe(0xffff_ffff);
  });

  it("answers that it is closed, as often as it is asked", async () => {
    const worker = await open();
    const answers = await Promise.all([
      ask((answered) => worker.close(answered)),
      ask((answered) => worker.totalPages(answered)),
    ]);
    answers.push(await ask((answered) => worker.close(answered)));
    expect(answers.map(([failure]) => failure?.code ?? null)).toEqual([null, "CLOSED", "CLOSED"]);
  });

  it("leaves nothing behind, however often it is opened", async () => {
    const cycle = async () => {
      const worker = await openEmulatedWorker(loadAddon(), {}, []);
      await ask((answered) => worker.allocate(2000, false, answered));
      expect(ofWorkers()).toContain("balloon-worker");
      await ask((answered) => worker.close(answered));
    };
    await cycle();
    const rss = statusPages("VmRSS");
    for (let turn = 0; turn < 50; turn++) await cycle();
    // The answer to close is the last thing that the thread does, but for ending.
    await expect.poll(ofWorkers).toEqual([]);
    await expect.poll(() => statusPages("VmPin"), LATER).toBe(0);
    expect(statusPages("VmRSS") - rss).toBeLessThan(4000);
  });
});

describe.skipIf(missing !== undefined)(`a process with the addon${because(missing)}`, () => {
  // So many are allocated by one call, however slow the machine is, and sixteen are locked by one.
  const PAGES = 500;
  const worker = (then: string) => `addon.openWorker(${JSON.stringify(OPTIONS)}, (failure, worker) => {
    worker.allocate(${PAGES}, false, () => { ${then} });
  })`;

  it("ends by itself while a worker is open and idle", () => {
    expect(runWithAddon(worker("console.log(worker.counters().pinnedPages)"))).toMatchObject({
      status: 0,
      stdout: `${PAGES}\n`,
    });
  });

  it("can exit in the middle of the worker's work", () => {
    const run = runWithAddon(worker(`worker.lock(${PAGES}, () => undefined); process.exit(7)`));
    expect(run).toMatchObject({ status: 7, stderr: "" });
  });

  it("ends with the error that a callback throws", () => {
    const run = runWithAddon(worker(`throw new Error("out of a callback")`));
    expect(run.status).toBe(1);
    expect(run.stderr).toContain("out of a callback");
  });

  it("has its pages taken back when it is killed", async () => {
    const before = pinsOfKernel().released;
    const run = runWithAddon(worker("process.kill(process.pid, 'SIGKILL')"));
    expect(run.signal).toBe("SIGKILL");
    await expect.poll(() => pinsOfKernel().released - before, LATER).toBeGreaterThanOrEqual(PAGES);
  });

  const failure = (options: Partial<WorkerOptions> = {}) =>
    `addon.openWorker(${JSON.stringify({ ...OPTIONS, ...options })}, (failure) => console.log(failure?.code))`;

  it.each([
    ["no CAP_SYS_ADMIN", ["setpriv", "--bounding-set=-sys_admin"], failure(), "FRAMES_HIDDEN"],
    [
      "a low RLIMIT_MEMLOCK",
      ["prlimit", "--memlock=65536", "setpriv", "--bounding-set=-ipc_lock"],
      failure(),
      "MEMLOCK_LIMIT",
    ],
    ["too little address space", [], failure({ arenaPages: 2 ** 35 - 1 }), "ARENA"],
    ["a bad script", [], failure({ script: "no script" }), "SCRIPT"],
  ])("gets a failure for %s", (_what, wrapper, code, expected) => {
    expect(runWithAddon(code, wrapper)).toMatchObject({ status: 0, stdout: `${expected}\n`, stderr: "" });
  });

  it("survives its garbage collection with its own memory locked", () => {
    const churn = `console.log(addon.lockOwnMemory());
      const kept = [];
      for (let turn = 0; turn < 20; turn++) {
        for (let index = 0; index < 20000; index++) kept.push({ index, text: "text " + index });
        kept.length = 0;
        gc();
      }
      console.log(/VmLck:\\s+(\\d+)/.exec(fs.readFileSync("/proc/self/status", "utf8"))[1] > 10000)`;
    expect(runWithAddon(churn)).toMatchObject({ status: 0, stdout: "null\ntrue\n", stderr: "" });
  });

  it("keeps port, frames and pins when all threads have given up their rights", () => {
    const status = `Object.fromEntries(["CapEff", "CapPrm", "CapBnd", "CapAmb", "NoNewPrivs"].map((name) =>
      [name, [...new Set(fs.readdirSync("/proc/self/task").map((task) =>
        new RegExp("^" + name + ":\\\\s+(\\\\w+)", "m").exec(fs.readFileSync("/proc/self/task/" + task + "/status", "utf8"))[1]))]]))`;
    const code = `addon.openWorker(${JSON.stringify(OPTIONS)}, (_, worker) => {
      // Threads of Node's own, too.
      fs.stat("/", () => {
        console.log(JSON.stringify([addon.dropRights(false), fs.readdirSync("/proc/self/task").length > 5, ${status}]));
        worker.allocate(16, false, (failure, got) => worker.lock(got, (failed, locked) => {
          console.log(JSON.stringify([failure, got, failed, locked, addon.dropRights(false)]));
          try { fs.readFileSync("/proc/1/mem"); } catch (error) { console.log(error.code); }
          worker.unlock(16, () => worker.close(() => process.exit()));
        }));
      });
    })`;
    const { stdout, stderr, status: exit } = runWithAddon(code);
    const [first = "", second, third] = stdout.split("\n");
    expect([exit, stderr]).toEqual([0, ""]);
    expect(JSON.parse(first)).toEqual([
      null,
      true,
      {
        CapEff: [keptRights()],
        CapPrm: [keptRights()],
        CapBnd: [keptRights()],
        CapAmb: ["0".repeat(16)],
        NoNewPrivs: ["1"],
      },
    ]);
    expect([second, third]).toEqual(["[null,16,null,16,null]", expect.stringMatching(/^(EACCES|EPERM)$/)]);
  });

  it("keeps CAP_IPC_LOCK where it may not raise the limit that takes its place, and low ports on request", () => {
    const code = `console.log(addon.dropRights(true), /CapEff:\\s+(\\w+)/.exec(fs.readFileSync("/proc/self/status", "utf8"))[1])`;
    const wrapper = ["prlimit", "--memlock=65536", "setpriv", "--bounding-set=-sys_resource"];
    expect(runWithAddon(code, wrapper).stdout).toBe(`null ${(2 ** 14 + 2 ** 10).toString(16).padStart(16, "0")}\n`);
  });

  it("is alone with its lock until it ends", () => {
    const path = `${scratch}/lock`;
    const lock = `console.log(addon.lockFile(${JSON.stringify(path)})?.code ?? null)`;
    const other = `console.log(require("node:child_process").execFileSync(process.execPath, ["-e", ${JSON.stringify(
      `const addon = require(${JSON.stringify(ADDON_PATH)}); ${lock}`,
    )}], { encoding: "utf8" }))`;
    expect(runWithAddon(`${lock}; ${other}`).stdout).toBe("null\nLOCKED\n\n");
    expect(runWithAddon(lock).stdout).toBe("null\n");
  });

  it("notifies a service manager only where there is one", () => {
    expect(runWithAddon(`console.log(addon.notify("READY=1"))`).stdout).toBe("false\n");
  });
});

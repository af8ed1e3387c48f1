import { afterEach, expect, test, vi } from "vitest";
import { NO_ORDERS, type Orders } from "../../../src/hw/control/orders.ts";
import { RunningDaemon } from "../../../src/hw/daemon/running-daemon.ts";
import type { GuestFigures } from "../../../src/hw/machine/guest-figures.ts";
import type { MemoryLimit } from "../../../src/hw/machine/memory-limit.ts";
import type { WorkerCounters } from "../../../src/hw/native/addon.ts";
import { loadSettings, type Settings } from "../../../src/hw/settings/settings.ts";
import { FakeWorker } from "../../support/fakes/fake-worker.ts";
import { CALM_HOST } from "../../support/worlds/daemon-rig.ts";
import { PageWorld, type WorldScript } from "../../support/worlds/page-world.ts";

const SETTINGS = loadSettings(undefined, {});

/** A daemon with everything around it, on a worker that answers when it is told to. */
class Running {
  readonly world = new PageWorld(CALM_HOST, 100_000);
  readonly worker = new FakeWorker(this.world);
  readonly said: string[] = [];
  /** What the service manager was told, but for the watchdog. */
  readonly told: string[] = [];
  settings: Settings | Error = SETTINGS;
  limit: MemoryLimit | null = null;
  /** Whether the kernel's own driver is loaded. */
  hasKernelDriver = false;
  /** What the kernel says of the guest's memory. */
  figures: GuestFigures = { psiFull: 0, available: 2 ** 20 };
  /** Orders that hold over restarts. */
  kept: Orders = NO_ORDERS;
  readonly orders = {
    read: () => this.kept,
    write: async (orders: Orders) => {
      this.kept = orders;
    },
    shown: "orders.json",
  };
  readonly running: RunningDaemon;
  readonly over: Promise<void>;

  /**
   * @param protocol level that is asked for
   * @param figures of the worker
   * @param hugePages the kernel's setting
   * @param kept orders that hold over restarts
   */
  constructor(
    script: Partial<WorldScript> = {},
    protocol: Settings["protocol"] = "auto",
    figures: Partial<WorkerCounters> = {},
    hugePages: string | null = null,
    kept: Orders = NO_ORDERS,
  ) {
    this.kept = kept;
    Object.assign(this.worker.figures, figures);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "hrtime"] });
    this.host(script);
    const say = (message: string): void => void this.said.push(message);
    this.running = new RunningDaemon({
      addon: {
        notify: (state) => {
          if (!state.startsWith("WATCHDOG")) this.told.push(state.replace(/\n.*/, ""));
          return true;
        },
      },
      worker: this.worker,
      settings: { ...SETTINGS, protocol },
      loadSettings: () => {
        if (this.settings instanceof Error) throw this.settings;
        return this.settings;
      },
      log: { info: say, warn: say, error: say, lost: 0 },
      host: { kind: "real" },
      orders: this.orders,
      guestFigures: () => this.figures,
      memoryLimit: () => this.limit,
      kernelDriver: () => this.hasKernelDriver,
      hugePages: () => hugePages,
    });
    this.over = this.running.run(Number.POSITIVE_INFINITY);
    this.worker.settle();
  }

  host(script: Partial<WorldScript>): void {
    this.world.follow({ ...CALM_HOST, totalPages: this.#pages, ...script });
  }

  /** So many seconds go by. */
  seconds(count: number): this {
    for (let i = 0; i < count; i++) {
      vi.advanceTimersByTime(1000);
      this.worker.settle();
    }
    return this;
  }

  async end(): Promise<void> {
    this.running.daemon.stop();
    this.worker.settle();
    await this.over;
  }

  /** As much memory as this machine has, unless a test says otherwise. */
  get #pages(): number {
    return CALM_HOST.totalPages;
  }
}

afterEach(() => {
  vi.useRealTimers();
});

test("the daemon keeps the old settings where reading the new ones fails in any way", async () => {
  const rig = new Running({ start: 1 });
  rig.settings = new RangeError("the file is longer than a text can be");
  process.emit("SIGHUP");
  expect(rig.said.at(-1)).toBe("the file is longer than a text can be: rates and limits stay as they were");
  expect(rig.running.daemon.phase).toBe("waiting");
  await rig.end();
  expect(rig.worker.isClosed).toBe(true);
});

test("the daemon tells the service manager READY once the host has taken START", async () => {
  const rig = new Running({ start: 8 });
  rig.seconds(3);
  expect(rig.told).toEqual([
    "STATUS=waiting for the host",
    "STATUS=waiting: the host does not accept START (status 8, BUSY)",
  ]);
  rig.host({});
  rig.seconds(1);
  expect(rig.told.slice(2)).toEqual(["READY=1", "STATUS=0KiB of 0KiB"]);
  await rig.end();
});

test("the daemon reports a missing host once, not each second, and a refused GUEST_ID by its name", async () => {
  const rig = new Running({ guestId: 2 });
  rig.seconds(5);
  expect(rig.said.filter((line) => line.includes("does not accept"))).toEqual([
    "the host does not accept GUEST_ID (status 2, PPN_INVALID): the daemon tries again each second",
  ]);
  await rig.end();
});

test("the daemon tells RELOADING and READY on SIGHUP only after its first READY", async () => {
  const rig = new Running({ start: 8 });
  process.emit("SIGHUP");
  expect(rig.told).not.toContain("RELOADING=1");
  expect(rig.told).not.toContain("READY=1");
  rig.host({});
  rig.seconds(1);
  rig.told.length = 0;
  process.emit("SIGHUP");
  expect(rig.told).toEqual(["RELOADING=1", "READY=1"]);
  await rig.end();
});

test("the daemon names settings that SIGHUP can't put in force, each time", async () => {
  const rig = new Running();
  rig.settings = { ...SETTINGS, socket: "/run/elsewhere", psiLimit: 50 };
  for (const _ of [1, 2]) {
    rig.said.length = 0;
    process.emit("SIGHUP");
    expect(rig.said.at(-1)).toBe("changed as well, but only a restart puts it in force: socket");
  }
  expect(rig.worker.limits?.[1]).toBe(50);
  await rig.end();
});

test("the daemon raises the floor for added memory, and reports it", async () => {
  const rig = new Running();
  rig.seconds(1);
  rig.said.length = 0;
  rig.host({ totalPages: 16 * 2 ** 18 });
  rig.seconds(1);
  // 488 MiB and a 32nd, as Hyper-V keeps.
  expect(rig.worker.limits?.[0]).toBe(1000 * 256);
  expect(rig.said).toEqual(["the machine has 16GiB of memory now, before 4GiB: 1000MiB stay available"]);
  expect(rig.running.goesBy.floorPages).toBe(1000 * 256);
  await rig.end();
});

test("the daemon says on a signal in mid-inflation how much is pinned, not that the balloon is empty", async () => {
  const rig = new Running();
  rig.host({ target: 5000 });
  vi.advanceTimersByTime(1000);
  rig.worker.figures = { ...rig.worker.figures, pinnedPages: 5000 };
  process.emit("SIGTERM", "SIGTERM");
  rig.worker.settle();
  await rig.over;
  expect(rig.said.at(-2)).toBe("SIGTERM: 19.53MiB go back to the guest");
  expect(rig.worker.calls.slice(-3)).toEqual(["start", "release", "close"]);
});

test("the daemon reports a memory limit that is set after the start once, and again when it returns", async () => {
  const rig = new Running();
  const lines = () => rig.said.filter((line) => line.includes("memory limit"));
  rig.limit = { path: "/sys/fs/cgroup/memory.max", value: "4096" };
  rig.seconds(200);
  expect(lines()).toEqual(["/sys/fs/cgroup/memory.max is 4096: a memory limit would end the balloon; set it to max"]);
  rig.limit = null;
  rig.seconds(70);
  rig.limit = { path: "/sys/fs/cgroup/memory.high", value: "4096" };
  rig.seconds(70);
  expect(lines()).toHaveLength(2);
  await rig.end();
});

test("the daemon reports the kernel's driver that is loaded after the start, and begins anew when it is gone", async () => {
  const rig = new Running({ target: 3000 });
  const lines = () => rig.said.filter((line) => line.includes("vmw_balloon"));
  const starts = () => rig.worker.calls.filter((call) => call === "start").length;
  rig.seconds(95);
  expect([lines(), starts()]).toEqual([[], 1]);
  rig.hasKernelDriver = true;
  rig.seconds(40);
  expect(lines()).toEqual([
    'the kernel\'s own driver vmw_balloon was loaded: both answer the host, and the host has forgotten the pages of this balloon; stop balloon-hw, or restart the machine ("A driver that is loaded meanwhile" in docs/balloon-hw.md)',
  ]);
  expect([rig.told.at(-1), starts()]).toEqual([
    "STATUS=the kernel's own driver vmw_balloon was loaded: both answer the host; stop balloon-hw, or restart the machine",
    1,
  ]);
  rig.hasKernelDriver = false;
  rig.worker.calls.length = 0;
  rig.said.length = 0;
  rig.seconds(40);
  expect(rig.said).toEqual([
    "the kernel's own driver vmw_balloon is no longer loaded: the daemon sends START, frees its pages, and begins with an empty balloon",
    "the host has accepted START and GUEST_ID, protocol: basic",
  ]);
  const from = rig.worker.calls.indexOf("start");
  expect(rig.worker.calls.slice(from, from + 5)).toEqual(["start", "start", "free 3000", "start", "guestId"]);
  expect([rig.told.at(-1), rig.running.daemon.engine.state.size, starts()]).toEqual([
    "STATUS=11.72MiB of 11.72MiB",
    3000,
    3,
  ]);
  await rig.end();
});

test("the daemon notices the kernel's driver that is loaded for a second only, and begins anew", async () => {
  const rig = new Running({ target: 3000 });
  rig.seconds(5);
  rig.worker.calls.length = 0;
  rig.hasKernelDriver = true;
  rig.seconds(1);
  rig.hasKernelDriver = false;
  rig.seconds(1);
  expect(rig.worker.calls).toContain("free 3000");
  await rig.end();
});

test("a renewal sends no START while the kernel's driver is loaded again", async () => {
  const rig = new Running({ target: 3000 });
  rig.hasKernelDriver = true;
  rig.seconds(2);
  rig.host({ start: 8, target: 3000 });
  rig.hasKernelDriver = false;
  rig.seconds(2);
  expect(rig.running.daemon.phase).toBe("waiting");
  rig.worker.calls.length = 0;
  rig.said.length = 0;
  rig.host({ target: 3000 });
  rig.hasKernelDriver = true;
  rig.seconds(20);
  // The watchdog needs the worker's answers.
  expect([new Set(rig.worker.calls), rig.worker.calls.length, rig.said.length]).toEqual([
    new Set(["totalPages"]),
    20,
    1,
  ]);
  expect(rig.told.at(-1)).toMatch(/^STATUS=the kernel's own driver vmw_balloon was loaded: both answer the host/);
  rig.hasKernelDriver = false;
  rig.worker.calls.length = 0;
  rig.seconds(1);
  expect(rig.worker.calls.slice(0, 5)).toEqual(["start", "start", "free 3000", "start", "guestId"]);
  expect(rig.running.daemon.engine.state.size).toBe(3000);
  await rig.end();
});

test("the driver is not loaded anew while the kernel's driver is loaded, and a stop meanwhile ends the daemon", async () => {
  const rig = new Running({ start: 8 });
  rig.hasKernelDriver = true;
  rig.worker.calls.length = 0;
  rig.host({});
  rig.seconds(20);
  vi.advanceTimersByTime(1000);
  expect(new Set(rig.worker.calls)).toEqual(new Set(["totalPages"]));
  // The worker has not answered the last question yet.
  rig.worker.calls.length = 0;
  await rig.end();
  expect([rig.worker.calls, rig.worker.isClosed, vi.getTimerCount()]).toEqual([["close"], true, 0]);
});

test("a daemon that begins a renewal says so in its status line, not that the host refuses START", async () => {
  const rig = new Running({ target: 3000 });
  rig.hasKernelDriver = true;
  rig.seconds(2);
  rig.hasKernelDriver = false;
  rig.told.length = 0;
  rig.seconds(1);
  expect(rig.told).toContain("STATUS=the balloon begins anew");
  expect(rig.told.filter((line) => line.includes("START"))).toEqual([]);
  await rig.end();
});

test("the daemon looks for the kernel's driver while the host does not accept START", async () => {
  const rig = new Running({ start: 8 });
  rig.hasKernelDriver = true;
  rig.seconds(12);
  expect(rig.said.filter((line) => line.includes("vmw_balloon"))).toHaveLength(1);
  await rig.end();
});

test.each<[level: Settings["protocol"], inUse: number, granted: number, hugePages: string | null, why: string | null]>([
  ["batched", 0x02, 0x02, "[always] madvise never", "the host does not grant it"],
  ["batched-2m", 0x26, 0x26, "always madvise [never]", "the host does not grant it"],
  // Pages of 2 MiB are offered in batches only.
  ["batched-2m", 0x02, 0x0a, "[always] madvise never", "the host does not grant it"],
  [
    "batched-2m",
    0x26,
    0x2e,
    "always madvise [never]",
    "the host grants it, but the kernel has no huge pages (/sys/kernel/mm/transparent_hugepage/enabled is not always or madvise)",
  ],
  [
    "batched-2m",
    0x26,
    0x2e,
    null,
    "the host grants it, but the kernel has no huge pages (no /sys/kernel/mm/transparent_hugepage/enabled)",
  ],
  [
    "batched-2m",
    0x26,
    0x2e,
    "always [madvise] never",
    "the host grants it, but the address space for pages of 2 MiB can't be set up",
  ],
  ["batched-2m", 0x2e, 0x2e, "[always] madvise never", null],
  ["auto", 0x26, 0x2e, "always madvise [never]", null],
])("the daemon reports why --protocol %s is not in use (in use %i, granted %i, %s)", async (...row) => {
  const [level, capabilities, granted, hugePages, why] = row;
  const rig = new Running({}, level, { capabilities, granted }, hugePages);
  expect(rig.said.filter((line) => line.startsWith("--protocol"))).toEqual(
    why === null ? [] : [`--protocol ${level}: not in use: ${why}`],
  );
  await rig.end();
});

test("the daemon reports kept orders to the service manager, and takes a new max on SIGHUP", async () => {
  const rig = new Running();
  rig.host({ target: 3000 });
  rig.seconds(1);
  expect(rig.told.at(-1)).toBe("STATUS=11.72MiB of 11.72MiB");
  rig.settings = { ...SETTINGS, max: { pages: 2000 } };
  process.emit("SIGHUP");
  rig.seconds(2);
  expect(rig.running.daemon.engine.state).toMatchObject({ size: 2000, target: 2000 });
  expect(rig.told.at(-1)).toBe("STATUS=7.81MiB of 11.72MiB, limited to 7.81MiB by max");
  expect(rig.said.find((line) => line.includes("read again"))).toMatch(/ stay available, max: 7\.81MiB\); they hold/);
  rig.settings = SETTINGS;
  process.emit("SIGHUP");
  expect(rig.said.at(-1)).toContain(" stay available, max: none); they hold");
  await rig.end();
});

test("the daemon begins with the orders that were kept over its restart", async () => {
  const rig = new Running({ target: 3000 }, "auto", {}, null, { ...NO_ORDERS, mode: "drain" });
  rig.seconds(2);
  expect(rig.running.daemon.engine.state).toMatchObject({ size: 0, target: 0 });
  expect(rig.told.at(-1)).toBe("STATUS=0KiB of 11.72MiB, drained");
  expect(rig.said[0]).toBe("by an order that was kept over the restart the balloon is drained");
  await rig.end();
});

test("the daemon gives way to memory pressure, remembers the host's target, and takes new numbers on SIGHUP", async () => {
  const rig = new Running({ target: 30_000 });
  rig.seconds(2);
  rig.figures = { psiFull: 50, available: 2 ** 30 };
  rig.seconds(8);
  expect(rig.running.daemon.engine.state.size).toBe(30_000);
  rig.figures = { psiFull: 50, available: rig.running.goesBy.floorPages };
  rig.seconds(8);
  const { state } = rig.running.daemon.engine;
  expect([state.size, rig.told.at(-1)]).toEqual([0, "STATUS=0KiB of 117.19MiB, gives way to memory pressure"]);
  rig.figures = { psiFull: 0, available: 2 ** 20 };
  rig.settings = { ...SETTINGS, giveWay: null };
  process.emit("SIGHUP");
  rig.seconds(3);
  expect([state.size, rig.told.at(-1)]).toEqual([30_000, "STATUS=117.19MiB of 117.19MiB"]);
  expect(rig.running.goesBy.giveWay).toBeNull();
  await rig.end();
});

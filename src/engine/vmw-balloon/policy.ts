/** The driver of today's Linux as a balloon policy. */
import type { BalloonPolicy, BalloonView, BalloonWorld, PolicyColumn } from "../balloon-policy.ts";
import { KernelDriver, KernelDriverView } from "../kernel-driver.ts";
import { validateParams } from "../params.ts";
import { LARGE_PAGE_FRAMES } from "../ports.ts";
import { Command, commandsOf } from "../protocol.ts";
import { KernelRequest, Life, runAtOnce } from "../requests.ts";
import { roundTicksRelative } from "../timer.ts";
import type { Pages } from "../units.ts";
import { WANTED_CAPABILITIES } from "./capabilities.ts";
import { SLACK } from "./core.ts";
import { VmwBalloonMachine } from "./machine.ts";
import { VMW_BALLOON_DEFAULTS, VMW_BALLOON_PARAMS, type VmwBalloonParams } from "./params.ts";
import type { Position, VmwBalloonState } from "./state.ts";
import { statisticsText } from "./statistics.ts";

const column = (
  name: string,
  unit: PolicyColumn["unit"],
  kind: PolicyColumn["kind"],
  meaning: string,
  read: (state: Readonly<VmwBalloonState>) => number,
  isDefault = false,
): PolicyColumn => ({
  ...{ name, unit, kind, meaning, isDefault },
  read: (state) => read(state as unknown as VmwBalloonState),
});

/** A counter of the statistics text. */
const counter = (name: string, key: keyof VmwBalloonState, meaning: string): PolicyColumn =>
  column(`stat_${name}`, "times", "total", meaning, (s) => s[key]);

/** The counters of a command, and those of its failures. */
const command = (name: string, key: keyof VmwBalloonState, words: string): PolicyColumn[] => [
  counter(name, key, `${words} commands`),
  counter(`${name}_fail`, `${key}Fail` as keyof VmwBalloonState, `${words} commands that failed`),
];

/** A counter by size of the pages. */
const sized = (name: string, key: string, words: (pages: string) => string): PolicyColumn[] =>
  (["4k", "2m"] as const).map((size) =>
    counter(`${name}_${size}`, `${key}${size}` as keyof VmwBalloonState, words(size === "4k" ? "4 KiB" : "2 MiB")),
  );

const COLUMNS: readonly PolicyColumn[] = [
  column("large", "pages", "level", "The part of the balloon in pages of 2 MiB", largeOf, true),
  column(
    "capabilities",
    "bits",
    "level",
    "Capabilities that the host has granted, a sum of bits",
    (s) => s.capabilities,
  ),
  column("reset_required", "0/1", "level", "1 while a reset is pending", (s) => s.resetRequired),
  counter("timer", "timer", "Work cycles"),
  counter("doorbell", "doorbell", "Rings of the doorbell"),
  counter("reset", "reset", "Completed resets, the one after loading included"),
  counter("shrink", "shrink", "Calls of the shrinker"),
  counter("shrink_free", "shrinkFree", "Frames that the shrinker released"),
  ...command("start", "start", "START"),
  ...command("target_n", "getTarget", "GET_TARGET").map((each, i) =>
    i === 0 ? each : counter("target_fail", "getTargetFail", "GET_TARGET commands that failed"),
  ),
  ...command("lock", "lock", "LOCK"),
  ...command("unlock", "unlock", "UNLOCK"),
  ...command("guest_type", "guestType", "GUEST_ID"),
  ...command("batch_lock", "batchLock", "Batched LOCK"),
  ...command("batch_unlock", "batchUnlock", "Batched UNLOCK"),
  ...command("2m_lock", "lock2m", "Batched LOCK for pages of 2 MiB: such"),
  ...command("2m_unlock", "unlock2m", "Batched UNLOCK for pages of 2 MiB: such"),
  ...command("doorbell_set", "doorbellSet", "DOORBELL_SET"),
  ...sized("alloc", "alloc", (pages) => `Allocations of pages of ${pages}`),
  ...sized("alloc_fail", "allocFail", (pages) => `Allocations of pages of ${pages} that failed`),
  ...sized("err_alloc", "errAlloc", (pages) => `Pages of ${pages} that the host refused to lock or to unlock`),
  ...sized("err_free", "errFree", (pages) => `Cycles that ended with refused pages of ${pages}, which were freed`),
  ...sized("free", "free", (pages) => `Pages of ${pages} released from the balloon`),
];

function largeOf(s: Readonly<VmwBalloonState>): Pages {
  return s.large * LARGE_PAGE_FRAMES;
}

class VmwBalloonView extends KernelDriverView<VmwBalloonState> implements BalloonView {
  get isLoaded(): boolean {
    return this.s.life === Life.Loaded && this.s.reset > 0;
  }
  get size(): Pages {
    return this.s.small + largeOf(this.s);
  }
  get large(): Pages {
    return largeOf(this.s);
  }
  get target(): Pages {
    return this.s.target;
  }
  get allocated(): Pages {
    const s = this.s;
    return (s.alloc4k - s.allocFail4k + (s.alloc2m - s.allocFail2m) * LARGE_PAGE_FRAMES) >>> 0;
  }
  get freed(): Pages {
    return (this.s.free4k + this.s.free2m * LARGE_PAGE_FRAMES) >>> 0;
  }
  get held(): Pages {
    const { refused, pageSize, split } = this.s;
    return refused * (pageSize === 1 ? LARGE_PAGE_FRAMES : 1) + split;
  }
  get allocationFailures(): number {
    return this.s.allocFail4k + this.s.allocFail2m;
  }
  /** Those after the first one, which belongs to loading. */
  get resets(): number {
    return Math.max(0, this.s.reset - 1);
  }
  get activity(): number {
    const s = this.s;
    return s.alloc4k + s.alloc2m + s.errAlloc4k + s.errAlloc2m + s.free4k + s.free2m + s.start + s.getTargetFail;
  }
}

class VmwBalloon extends KernelDriver<VmwBalloonMachine> {
  readonly view: BalloonView;
  readonly #params: VmwBalloonParams;

  constructor(params: VmwBalloonParams, world: BalloonWorld) {
    validateParams(VMW_BALLOON_PARAMS, params);
    super(new VmwBalloonMachine(params, world.clock.hz), world);
    this.#params = params;
    this.view = new VmwBalloonView(this.machine.state);
  }

  /** The machine reads the time, for the delay after a shrinking. */
  protected override enter(): void {
    this.machine.now = this.world.clock.ticks();
  }

  ring(): void {
    const s = this.machine.state;
    if (s.hasDoorbell === 0) return;
    s.doorbell++;
    // The work is queued again: while it runs, it begins anew at its end (`mod_delayed_work`).
    if (s.request === KernelRequest.None) this.world.clock.wakeNow(this.wake);
    else s.isRung = 1;
  }

  relieve(pages: Pages, isOom: boolean): Pages {
    const machine = this.machine;
    const s = machine.state;
    if (isOom || this.#params.shrinker === 0 || s.life !== Life.Loaded || pages <= 0) return 0;
    s.shrink++;
    if (!machine.canShrink) return 0;
    this.enter();
    const before = machine.size;
    const position = positionOf(s);
    runAtOnce(machine, this.world, machine.shrink(pages));
    machine.shrunk(before - machine.size, position);
    return before - machine.size;
  }

  violated(): string | null {
    const s = this.machine.state;
    const size = this.machine.size;
    const { allocated, freed, refused } = this.view;
    if (s.small < 0 || s.large < 0) return `the balloon has ${s.small} pages of 4 KiB and ${s.large} of 2 MiB`;
    if (s.phase !== 0) return null;
    if (s.refused !== 0 || s.split !== 0) return `between cycles the driver holds ${this.view.held} refused pages`;
    if ((s.resumed + allocated - freed - refused) >>> 0 !== size) {
      return `of ${allocated} pages allocated ${freed} were freed and ${refused} refused, and the balloon has ${size}`;
    }
    return null;
  }

  protected schedule(): void {
    const { clock, cpu } = this.world;
    const s = this.machine.state;
    if (s.isRung === 1) {
      s.isRung = 0;
      return clock.wakeNow(this.wake);
    }
    const now = clock.ticks();
    clock.wakeAt(now + roundTicksRelative(clock.hz, now, clock.hz, cpu), this.wake);
  }
}

/** What `VmwBalloonMachine.shrunk` restores. */
function positionOf(s: Readonly<VmwBalloonState>): Position {
  const { phase, request, count, value, pageSize, wanted, pages, isShort, isComplete, refused, split, goal, tried } = s;
  return { phase, request, count, value, pageSize, wanted, pages, isShort, isComplete, refused, split, goal, tried };
}

/** VMware's balloon driver of Linux 5.x and 6.x: no rates, batches, pages of 2 MiB. */
export const VMW_BALLOON: BalloonPolicy<VmwBalloonParams> = {
  name: "vmw-balloon",
  description: "VMware's balloon driver of Linux 5.x and 6.x: no rates, batches of commands, pages of 2 MiB first",
  alsoCalled: ["mainline"],
  // A reset takes the doorbell back, whether or not the host has granted one.
  sends: (_, capabilities) => [...commandsOf(WANTED_CAPABILITIES & capabilities), Command.DoorbellSet],
  params: VMW_BALLOON_PARAMS,
  defaults: VMW_BALLOON_DEFAULTS,
  columns: COLUMNS,
  validate: (params) => validateParams(VMW_BALLOON_PARAMS, params),
  draw: (draws, isTiny) => ({
    batchPages: isTiny ? draws.whole(1, 8) : draws.size(1, 512),
    maxRefused: isTiny ? draws.whole(1, 4) : draws.whole(1, 64),
    doorbell: draws.whole(0, 1),
    shrinker: draws.whole(0, 1),
    shrinkDelay: draws.whole(1, 6),
  }),
  isKernelOnly: true,
  caveat:
    "in guests that swap huge pages, or memory that nothing uses, the recorded driver reaches its target later than the simulated one (docs/drivers.md)",
  slack: SLACK - 1,
  relief: ({ shrinker }) => ({ inReclaim: shrinker === 1, onOom: false }),
  statistics: (state) => statisticsText(state as unknown as VmwBalloonState),
  create: (params, world) => new VmwBalloon(params, world),
};

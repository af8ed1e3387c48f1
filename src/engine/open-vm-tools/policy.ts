/** The driver of open-vm-tools as a balloon policy. */
import type { BalloonPolicy, BalloonView, BalloonWorld, PolicyColumn } from "../balloon-policy.ts";
import { KernelDriver, KernelDriverView } from "../kernel-driver.ts";
import { validateParams } from "../params.ts";
import { LARGE_PAGE_FRAMES } from "../ports.ts";
import { commandsOf } from "../protocol.ts";
import { Life } from "../requests.ts";
import type { Pages } from "../units.ts";
import {
  ALLOCATION_COLUMNS,
  COMMAND_COLUMNS,
  column,
  counter,
  RATE_COLUMNS,
  RESET_COLUMN,
} from "../vmmemctl/columns.ts";
import { drawRates, rangeProblem } from "../vmmemctl/rates.ts";
import { OpenVmToolsMachine, SLACK } from "./machine.ts";
import { OPEN_VM_TOOLS_DEFAULTS, OPEN_VM_TOOLS_PARAMS, type OpenVmToolsParams } from "./params.ts";
import { type OpenVmToolsState, Phase } from "./state.ts";
import { statisticsText } from "./statistics.ts";
import { SYSTEMS, type System } from "./systems.ts";

const COLUMNS: readonly PolicyColumn[] = [
  ...RATE_COLUMNS,
  column("large", "large", "pages", "level", "The part of the balloon in pages of 2 MiB", {
    read: ({ large }) => (large as number) * LARGE_PAGE_FRAMES,
  }),
  column("counted", "counted", "pages", "level", "The balloon as the driver counts it"),
  column("capabilities", "capabilities", "bits", "level", "Capabilities that the host has granted, a sum of bits"),
  RESET_COLUMN,
  ...COMMAND_COLUMNS,
  ...ALLOCATION_COLUMNS,
  counter("free", "free", "Pages of 4 KiB released from the balloon"),
  counter("refused_alloc", "refusedAlloc", "Refused pages of 4 KiB that a cycle kept to its end"),
  counter("refused_free", "refusedFree", "Those of them that were freed"),
  counter("large_lock", "largeLock", "LOCK commands for pages of 2 MiB"),
  counter("large_lock_fail", "largeLockFail", "LOCK commands for pages of 2 MiB that failed"),
  counter("large_unlock", "largeUnlock", "UNLOCK commands for pages of 2 MiB"),
  counter("large_unlock_fail", "largeUnlockFail", "UNLOCK commands for pages of 2 MiB that failed"),
  counter("large_alloc", "largeAlloc", "Allocations of pages of 2 MiB"),
  counter("large_alloc_fail", "largeAllocFail", "Allocations of pages of 2 MiB that failed"),
  counter("large_free", "largeFree", "Pages of 2 MiB released from the balloon"),
  counter("large_refused_alloc", "largeRefusedAlloc", "Refused pages of 2 MiB that a cycle kept to its end"),
  counter("large_refused_free", "largeRefusedFree", "Those of them that were freed"),
];

class OpenVmToolsView extends KernelDriverView<OpenVmToolsState> implements BalloonView {
  get isLoaded(): boolean {
    const { life, start, startFail } = this.s;
    return life === Life.Loaded && start > startFail;
  }
  get size(): Pages {
    return this.s.small + this.large;
  }
  get large(): Pages {
    return this.s.large * LARGE_PAGE_FRAMES;
  }
  get target(): Pages {
    return this.s.target;
  }
  get allocated(): Pages {
    const s = this.s;
    const small = s.alloc - s.allocFail + s.sleepAlloc - s.sleepAllocFail;
    return (small + (s.largeAlloc - s.largeAllocFail) * LARGE_PAGE_FRAMES) >>> 0;
  }
  get freed(): Pages {
    return (this.s.free + this.s.largeFree * LARGE_PAGE_FRAMES) >>> 0;
  }
  get held(): Pages {
    return this.s.kept + this.s.largeKept * LARGE_PAGE_FRAMES;
  }
  get allocationFailures(): number {
    return this.s.allocFail + this.s.sleepAllocFail + this.s.largeAllocFail;
  }
  /** Those after the first one, which belongs to loading. */
  get resets(): number {
    return Math.max(0, this.s.start - this.s.startFail - 1);
  }
  get activity(): number {
    const s = this.s;
    return s.alloc + s.sleepAlloc + s.largeAlloc + s.unlock + s.largeUnlock + s.start + s.guestType + s.targetFail;
  }
}

class OpenVmTools extends KernelDriver<OpenVmToolsMachine> {
  readonly view: BalloonView;
  readonly #params: OpenVmToolsParams;

  constructor(params: OpenVmToolsParams, world: BalloonWorld) {
    validateParams(OPEN_VM_TOOLS_PARAMS, params);
    super(new OpenVmToolsMachine(params), world);
    this.#params = params;
    this.view = new OpenVmToolsView(this.machine.state);
  }

  override load(): void {
    this.machine.load();
    if ((SYSTEMS[this.#params.system] as System).beginsAtOnce) this.cycle();
    else this.schedule();
  }

  violated(): string | null {
    const s = this.machine.state;
    const { allocated, freed, refused, held, size } = this.view;
    const { allocMax, freeMin, freeMax, slowCycles } = this.#params;
    if (s.small < 0 || s.large < 0) return `the balloon has ${s.small} pages of 4 KiB and ${s.large} of 2 MiB`;
    if (s.counted < size) return `the driver counts ${s.counted} pages of a balloon of ${size}`;
    if (s.rateAlloc < 0 || s.rateAlloc > allocMax) return `the allocation rate is ${s.rateAlloc}`;
    if (s.rateFree < freeMin || s.rateFree > freeMax) return `the release rate is ${s.rateFree}`;
    if (s.slow < 0 || s.slow > slowCycles) return `${s.slow} cycles are to be slow`;
    if (s.phase !== Phase.Idle) return null;
    if (held !== 0) return `between cycles the driver holds ${held} refused pages`;
    if ((s.resumed + allocated - freed - refused) >>> 0 !== size) {
      return `of ${allocated} pages allocated ${freed} were freed and ${refused} refused, and the balloon has ${size}`;
    }
    return null;
  }

  /** A second after the end of a cycle, not at a whole second. */
  protected schedule(): void {
    const { clock } = this.world;
    clock.wakeExactlyAt(clock.ticks() + clock.hz, this.wake);
  }
}

/** VMware's balloon driver of open-vm-tools: the rates of 1.2.1.2-k, and batches. */
export const OPEN_VM_TOOLS: BalloonPolicy<OpenVmToolsParams> = {
  name: "open-vm-tools",
  description: "open-vm-tools' balloon driver for FreeBSD and Solaris, by its text alone: rates that adapt, batches",
  alsoCalled: ["freebsd", "solaris"],
  sends: ({ system }, capabilities) => commandsOf((SYSTEMS[system] as System).wanted & capabilities),
  params: OPEN_VM_TOOLS_PARAMS,
  defaults: OPEN_VM_TOOLS_DEFAULTS,
  columns: COLUMNS,
  validate: (params) => validateParams(OPEN_VM_TOOLS_PARAMS, params),
  rangeProblem,
  draw: (draws, isTiny, memoryPages) => {
    const { yieldThreshold: _, maxRefused: errorPages, ...rates } = drawRates(draws, isTiny, memoryPages);
    // The host may refuse all pages of a cycle, which the driver then takes again and again: with small batches that is millions.
    const batchPages = isTiny ? draws.whole(1, 8) : draws.whole(64, 512);
    return { ...rates, errorPages, batchPages, system: draws.whole(0, SYSTEMS.length - 1) };
  },
  isKernelOnly: true,
  isUnrounded: true,
  caveat: "follows the driver's text, in a Linux guest: no recording of the real driver exists (docs/drivers.md)",
  slack: SLACK - 1,
  statistics: (state) => statisticsText(state as unknown as OpenVmToolsState),
  create: (params, world) => new OpenVmTools(params, world),
};

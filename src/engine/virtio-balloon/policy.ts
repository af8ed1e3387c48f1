/** The balloon driver of KVM's guests as a balloon policy. */
import type { BalloonInstance, BalloonPolicy, BalloonView, BalloonWorld, PolicyColumn } from "../balloon-policy.ts";
import { validateParams } from "../params.ts";
import { KernelRequest, REQUEST_NAMES, RequestLoop, type RequestPorts, runAtOnce } from "../requests.ts";
import type { Pages } from "../units.ts";
import { VirtioBalloonMachine } from "./machine.ts";
import { VIRTIO_BALLOON_DEFAULTS, VIRTIO_BALLOON_PARAMS, type VirtioBalloonParams } from "./params.ts";
import { Life, type Position, type VirtioBalloonState } from "./state.ts";

const total = (name: string, unit: PolicyColumn["unit"], key: keyof VirtioBalloonState, meaning: string) => ({
  ...{ name, unit, kind: "total" as const, meaning, isDefault: false },
  read: (state: Readonly<Record<string, number>>) => (state as unknown as VirtioBalloonState)[key],
});

const COLUMNS: readonly PolicyColumn[] = [
  total("stat_interrupts", "times", "interrupts", "Changes of the target that the host has announced"),
  total("stat_reads", "times", "reads", "Reads of the target, one before each message"),
  total("stat_inflate", "times", "inflateMessages", "Messages with pages for the balloon"),
  total("stat_deflate", "times", "deflateMessages", "Messages with pages from the balloon"),
  total("stat_alloc_fail", "times", "allocationFailures", "Allocations that failed, each followed by a sleep"),
  total("stat_oom", "times", "oomCalls", "Calls of the OOM notifier"),
  total("stat_oom_free", "pages", "oomFreed", "Pages that it has released"),
];

class VirtioBalloonView implements BalloonView {
  readonly state: Readonly<Record<string, number>>;
  readonly refused = 0;
  readonly resets = 0;
  readonly held = 0;
  readonly #s: Readonly<VirtioBalloonState>;

  constructor(state: Readonly<VirtioBalloonState>) {
    this.#s = state;
    this.state = state as unknown as Record<string, number>;
  }

  get isLoaded(): boolean {
    return this.#s.life === Life.Loaded;
  }
  get size(): Pages {
    return this.#s.size;
  }
  get target(): Pages {
    return this.#s.target;
  }
  get allocated(): Pages {
    return this.#s.allocated >>> 0;
  }
  get freed(): Pages {
    return this.#s.freed >>> 0;
  }
  /** What the size and the releases do not account for: pages are in the balloon when the host is told. */
  get locked(): Pages {
    const s = this.#s;
    return (s.size + this.unlocked - s.resumed) >>> 0;
  }
  get unlocked(): Pages {
    const s = this.#s;
    return (s.freed + (s.phase !== 0 && s.request !== KernelRequest.None && this.#isLeaking ? s.pages : 0)) >>> 0;
  }
  get allocationFailures(): number {
    return this.#s.allocationFailures;
  }
  get activity(): number {
    const s = this.#s;
    return s.inflateMessages + s.deflateMessages + s.allocationFailures;
  }
  get waitsFor(): string | null {
    return REQUEST_NAMES[this.#s.request] ?? null;
  }

  get #isLeaking(): boolean {
    const { request, value } = this.#s;
    return request === KernelRequest.Free || (request === KernelRequest.Tell && value === 0);
  }
}

class VirtioBalloon implements BalloonInstance {
  readonly view: BalloonView;
  readonly state: Record<string, number>;
  /** There are no cycles but those that have something to do. */
  readonly isSteady = false;
  readonly #machine: VirtioBalloonMachine;
  readonly #world: BalloonWorld;
  readonly #ports: RequestPorts;
  readonly #loop: RequestLoop;
  readonly #params: VirtioBalloonParams;
  readonly #wake = () => this.cycle();
  #isExitWanted = false;

  constructor(params: VirtioBalloonParams, world: BalloonWorld) {
    validateParams(VIRTIO_BALLOON_PARAMS, params);
    this.#params = params;
    this.#world = world;
    this.#ports = world;
    this.#machine = new VirtioBalloonMachine(params);
    this.#loop = new RequestLoop(this.#machine, this.#ports, () => this.#ended());
    this.state = this.#machine.state as unknown as Record<string, number>;
    this.view = new VirtioBalloonView(this.#machine.state);
  }

  load(): void {
    this.#machine.load();
    this.cycle();
  }

  resume(pages: Pages): void {
    this.#machine.resume(pages);
  }

  cycle(): void {
    const s = this.#machine.state;
    if (this.#isExitWanted || s.request !== KernelRequest.None) return;
    this.#world.events.cycleBegins?.();
    // The listener may have unloaded the driver.
    if (this.#isExitWanted) return;
    s.isQueued = 0;
    this.#loop.run(this.#machine.cycle());
  }

  exit(): void {
    const { life, request } = this.#machine.state;
    if (this.#isExitWanted || life !== Life.Loaded) return;
    this.#isExitWanted = true;
    if (request === KernelRequest.None) this.#loop.run(this.#machine.exit());
  }

  answer(first: number, second: number, third: number, fourth: number): void {
    this.#loop.answer(first, second, third, fourth);
  }

  ring(): void {
    const s = this.#machine.state;
    if (s.life !== Life.Loaded || this.#isExitWanted) return;
    s.interrupts++;
    // The work is queued: while it runs, it begins anew at its end.
    if (s.request === KernelRequest.None) this.#world.clock.wakeNow(this.#wake);
    else s.isQueued = 1;
  }

  relieve(_pages: Pages, isOom: boolean): Pages {
    const machine = this.#machine;
    const s = machine.state;
    if (!isOom || this.#params.deflateOnOom === 0 || s.life !== Life.Loaded) return 0;
    const before = s.size;
    if (before === 0) {
      s.oomCalls++;
      return 0;
    }
    const position = positionOf(s);
    runAtOnce(machine, this.#ports, machine.leakForOom());
    machine.leaked(before - s.size, position);
    return before - s.size;
  }

  skip(cycles: number): void {
    if (cycles !== 0) throw new RangeError(`skip: can't skip ${cycles} cycles: this driver has no idle ones`);
  }

  violated(): string | null {
    const { size, phase, resumed } = this.#machine.state;
    const { allocated, freed } = this.view;
    if (size < 0) return `the balloon has ${size} pages`;
    if (phase !== 0) return null;
    if ((resumed + allocated - freed) >>> 0 === size) return null;
    return `of ${allocated} pages allocated ${freed} were freed, and the balloon has ${size}`;
  }

  #ended(): void {
    const s = this.#machine.state;
    if (s.life === Life.Exited) return;
    const { events, clock } = this.#world;
    events.cycleEnds?.();
    // The listener may have unloaded the driver: then it is no longer idle.
    if (s.request !== KernelRequest.None || s.life !== Life.Loaded) return;
    if (this.#isExitWanted) this.#loop.run(this.#machine.exit());
    else if (s.isQueued === 1) clock.wakeNow(this.#wake);
  }
}

/** What `VirtioBalloonMachine.leaked` restores. */
function positionOf(s: Readonly<VirtioBalloonState>): Position {
  const { phase, request, count, value, difference, pages, isShort, isOom } = s;
  return { phase, request, count, value, difference, pages, isShort, isOom };
}

/** virtio_balloon of Linux 6.1 and 6.12, the driver of guests under KVM. */
export const VIRTIO_BALLOON: BalloonPolicy<VirtioBalloonParams> = {
  name: "virtio-balloon",
  description: "Linux's virtio_balloon: woken by the host, no rates, messages of up to 256 pages",
  params: VIRTIO_BALLOON_PARAMS,
  defaults: VIRTIO_BALLOON_DEFAULTS,
  columns: COLUMNS,
  validate: (params) => validateParams(VIRTIO_BALLOON_PARAMS, params),
  draw: (draws, isTiny) => ({
    messagePages: isTiny ? draws.whole(1, 8) : draws.size(1, 4096),
    retryDelay: isTiny ? draws.whole(1, 20) : draws.whole(1, 2000),
    deflateOnOom: draws.whole(0, 1),
    oomPages: isTiny ? draws.whole(1, 8) : draws.size(1, 4096),
  }),
  isKernelOnly: true,
  caveat:
    "in guests without free memory, more allocations of the recorded driver fail than of the simulated one, and it reaches its target later (docs/drivers.md)",
  isInterrupted: true,
  relief: ({ deflateOnOom }) => ({ inReclaim: false, onOom: deflateOnOom === 1 }),
  create: (params, world) => new VirtioBalloon(params, world),
};

/** The balloon driver of KVM's guests as a balloon policy. */
import type { BalloonPolicy, BalloonView, BalloonWorld, PolicyColumn } from "../balloon-policy.ts";
import { KernelDriver, KernelDriverView } from "../kernel-driver.ts";
import { validateParams } from "../params.ts";
import { KernelRequest, Life, runAtOnce } from "../requests.ts";
import type { Pages } from "../units.ts";
import { VirtioBalloonMachine } from "./machine.ts";
import { VIRTIO_BALLOON_DEFAULTS, VIRTIO_BALLOON_PARAMS, type VirtioBalloonParams } from "./params.ts";
import type { Position, VirtioBalloonState } from "./state.ts";

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
  total("stat_report", "times", "reports", "Messages about free pages (free page reporting)"),
  total("stat_report_pages", "pages", "reported", "Free pages in these messages, each time that they are reported"),
];

class VirtioBalloonView extends KernelDriverView<VirtioBalloonState> implements BalloonView {
  readonly resets = 0;
  readonly held = 0;

  get isLoaded(): boolean {
    return this.s.life === Life.Loaded;
  }
  get size(): Pages {
    return this.s.size;
  }
  get target(): Pages {
    return this.s.target;
  }
  get allocated(): Pages {
    return this.s.allocated >>> 0;
  }
  get freed(): Pages {
    return this.s.freed >>> 0;
  }
  get allocationFailures(): number {
    return this.s.allocationFailures;
  }
  get activity(): number {
    const s = this.s;
    return s.inflateMessages + s.deflateMessages + s.allocationFailures;
  }
}

class VirtioBalloon extends KernelDriver<VirtioBalloonMachine> {
  readonly view: BalloonView;
  readonly #params: VirtioBalloonParams;

  constructor(params: VirtioBalloonParams, world: BalloonWorld) {
    validateParams(VIRTIO_BALLOON_PARAMS, params);
    super(new VirtioBalloonMachine(params), world);
    this.#params = params;
    this.view = new VirtioBalloonView(this.machine.state);
  }

  /** The simulation calls it as well, at any time, while the target moves along a line. */
  override cycle(): void {
    const s = this.machine.state;
    if (s.request !== KernelRequest.None) return;
    s.isQueued = 0;
    super.cycle();
  }

  ring(): void {
    const s = this.machine.state;
    if (s.life !== Life.Loaded) return;
    s.interrupts++;
    // The work is queued: while it runs, it begins anew at its end.
    if (s.request === KernelRequest.None) this.world.clock.wakeNow(this.wake);
    else s.isQueued = 1;
  }

  relieve(_pages: Pages, isOom: boolean): Pages {
    const { machine } = this;
    const s = machine.state;
    if (!isOom || this.#params.deflateOnOom === 0 || s.life !== Life.Loaded) return 0;
    const before = s.size;
    if (before === 0) {
      s.oomCalls++;
      return 0;
    }
    const position = positionOf(s);
    runAtOnce(machine, this.world, machine.leakForOom());
    machine.leaked(before - s.size, position);
    return before - s.size;
  }

  reported(messages: number, pages: Pages): void {
    const s = this.machine.state;
    s.reports += messages;
    s.reported += pages;
  }

  violated(): string | null {
    const { size, phase, resumed } = this.machine.state;
    const { allocated, freed } = this.view;
    if (size < 0) return `the balloon has ${size} pages`;
    if (phase !== 0) return null;
    if ((resumed + allocated - freed) >>> 0 === size) return null;
    return `of ${allocated} pages allocated ${freed} were freed, and the balloon has ${size}`;
  }

  /** Nothing is polled: a cycle follows at once, or the host wakes the driver. */
  protected schedule(): void {
    if (this.machine.state.isQueued === 1) this.world.clock.wakeNow(this.wake);
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
  alsoCalled: ["qemu"],
  sends: () => [],
  params: VIRTIO_BALLOON_PARAMS,
  defaults: VIRTIO_BALLOON_DEFAULTS,
  columns: COLUMNS,
  validate: (params) => validateParams(VIRTIO_BALLOON_PARAMS, params),
  draw: (draws, isTiny) => ({
    messagePages: isTiny ? draws.whole(1, 8) : draws.size(1, 4096),
    retryDelay: isTiny ? draws.whole(1, 20) : draws.whole(1, 2000),
    deflateOnOom: draws.whole(0, 1),
    oomPages: isTiny ? draws.whole(1, 8) : draws.size(1, 4096),
    freePageReporting: draws.apart("free page reporting").whole(0, 1),
  }),
  isKernelOnly: true,
  caveat:
    "in guests without free memory whose memory is in use, the recorded driver reaches its target sooner than the simulated one (docs/drivers.md)",
  isInterrupted: true,
  relief: ({ deflateOnOom }) => ({ inReclaim: false, onOom: deflateOnOom === 1 }),
  reportsFreePages: ({ freePageReporting }) => freePageReporting === 1,
  create: (params, world) => new VirtioBalloon(params, world),
};

import type { FileFigures, MemoryFigures, SwapFigures } from "../../../src/sim/gauge/gauge.ts";
import type { MeasuredPlace } from "../../../src/sim/gauge/this-machine.ts";

/** A machine with 1 GiB, of which so much is available. */
export const meminfo = (availableKib: number, swap = { total: 1_048_576, free: 1_048_576 }): string =>
  [
    "MemTotal:        1048576 kB",
    "MemFree:          500000 kB",
    `MemAvailable:    ${availableKib} kB`,
    `SwapTotal:       ${swap.total} kB`,
    `SwapFree:        ${swap.free} kB`,
  ].join("\n");

/** A pass that was taken, with the size of its region. */
export type TakenPass = readonly [kind: "memory" | "file" | "swap", pages: number];

/** A machine on which passes take virtual time and answer what a test says. */
export class FakePlace implements MeasuredPlace {
  readonly taken: TakenPass[] = [];
  /** Files of the kernel by their paths. */
  readonly files: Map<string, string> = new Map([
    ["/proc/meminfo", meminfo(800_000)],
    ["/proc/loadavg", "0.10 0.20 0.30 1/100 1234"],
  ]);
  /** How long a pass takes, in milliseconds. */
  tookMs = { memory: 20, file: 200, swap: 400 };
  /** The figures of a pass, by its number of that kind from 0 on. */
  memoryFigures = (_number: number): MemoryFigures => ({ faultNs: 700, touchNs: 12, releaseNs: 80 });
  fileFigures = (_number: number): FileFigures => ({ writeNs: 9000, readNs: 7000, dropNs: 300, reclaimNs: 1100 });
  swapFigures = (_number: number): SwapFigures => ({ swapWriteNs: 15_000, swapReadNs: 25_000, swapFaultNs: 2000 });
  /** Called before each pass with the number of all passes before it. */
  beforePass = (_number: number): void => {};
  place: MeasuredPlace["place"] = () => ({ isInMemory: false, freeBytes: 2 ** 40 });
  kernel = "6.1.0-test";
  processors = 4;
  #nowMs = 5000;

  nowMs = (): number => this.#nowMs;
  read = (path: string): string | null => this.files.get(path) ?? null;

  readonly gauge = {
    memory: (pages: number) => this.#pass("memory", pages, this.memoryFigures),
    file: (_directory: string, pages: number) => this.#pass("file", pages, this.fileFigures),
    swap: (pages: number) => this.#pass("swap", pages, this.swapFigures),
    ticksPerSecond: () => 1000,
  };

  /** Number of passes of a kind. */
  count(kind: TakenPass[0]): number {
    return this.taken.filter(([other]) => other === kind).length;
  }

  async #pass<Figures>(kind: TakenPass[0], pages: number, figures: (number: number) => Figures): Promise<Figures> {
    this.beforePass(this.taken.length);
    this.#nowMs += this.tookMs[kind];
    const number = this.count(kind);
    this.taken.push([kind, pages]);
    return figures(number);
  }
}

/** A machine whose files show, second by second, what recorded runs of a kernel's driver had: for tests of shadows. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RecordingClock } from "../../../src/common/record/recorder.ts";
import {
  DEFAULT_RATES,
  createState as oldState,
  statisticsText,
  vmwBalloonStatistics,
} from "../../../src/engine/index.ts";
import { createState as mainlineState } from "../../../src/engine/vmw-balloon/state.ts";
import { writeFiles } from "./fake-machine.ts";

/** A row of a recorded run, by the names of its columns. */
export type RecordedRow = Readonly<Record<string, number>>;

/** The rows of a recorded run of the VM lab, and what its heading says of the machine. */
export interface RecordedRows {
  readonly rows: readonly RecordedRow[];
  readonly memTotalKib: number;
  readonly swapTotalKib: number;
  readonly zones: string;
}

/** Reads a recorded run of the VM lab. */
export function recordedRows(path: string): RecordedRows {
  const lines = readFileSync(path, "utf8")
    .split("\n")
    .map((line) => line.trimEnd());
  const sizes = lines.find((line) => line.startsWith("# MemTotal:")) ?? "";
  const [memTotalKib = 0, swapTotalKib = 0] = [...sizes.matchAll(/(\d+) kB/g)].map(([, kib]) => Number(kib));
  const heading = (lines.find((line) => line.startsWith("t_s,")) ?? "").split(",");
  const rows = lines
    .filter((line) => /^\d/.test(line))
    .map((line) => Object.fromEntries(line.split(",").map((value, i) => [heading[i], Number(value)])));
  const zones = (lines.find((line) => line.startsWith("# zone pages:")) ?? "").replace(
    / (min|low|high) /g,
    "\n        $1 ",
  );
  return { rows, memTotalKib, swapTotalKib, zones: `${zones}\n` };
}

/** The text of the driver's file with rates, as of Linux up to 4.3. */
const oldLayout = (target: number, size: number): string =>
  statisticsText({ ...oldState(DEFAULT_RATES), target, size });

/** The text of the driver's file of today. */
const mainlineLayout = (target: number, size: number): string =>
  vmwBalloonStatistics({ ...mainlineState(), target, small: size, large: 0 });

/** Layouts of the driver's statistics, by its names in recorded runs. */
export const LAYOUTS = { old: oldLayout, mainline: mainlineLayout } as const;
export type Layout = keyof typeof LAYOUTS;

/** Seconds between two recorded runs. */
const PAUSE_ROWS = 6;

/** The files of a machine that repeats recorded runs, one after the other, at a row a second, with pauses in which no driver is loaded. */
export class ShadowedMachine {
  readonly proc: string;
  readonly sys: string;
  readonly vmmemctl: string;
  /** Seconds that there are rows and pauses for. */
  readonly seconds: number;
  readonly #rows: readonly (readonly [RecordedRow, RecordedRows] | null)[];
  readonly #layout: Layout;

  constructor(directory: string, runs: readonly RecordedRows[], layout: Layout) {
    this.proc = join(directory, "proc");
    this.sys = join(directory, "sys");
    this.vmmemctl = join(directory, "vmmemctl");
    this.#layout = layout;
    this.#rows = runs.flatMap((run) => [
      ...run.rows.map((row) => [row, run] as const),
      ...Array.from({ length: PAUSE_ROWS }, () => null),
    ]);
    this.seconds = this.#rows.length;
    writeFiles(directory, {
      "proc/sys/kernel/osrelease": "6.1.0-56-cloud-amd64\n",
      "proc/sys/kernel/hostname": "guest\n",
      "proc/stat": "cpu  1 0 1 1\ncpu0 1 0 1 1\ncpu1 1 0 1 1\n",
      "sys/kernel/mm/transparent_hugepage/enabled": "[always] madvise never\n",
    });
    this.show(0);
  }

  /** Puts the row of a second into the files. */
  show(second: number): void {
    const at = this.#rows[Math.min(second, this.seconds - 1)];
    if (at === undefined || at === null) {
      writeFileSync(this.vmmemctl, "");
      return;
    }
    const [row, { memTotalKib, swapTotalKib, zones }] = at;
    const value = (name: string): number => row[name] as number;
    const kib = (name: string, amount: number): string => `${name}: ${String(amount).padStart(12)} kB\n`;
    writeFiles(this.proc, {
      meminfo:
        kib("MemTotal", memTotalKib) +
        kib("MemFree", value("free_kB")) +
        kib("Buffers", value("buffers_kB")) +
        kib("Cached", value("cached_kB")) +
        kib("SwapTotal", swapTotalKib) +
        kib("SwapFree", value("swapfree_kB")) +
        kib("AnonPages", value("anon_kB")),
      vmstat: `pswpin ${value("pswpin")}\npswpout ${value("pswpout")}\noom_kill ${value("oom_kill")}\n`,
      zoneinfo: zones,
      "pressure/memory": `some avg10=0.00 avg60=0.00 avg300=0.00 total=${value("psi_some_us")}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=${value("psi_full_us")}\n`,
    });
    writeFileSync(this.vmmemctl, LAYOUTS[this.#layout](value("target"), value("size")));
  }

  /** A clock whose seconds are rows: time passes only while it is slept for. */
  clock(): RecordingClock {
    let nowUs = 0;
    return {
      wallMs: () => Date.UTC(2027, 1, 14, 10) + nowUs / 1000,
      monotonicUs: () => nowUs,
      sleepUntil: async (us) => {
        nowUs = Math.max(nowUs, us);
        this.show(Math.round(nowUs / 1e6));
      },
    };
  }
}

import { readFileSync } from "node:fs";
import { medianOf } from "../../../src/common/statistics.ts";
import { type RunOptions, runTrace } from "../../../src/sim/core.ts";
import { ROOT } from "../processes/command.ts";
import { tableRow } from "./generated.ts";

/** Bundled traces in which the guest needs memory that the host wants. */
const TRACES = ["spike", "thrash", "cache-heavy", "no-swap-oom", "ramp", "sawtooth"] as const;
const WORLDS = [1, 2, 3, 4, 5] as const;
const TUNED = { "nosleep-alloc-max": 94_689, "free-max": 74_442, "alloc-max": 3_259, "slow-cycles": 1 };

/** The drivers and rates of lab/rate-control.md, as options of a run and changes of its guest. */
const VARIANTS: readonly { readonly name: string; readonly options: RunOptions; readonly guest?: object }[] = [
  { name: "mainline", options: { driver: "vmw-balloon" } },
  { name: "2010", options: { driver: "vmmemctl" } },
  { name: "tuned", options: { driver: "vmmemctl", rates: TUNED } },
  { name: "gentle", options: { driver: "vmmemctl", rates: { ...TUNED, "alloc-max": 512, "alloc-min": 64 } } },
  { name: "daemon", options: { driver: "vmmemctl", rates: TUNED }, guest: { profile: "balloon-hw" } },
];

const FIGURES = [
  ["time_to_target", 1],
  ["unreached", 0],
  ["stall_full", 2],
  ["swap_traffic", 0],
  ["oom_kills", 0],
  ["backdoor_calls", 0],
] as const;

/** The objectives of one trace with one driver, as medians over the worlds, in the order of `FIGURES`. */
function objectives(text: string, options: RunOptions): number[] {
  const runs = WORLDS.map((world) => {
    const { summary } = runTrace(text, { ...options, world, every: "1h" });
    return summary.objectives as Readonly<Record<string, number>>;
  });
  return FIGURES.map(([name]) => medianOf(runs.map((of) => of[name] as number)));
}

/** A row for each bundled trace under pressure and each driver. */
export function bundledTable(): string {
  const titles = ["time to target, s", "targets not reached", "full, s", "swap, pages", "OOM kills", "commands"];
  const rows = TRACES.flatMap((trace) => {
    const document = JSON.parse(readFileSync(`${ROOT}/traces/${trace}.json`, "utf8")) as { guest: object };
    return VARIANTS.map(({ name, options, guest = {} }) => {
      const text = JSON.stringify({ ...document, guest: { ...document.guest, ...guest } });
      const values = objectives(text, options);
      return tableRow([trace, name, ...values.map((value, i) => value.toFixed(FIGURES[i]?.[1]))]);
    });
  });
  return [
    tableRow(["trace", "driver", ...titles]),
    tableRow(["---", "---", ...titles.map(() => "---:")]),
    ...rows,
  ].join("\n");
}

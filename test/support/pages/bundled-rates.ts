import { readFileSync } from "node:fs";
import { type RunOptions, runTrace } from "../../../src/sim/core.ts";
import { parseSettings } from "../../../src/sim/fidelity/lab/settings.ts";
import { VARIANTS, type Variant } from "../data/compared-runs.ts";
import { labScenarios } from "../data/lab-tables.ts";
import { ROOT } from "../processes/command.ts";
import { spreadCell, tableRow } from "./generated.ts";

/** Bundled traces in which the guest needs memory that the host wants. */
const TRACES = ["spike", "thrash", "cache-heavy", "no-swap-oom", "ramp", "sawtooth"] as const;
const WORLDS = [1, 2, 3, 4, 5] as const;

/** A driver and its rates, as options of a run and changes of its guest. */
interface Configuration {
  readonly name: string;
  readonly options: RunOptions;
  readonly guest: object;
}

/** What the scenarios of a variant run, apart from what is their guest and host. */
function configurationOf(variant: Variant): Configuration {
  const scenario = labScenarios().find(({ name }) => name === `compare-idle-${variant}`);
  if (scenario === undefined) throw new Error(`there is no scenario of ${variant}`);
  const { policy, rates, daemon } = parseSettings(`mem=${scenario.memory} ${scenario.settings}`, scenario.name);
  const guest =
    daemon === null ? {} : { profile: "balloon-hw", ...(daemon.floor === null ? {} : { floor: daemon.floor }) };
  return { name: variant, options: { driver: policy.name, rates }, guest };
}

/** Those of lab/rate-control.md, and the driver that no lab has, as it comes. */
const configurations = (): Configuration[] => [
  ...VARIANTS.map(configurationOf),
  { name: "open-vm-tools", options: { driver: "open-vm-tools" }, guest: {} },
];

const FIGURES = [
  { objective: "time_to_target", title: "time to target, s", digits: 1 },
  { objective: "unreached", title: "targets not reached", digits: 0 },
  { objective: "stall_full", title: "full, s", digits: 2 },
  { objective: "swap_traffic", title: "swap, pages", digits: 0 },
  { objective: "oom_kills", title: "OOM kills", digits: 0 },
  { objective: "backdoor_calls", title: "commands", digits: 0 },
] as const;

/** A row for each bundled trace under pressure and each driver. */
export function bundledTable(): string {
  const all = configurations();
  const rows = TRACES.flatMap((trace) => {
    const document = JSON.parse(readFileSync(`${ROOT}/traces/${trace}.json`, "utf8")) as { guest: object };
    return all.map(({ name, options, guest }) => {
      const text = JSON.stringify({ ...document, guest: { ...document.guest, ...guest } });
      const runs = WORLDS.map((world) => {
        const { summary } = runTrace(text, { ...options, world, every: "1h" });
        return summary.objectives as Readonly<Record<string, number>>;
      });
      const cells = FIGURES.map(({ objective, digits }) =>
        spreadCell(
          runs.map((of) => of[objective] as number),
          digits,
        ),
      );
      return tableRow([trace, name, ...cells]);
    });
  });
  return [
    tableRow(["trace", "driver", ...FIGURES.map(({ title }) => title)]),
    tableRow(["---", "---", ...FIGURES.map(() => "---:")]),
    ...rows,
  ].join("\n");
}

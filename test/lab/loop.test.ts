/** What `lab/evidence/loop.mjs` recorded in VMs, and what the simulation had predicted of it: the tables of docs/loop.md. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseRates } from "../../src/common/rates-file.ts";
import { type Rates, VMMEMCTL } from "../../src/engine/index.ts";
import { variationOf } from "../../src/sim/calibrate/model.ts";
import type { CurveId } from "../../src/sim/fidelity/curves.ts";
import { readRun } from "../../src/sim/fidelity/read-run.ts";
import type { RecordedRun } from "../../src/sim/fidelity/recorded-run.ts";
import { replay } from "../../src/sim/fidelity/replay.ts";
import { parseMachine } from "../../src/sim/trace/machines.ts";
import { spreadCell, tableRow, withParts } from "../support/pages/generated.ts";
import { ROOT } from "../support/processes/command.ts";

const DIRECTORY = join(ROOT, "lab/evidence/loop");
const textOf = (name: string): string => readFileSync(join(DIRECTORY, name), "utf8");
const recorded = (phase: string): RecordedRun[] =>
  readdirSync(DIRECTORY)
    .filter((name) => name.startsWith(`${phase}.`) && name.endsWith(".jsonl"))
    .sort()
    .map((name) => readRun(join(DIRECTORY, name)));

const machine = parseMachine(textOf("machine.json"), "machine.json");
const tuned = parseRates(VMMEMCTL, join(DIRECTORY, "rates.json"));
const before = recorded("before");
const after = recorded("after");
const WORLDS = [1, 2, 3, 4, 5];

/** A run, row by row. */
type Run = Pick<RecordedRun, "timeUs" | "target" | "curves">;

/** The first recording without the tuned constants, replayed with these constants: nothing in it is of the runs to predict. */
const predicted = (rates: Rates | null): Run[] => {
  const [first] = before as [RecordedRun];
  const run = rates === null ? first : { ...first, replay: { ...first.replay, rates } };
  return WORLDS.map((world) => ({ timeUs: run.timeUs, ...replay(run, {}, machine, variationOf(world)) }));
};

const PAGES_PER_MIB = 256;
const curve = ({ curves }: Run, id: CurveId): readonly number[] => curves.get(id) as readonly number[];
const lastOf = (values: readonly number[]): number => (values.at(-1) as number) - (values[0] as number);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Mean time from a change of the target, up or down, to the first row with that size; Infinity if one is not reached. */
function secondsToTarget(run: Run, up: boolean): number {
  const { timeUs, target } = run;
  const size = curve(run, "size");
  const at = (row: number): number => target[row] as number;
  const changes = target.flatMap((pages, row) =>
    row > 0 && pages !== at(row - 1) && pages > at(row - 1) === up ? [row] : [],
  );
  return mean(
    changes.map((row) => {
      const reached = timeUs.findIndex((_, i) => i >= row && at(i) === at(row) && size[i] === at(row));
      return reached === -1 ? Number.POSITIVE_INFINITY : ((timeUs[reached] as number) - (timeUs[row] as number)) / 1e6;
    }),
  );
}

/** Mean over the rows of what the balloon lacks of its target, or has beyond it, in MiB. */
const distance = (run: Run, sign: 1 | -1): number =>
  mean(
    run.target.map((pages, row) => Math.max(0, sign * (pages - (curve(run, "size")[row] as number))) / PAGES_PER_MIB),
  );

const FIGURES: readonly (readonly [title: string, digits: number, read: (run: Run) => number])[] = [
  ["time to a higher target, s", 1, (run) => secondsToTarget(run, true)],
  ["time to a lower target, s", 1, (run) => secondsToTarget(run, false)],
  ["lacking, MiB, mean", 1, (run) => distance(run, 1)],
  ["beyond, MiB, mean", 1, (run) => distance(run, -1)],
  ["PSI some, s", 2, (run) => lastOf(curve(run, "some"))],
  ["PSI full, s", 2, (run) => lastOf(curve(run, "full"))],
  ["swapped at the end, MiB", 0, (run) => lastOf(curve(run, "swap")) / PAGES_PER_MIB],
];

test("docs/loop.md has what was recorded and what was predicted", async () => {
  const columns: readonly (readonly [string, readonly Run[]])[] = [
    ["before: recorded", before],
    ["before: simulated", predicted(null)],
    ["after: predicted", predicted(tuned)],
    ["after: recorded", after],
  ];
  const figures = (): string =>
    [
      tableRow(["figure", ...columns.map(([title]) => title)]),
      tableRow(["---", ...columns.map(() => "---:")]),
      ...FIGURES.map(([title, digits, read]) =>
        tableRow([title, ...columns.map(([, runs]) => spreadCell(runs.map(read), digits))]),
      ),
    ].join("\n");
  const rates = (): string =>
    [
      tableRow(["constant", "driver's", "tuned"]),
      tableRow(["---", "---:", "---:"]),
      ...VMMEMCTL.params
        .map(({ key, name }) => [
          `\`${name}\``,
          String(VMMEMCTL.defaults[key as keyof Rates]),
          String(tuned[key as keyof Rates]),
        ])
        .filter(([, defaults, chosen]) => defaults !== chosen)
        .map(tableRow),
    ].join("\n");
  const page = readFileSync(join(ROOT, "docs/loop.md"), "utf8");
  await expect(withParts(page, { figures, rates })).toMatchFileSnapshot("../../docs/loop.md");
});

/** Remarks about the traces of a study: rules of their hosts without effect, targets that say little about a goal. */
import { escapeUnsafe } from "../../../common/quote.ts";
import type { BalloonPolicy, Params } from "../../../engine/index.ts";
import { ignoredRules, remarkForAll } from "../../host/ignored-rules.ts";
import { idleRulesRemark } from "../../host/unused-rules.ts";
import { unusedRulesIn } from "../../output/caveats.ts";
import { Simulation } from "../../run/simulation.ts";
import { SERIES_TARGET } from "../../trace/types.ts";
import type { Space } from "../../tune/space.ts";
import type { HeldTrace } from "../../tune/study/held-trace.ts";
import type { LoadedTrace } from "./loaded-trace.ts";

/** A driver, and the values of its parameters that some runs have. */
export interface RunDriver {
  readonly policy: BalloonPolicy;
  readonly params: readonly Params[];
}

/** The driver of a search, with the ends of each varied parameter, or its listed values, and the reference. */
export const driverOfSpace = (policy: BalloonPolicy, { parameters, base, reference }: Space): RunDriver => ({
  policy,
  params: [
    reference,
    ...parameters.flatMap(({ key, min, max, values }) =>
      (values.length > 0 ? values : [min, max]).map((value) => ({ ...base, [key]: value })),
    ),
  ],
});

/** Remarks about rules of the traces' hosts that have no effect on the drivers, one sentence per trace and driver. */
export const ignoredRulesRemarks = (drivers: readonly RunDriver[], loaded: readonly LoadedTrace[]): string[] =>
  drivers.flatMap((driver) =>
    loaded.flatMap(({ text, held }) => {
      const remark = ignoredBy(driver, held);
      return remark === null ? [] : [`${escapeUnsafe(text.trace)}: ${remark}`];
    }),
  );

/** A run that stands for those of many constants of a driver. */
export interface ExampleRun {
  readonly policy: BalloonPolicy;
  readonly rates: Params;
  /** Whose run it is, such as `trial 0`. */
  readonly of: string;
}

/**
 * Remarks about rules of the traces' hosts that answer no command in example runs, which are made for that where a trace has
 * rules that could. One sentence per trace and run.
 * @param seed of the runs
 */
export const idleRulesRemarks = (
  examples: readonly ExampleRun[],
  loaded: readonly LoadedTrace[],
  seed: string,
): string[] =>
  examples.flatMap((example) =>
    loaded.flatMap(({ text, held }) => {
      const remark = idleIn(example, held, seed);
      return remark === null
        ? []
        : [`${escapeUnsafe(text.trace)}: in the run of ${escapeUnsafe(example.of)}, ${remark}`];
    }),
  );

function idleIn({ policy, rates }: ExampleRun, held: HeldTrace, seed: string): string | null {
  const { host } = held.trace;
  if (ignoredRules(policy, rates, host).length === host.rules.length) return null;
  try {
    const simulation = new Simulation(held.open(), { policy, rates, seed });
    simulation.run();
    return idleRulesRemark(unusedRulesIn(simulation.view));
  } catch {
    // The command makes the same run, and reports why it fails.
    return null;
  }
}

/** A remark about rules of a trace that have no effect on a driver; null: there are none. */
export const ignoredBy = ({ policy, params }: RunDriver, { trace }: HeldTrace): string | null =>
  remarkForAll(policy, params, trace.host);

/** Objectives that are means over the changes of the target. */
const OF_CHANGES: ReadonlySet<string> = new Set(["time_to_target", "reclaim_time", "give_back_time", "unreached"]);

/**
 * Remarks about tuning traces for a goal that is a mean over changes of the target: those without a change to count,
 * and imported traces with a single one. One sentence per trace.
 */
export function oneChangeRemarks(loaded: readonly LoadedTrace[], goals: readonly { objective: string }[]): string[] {
  const goal = goals.find(({ objective }) => OF_CHANGES.has(objective))?.objective;
  if (goal === undefined) return [];
  return loaded.flatMap(({ role, held, text }) => {
    if (role !== "tune") return [];
    const { jumps, hasLines } = targetMoves(held);
    const name = escapeUnsafe(text.trace);
    if (jumps === 0 && hasLines) {
      return [
        `${name}: its target moves along lines and never jumps, so ${goal} is 0 there for all constants: take another ` +
          "objective, such as reclaimed_area, or a target that jumps (--target FILE.json with points)",
      ];
    }
    if (jumps !== 1 || hasLines || held.trace.origin.kind !== "imported") return [];
    return [
      `${name}: its target changes once only, so ${goal} depends on one event there: a target that changes ` +
        "repeatedly is better (--target FILE.json with points and repeat)",
    ];
  });
}

/**
 * The moves of the target: jumps, up to two, including a first value that differs from the balloon's size at time 0;
 * and whether it moves along lines, which do not count as changes.
 */
function targetMoves(held: HeldTrace): { jumps: number; hasLines: boolean } {
  const source = held.open();
  const change = { atUs: 0, series: 0, value: 0, untilUs: 0, untilValue: 0 };
  let before = held.trace.guest.balloon;
  let jumps = 0;
  let hasLines = false;
  while (jumps < 2 && source.next(change)) {
    if (change.series !== SERIES_TARGET || Number.isNaN(change.value)) continue;
    const isLine = change.untilUs > change.atUs && change.untilValue !== change.value;
    if (change.value !== before) jumps++;
    hasLines ||= isLine;
    before = isLine ? change.untilValue : change.value;
  }
  source.close();
  return { jumps, hasLines };
}

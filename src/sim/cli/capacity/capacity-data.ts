/** The capacity of a host for programs: CSV and JSON. */
import { safeJson } from "../../../common/quote.ts";
import { PAGE_BYTES, type Pages } from "../../../common/units.ts";
import { configuredOf } from "../../hosts/capacity/axis.ts";
import type { TrialResult } from "../../hosts/capacity/trial.ts";
import { csvLines } from "../../output/csv.ts";
import { type CapacityReport, placeOf, ratioOf, wholeRun } from "./report.ts";

const bytes = (pages: Pages): number => pages * PAGE_BYTES;
const seconds = (us: number | null): number | null => (us === null ? null : us / 1e6);

/** A line for each policy. */
export const capacityCsv = (report: CapacityReport): string =>
  csvLines([
    [
      ...["host", "policy", "memory_bytes", "vms", "configured_bytes", "overcommit"],
      ...["broken_memory_bytes", "broken_vms", "requirement", "vm", "value", "broken_at_s", "world", "points", "runs"],
    ],
    ...report.policies.map(({ name, capacity: { least, breaks, tried, runs } }) => {
      const place = least === null ? null : placeOf(report, least);
      const broken = breaks === null ? null : placeOf(report, breaks.index);
      const breach = breaks?.trial.breach ?? null;
      return [
        ...[report.host.name, name],
        ...(place === null
          ? ["", "", "", ""]
          : [bytes(place.memory), place.vms, bytes(place.configured), ratioOf(place)]),
        ...(broken === null ? ["", ""] : [bytes(broken.memory), broken.vms]),
        breach === null ? "" : report.requirements[breach.requirement]?.text,
        ...[breach?.vm, breach?.value, seconds(breaks?.trial.atUs ?? null), breaks?.world, tried.length, runs],
      ];
    }),
  ]);

/** Everything, as JSON. */
export const capacityJson = (report: CapacityReport): string => `${safeJson(capacityObject(report), 2)}\n`;

/** Everything, as one object. */
export function capacityObject(report: CapacityReport): Readonly<Record<string, unknown>> {
  const { host, over, group, requirements, untilUs, worlds, axis, policies } = report;
  const place = (index: number) => {
    const { memory, vms, configured } = placeOf(report, index);
    return { memory_bytes: bytes(memory), vms, overcommit: configured / memory };
  };
  const trial = ({ breach, atUs, worst, isCut }: TrialResult) => ({
    breach:
      breach === null
        ? null
        : {
            requirement: requirements[breach.requirement]?.text,
            vm: breach.vm,
            value: breach.value,
            // Of a run that ended at the breach it is only what was known then.
            ...(isCut ? { is_bound: true } : {}),
            broken_at_s: seconds(atUs),
            worst:
              worst === null
                ? null
                : {
                    from_s: seconds(worst.fromUs),
                    until_s: seconds(worst.untilUs),
                    cause: worst.cause,
                    state: worst.state,
                  },
          },
  });
  return {
    host: host.name,
    file: {
      policy: host.policy.name,
      memory_bytes: bytes(host.memory),
      vms: host.vms.length,
      configured_bytes: bytes(configuredOf(host)),
    },
    over,
    group,
    requirements: requirements.map(({ text }) => text),
    until_s: seconds(untilUs),
    worlds,
    step: over === "memory" ? bytes(axis.step) : axis.step,
    from: place(0),
    to: place(axis.points.length - 1),
    policies: policies.map(({ name, capacity }) => ({
      policy: name,
      least: capacity.least === null ? null : place(capacity.least),
      breaks:
        capacity.breaks === null
          ? null
          : {
              ...place(capacity.breaks.index),
              world: capacity.breaks.world,
              failing_worlds: capacity.breaks.failing,
              ...trial(capacity.breaks.trial),
            },
      worlds: capacity.worlds.map(({ world, least, isLimit }) => ({ world, ...place(least), may_be_harder: isLimit })),
      worse_though_easier: capacity.reversals.map(({ world, fails, holds }) => ({
        world,
        fails: place(fails),
        holds: place(holds),
      })),
      runs: capacity.runs,
      points: capacity.tried.map(({ index, holds, runs }) => ({
        ...place(index),
        holds,
        runs: runs.map((one) => ({ world: one.world, ...trial(wholeRun(capacity, index, one).trial) })),
      })),
    })),
    assumed: host.assumed,
  };
}

/** The data of a fleet's page. */
import { type StripQuantity, type Strips, widened } from "../../output/strips.ts";
import type { Summary } from "../../output/summary.ts";
import { columnsFor, type TriageColumn } from "../../output/triage/columns.ts";
import { type FigureSpread, spreadIn } from "../../output/triage/spread.ts";
import { groupsOf, type TriageChoice, triage } from "../../output/triage/triage.ts";
import type { FleetColumn, FleetModel, FleetSpread, FleetStrip } from "../model.ts";
import { pack, packRounded } from "../pack.ts";

/** A trace of a fleet, and its runs. */
export interface FleetCase {
  readonly label: string;
  readonly file: string;
  /** One for each world. */
  readonly summaries: readonly Summary[];
  /** Those of world 1. */
  readonly strips: Strips;
}

/** A fleet that has been run. */
export interface Fleet {
  readonly cases: readonly FleetCase[];
  readonly choice: TriageChoice;
  /** Options of the command, for that which reports a single run; empty: none. */
  readonly options: string;
}

/** Columns behind the usual ones of many runs. */
const FURTHER = ["swap_traffic"];

/** What a value of a strip is, from the integral over an interval. */
const STRIPS: readonly (Omit<FleetStrip, "most" | "levels"> & {
  readonly of: StripQuantity;
  readonly perUs: number;
})[] = [
  strip(
    "stall_full",
    "Full stall",
    "share",
    1,
    "Part of the time in which all non-idle tasks waited for memory (PSI full).",
  ),
  strip("stall_some", "Some stall", "share", 1, "Part of the time in which some task waited for memory (PSI some)."),
  strip("swap", "Swap rate", "pace", 1e6, "Pages written to swap and read back, a second."),
  strip("distance", "Distance from target", "size", 1, "Mean distance between the balloon's size and its target."),
  strip("size", "Balloon", "size", 1, "Mean size of the balloon."),
  strip("kills", "OOM kills", "kills", 0, "Kills by the OOM killer."),
];

function strip(of: StripQuantity, title: string, kind: FleetStrip["kind"], perUs: number, meaning: string) {
  return { of, name: of, title, kind, perUs, meaning };
}

/** The data of the page. */
export function fleetModel({ cases, choice, options }: Fleet): FleetModel {
  const ranked = triage(
    cases.map(({ summaries }) => summaries),
    choice,
  );
  const widthUs = cases.reduce((most, { strips }) => Math.max(most, strips.widthUs), 0);
  const strips = cases.map((one) => widened(one.strips, widthUs));
  const intervals = strips.reduce((most, { values }) => Math.max(most, values.size.length), 0);
  return {
    labels: cases.map(({ label }) => label),
    files: cases.map(({ file }) => file),
    order: ranked.map(({ index }) => index),
    columns: columnsFor(choice, FURTHER).map((column) => columnOf(column, cases)),
    groups: groupsOf(ranked, choice).map(({ title, cases }) => ({ title, runs: cases.map(({ index }) => index) })),
    intervalSeconds: widthUs / 1e6,
    intervals,
    lengths: pack(strips.map(({ values }) => values.size.length)),
    strips: STRIPS.flatMap((one) => stripOf(one, strips, intervals)),
    options,
  };
}

function columnOf({ figure, title }: TriageColumn, cases: readonly FleetCase[]): FleetColumn {
  const spreads = cases.map(({ summaries }) => spreadIn(figure, summaries));
  return {
    name: figure.name,
    title,
    kind: figure.unit,
    worse: figure.worse,
    values: packRounded(spreads.map(({ rank }) => rank)),
    bounds: spreads.some(({ isBound }) => isBound) ? pack(spreads.map(({ isBound }) => Number(isBound))) : null,
    spread: spreadsOf(spreads),
  };
}

function spreadsOf(spreads: readonly FigureSpread[]): FleetSpread | null {
  const worlds = spreads[0]?.worlds ?? 1;
  if (worlds === 1) return null;
  const packed = (of: "median" | "lowest" | "highest" | "none") => packRounded(spreads.map((one) => one[of]));
  return {
    worlds,
    median: packed("median"),
    lowest: packed("lowest"),
    highest: packed("highest"),
    none: packed("none"),
  };
}

/** A quantity of all runs; kills are left out if there are none. */
function stripOf(
  { of, perUs, name, title, meaning, kind }: (typeof STRIPS)[number],
  all: readonly Strips[],
  intervals: number,
): FleetStrip[] {
  const most: number[] = [];
  const levels = new Uint8Array(all.length * intervals);
  all.forEach(({ values, widthUs, endUs }, run) => {
    const own = Array.from(values[of], (value, i) => {
      const us = Math.min(widthUs, endUs - i * widthUs);
      return perUs === 0 ? value : us <= 0 ? 0 : (value / us) * perUs;
    });
    const top = Math.fround(own.reduce((a, b) => Math.max(a, b), 0));
    most.push(top);
    own.forEach((value, i) => {
      levels[run * intervals + i] = top === 0 ? 0 : Math.min(255, Math.ceil((value / top) * 255));
    });
  });
  if (kind === "kills" && most.every((top) => top === 0)) return [];
  return [{ name, title, meaning, kind, most: packRounded(most), levels: pack(levels) }];
}

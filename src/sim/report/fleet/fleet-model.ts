/** The data of a fleet's page. */

import { medianOf } from "../../../common/statistics.ts";
import { type StripQuantity, type Strips, widened } from "../../output/strips.ts";
import type { Summary } from "../../output/summary.ts";
import { labelOf } from "../../output/summary-figures.ts";
import { type RankFigure, rankFigure } from "../../output/triage/figures.ts";
import { type TriageChoice, type TriagedCase, triage, valuesIn } from "../../output/triage/triage.ts";
import type { FleetColumn, FleetGroup, FleetModel, FleetStrip } from "../model.ts";
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

const TITLES: Readonly<Record<string, string>> = {
  oom_kills: "OOM kills",
  downtime: "Down",
  stall_full: "Stalled, full",
  stall_some: "Stalled, some",
  unreached: "Missed targets",
  largest_inflation_time_to_target_s: "Largest inflation",
  swap_traffic: "Swapped",
};

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

/** The data of the page, and the traces in the order of its table. */
export function fleetModel({
  cases,
  choice,
  options,
}: Fleet): FleetModel & { readonly ranked: readonly TriagedCase[] } {
  const ranked = triage(
    cases.map(({ summaries }) => summaries),
    choice,
  );
  const widthUs = cases.reduce((most, { strips }) => Math.max(most, strips.widthUs), 0);
  const strips = cases.map((one) => widened(one.strips, widthUs));
  const intervals = strips.reduce((most, { values }) => Math.max(most, values.size.length), 0);
  return {
    ranked,
    labels: cases.map(({ label }) => label),
    files: cases.map(({ file }) => file),
    order: ranked.map(({ index }) => index),
    columns: columnsFor(choice).map((column) => columnOf(column, cases)),
    groups: groupsOf(ranked, choice),
    intervalSeconds: widthUs / 1e6,
    intervals,
    lengths: pack(strips.map(({ values }) => values.size.length)),
    strips: STRIPS.flatMap((one) => stripOf(one, strips, intervals)),
    options,
  };
}

/** The usual figures, with the chosen ones in front of them. */
function columnsFor({ sort, warnings }: TriageChoice): RankFigure[] {
  const wanted = [...(sort === null ? [] : [sort]), ...warnings.map(({ figure }) => figure)];
  const usual = Object.keys(TITLES);
  return [...new Set([...wanted.filter((name) => !usual.includes(name)), ...usual])].map(rankFigure);
}

function columnOf(figure: RankFigure, cases: readonly FleetCase[]): FleetColumn {
  const { name, unit, worse } = figure;
  const values = cases.map(({ summaries }) => {
    const found = valuesIn(figure, summaries);
    return found.length === 0 ? Number.NaN : medianOf(found);
  });
  const label = labelOf(name);
  const title = TITLES[name] ?? label.charAt(0).toUpperCase() + label.slice(1);
  return { name, title, kind: unit, worse, values: packRounded(values) };
}

function groupsOf(ranked: readonly TriagedCase[], { warnings }: TriageChoice): FleetGroup[] {
  const those = (title: string, is: (one: TriagedCase) => boolean): FleetGroup => {
    return { title, runs: ranked.filter(is).map(({ index }) => index) };
  };
  return [
    those("with OOM kills", ({ worlds }) => worlds.some(({ oomKills }) => oomKills > 0)),
    ...warnings.map(({ text }, i) => those(`with ${text}`, ({ warned }) => warned.includes(i))),
    those("that missed a target", ({ worlds }) => worlds.some((s) => s.changesReached < s.changes)),
  ];
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

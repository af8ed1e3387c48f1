/** The table of several hosts: a row each, the worst first. */
import { medianOf } from "../../../../common/statistics.ts";
import { formatSize } from "../../../../common/units.ts";
import { HOST_FIGURES, lostShareOf } from "../../../hosts/measures/figures.ts";
import type { HostResult, VmResult } from "../../../hosts/measures/results.ts";
import { wrapWords } from "../../../output/wrap-words.ts";
import { namedFirst, worstFirst } from "../../../report/host/summary.ts";
import { percent, rangeText, shortTime, worstText } from "../../../report/host/words.ts";
import { type Alignment, formatTable } from "../../table.ts";
import { TEXT_WIDTH } from "../summary-text.ts";
import type { HostsWriter } from "./hosts-writer.ts";
import type { HostRuns } from "./run-hosts.ts";

/** A column of figures. */
interface Column {
  readonly head: string;
  readonly value: (result: HostResult) => number;
  readonly text: (value: number) => string;
}

const figure = (name: string): ((result: HostResult) => number) =>
  (HOST_FIGURES.find((one) => one.name === name) as (typeof HOST_FIGURES)[number]).value;
const size = (pages: number): string => (pages === 0 ? "0" : formatSize(Math.round(pages)));

const COLUMNS: readonly Column[] = [
  { head: "VMs", value: ({ vms }) => vms.length, text: String },
  { head: "memory", value: ({ memory }) => memory, text: size },
  { head: "overcommit", value: ({ overcommit }) => overcommit, text: (ratio) => ratio.toFixed(2) },
  { head: "least free", value: ({ freeMin }) => freeMin, text: size },
  { head: "host swap", value: ({ swappedMax }) => swappedMax, text: size },
  { head: "ended", value: figure("ended_vms"), text: String },
  { head: "OOM kills", value: figure("total_oom_kills"), text: String },
  { head: "lost by all", value: figure("total_lost_time"), text: (seconds) => shortTime(seconds * 1e6) },
];
/** Figures by which hosts are sorted, the most important first; of several worlds the median. */
const ORDER = ["ended_vms", "total_oom_kills", "worst_lost_time", "total_lost_time"].map(figure);

const HEAD = ["host", ...COLUMNS.map(({ head }) => head), "lost most"];
const ALIGN = HEAD.map((_, i): Alignment => (i === 0 || i === HEAD.length - 1 ? "left" : "right"));

interface Row {
  readonly cells: readonly string[];
  readonly keys: readonly number[];
}

/** Collects a row for each host, which is all that stays in memory. */
export class HostsTable implements HostsWriter {
  readonly #width: number | undefined;
  readonly #rows: Row[] = [];
  readonly #notes = new Set<string>();
  #worlds = 1;
  #hasAssumed = false;
  /** Labels of hosts with more in use at time 0 than they have. */
  readonly #short: string[] = [];

  /** @param width columns of the terminal; undefined: no wrapping */
  constructor(width: number | undefined) {
    this.#width = width;
  }

  add({ host, runs }: HostRuns): string {
    const results = runs.map(({ result }) => result);
    this.#worlds = runs.length;
    for (const { about } of runs) {
      for (const note of about.notes) this.#notes.add(note);
      if (about.assumed.length > 0) this.#hasAssumed = true;
    }
    if (results.some(({ unfit }) => unfit.untouched + unfit.swapped > 0)) this.#short.push(host.label);
    this.#rows.push({
      cells: [
        host.label,
        ...COLUMNS.map(({ value, text }) => rangeText(results.map(value), text)),
        worstVmText(results),
      ],
      keys: ORDER.map((value) => medianOf(results.map(value))),
    });
    return "";
  }

  end(): string {
    const rows = this.#rows.toSorted((a, b) => {
      const i = a.keys.findIndex((key, k) => key !== b.keys[k]);
      return i === -1 ? 0 : (b.keys[i] as number) - (a.keys[i] as number);
    });
    const table = formatTable(
      { head: HEAD, align: ALIGN, width: this.#width },
      rows.map(({ cells }) => cells),
    );
    const of = this.#worlds === 1 ? "" : ` in ${this.#worlds} worlds each, median [lowest .. highest]`;
    return [
      table,
      `${rows.length === 1 ? "1 host" : `${rows.length} hosts`}${of}, the worst first: --format csv has all figures, json those of their VMs, too\n`,
      `\n${this.#notesText()}`,
    ].join("");
  }

  #notesText(): string {
    const sentences = [
      ...(this.#worlds === 1
        ? ["These are figures of one world, the files as written: --worlds 5 shows how far they vary."]
        : []),
      ...(this.#hasAssumed
        ? ["What is assumed where the files say nothing is told of each host alone, and in JSON."]
        : []),
      ...(this.#short.length === 0
        ? []
        : [
            `More than the host has was in use at time 0, so that the policy begins in a shortage: ${namedFirst(this.#short)}.`,
          ]),
      ...this.#notes,
    ];
    return sentences
      .map((sentence) => `${wrapWords(`Note: ${sentence}`, this.#width ?? TEXT_WIDTH, "keep").join("\n")}\n`)
      .join("");
  }
}

/** The VM that lost most, how much, when and why; of several worlds in the one in which it lost most. */
function worstVmText(results: readonly HostResult[]): string {
  const worst = results.flatMap(({ vms }) => worstFirst(vms).slice(0, 1));
  const [most] = worstFirst(worst);
  if (most === undefined || most.lostUs === 0) return "no VM lost any time";
  const world = results.length === 1 ? "" : `, in world ${worst.indexOf(most) + 1}`;
  return `${most.name} ${shortTime(most.lostUs)} (${percent(lostShareOf(most))})${whenText(most)}${world}`;
}

const whenText = ({ worst }: VmResult): string => (worst === null ? "" : `, ${worstText(worst)}`);

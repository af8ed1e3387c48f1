import { InputError } from "../../../common/errors.ts";
import { quote, shorten } from "../../../common/quote.ts";
import { KIB_PER_PAGE, type Pages } from "../../../common/units.ts";
import { VMMEMCTL } from "../../../engine/index.ts";
import { type LabSettings, parseSettings } from "./settings.ts";

/** The columns that a replay needs; a log has further columns. */
const COLUMNS = [
  "t_s",
  "target",
  "size",
  "rate_alloc",
  "free_kB",
  "cached_kB",
  "buffers_kB",
  "anon_kB",
  "swapfree_kB",
  "oom_kill",
  "psi_some_us",
  "psi_full_us",
] as const;
export type LabColumn = (typeof COLUMNS)[number];
const RATE: LabColumn = "rate_alloc";

/** A lab's log of a run. */
export interface LabLog {
  /** The settings as written in the log. */
  readonly settingsText: string;
  readonly settings: LabSettings;
  /** Version of its kernel. */
  readonly kernel: string;
  /** Watermarks of the guest's memory, in pages: the sums over its zones. */
  readonly watermarks: {
    readonly min: Pages;
    readonly low: Pages;
    readonly high: Pages;
    /** Number of their line. */
    readonly line: number;
  };
  /** Pages of lower zones that allocations leave free beyond these zones' watermarks, by the kernel's formula. */
  readonly lowmemReserve: Pages;
  readonly memTotalKib: number;
  readonly swapTotalKib: number;
  /** The values of a column, per row. */
  readonly column: (name: LabColumn) => readonly number[];
  /** Names of the columns that have no figure in any row, as messages show them: driver or kernel do not have them. */
  readonly missing: readonly string[];
  /** Number of the line of the first row. */
  readonly firstRowLine: number;
}

/** The load average of the machine before the run, which the settings may be followed by. */
const LOAD = /^# load\b/;
const ZONES = /^# zone pages:(?: (?:Node \d+, zone \w+ )?pages free \d+ min \d+ low \d+ high \d+)+$/;
const ZONE = /pages free (\d+) min (\d+) low (\d+) high (\d+)/g;
/** Part of the pages of the zones above it that a zone keeps for itself: `vm.lowmem_reserve_ratio` by default. */
const LOWMEM_RESERVE_RATIO = 256;
const TOTALS = /^# MemTotal: (\d+) kB SwapTotal: (\d+) kB$/;
const END = "# end";

/** Whether a text begins like the log of a lab. */
export const isLabLog = (text: string): boolean => text.startsWith("# mem=");

/**
 * Pages that the zones below the highest one that has any keep free for allocations that only they can serve, a 256th of what is above them
 * (mm/page_alloc.c `setup_per_zone_lowmem_reserve()`). The pages of these zones are taken to be those that were free at the beginning.
 */
function lowmemReserveOf(free: readonly Pages[], memory: Pages): Pages {
  const highest = free.findLastIndex((pages) => pages > 0);
  let above = memory;
  let reserve = 0;
  for (const pages of free.slice(0, Math.max(0, highest))) {
    above -= pages;
    reserve += Math.min(pages, Math.floor(above / LOWMEM_RESERVE_RATIO));
  }
  return reserve;
}

/**
 * Parses the log of the kernel lab or of the VM lab: four or five lines of settings, rows under their heading, `# end`. Lines of the guest's
 * kernel in between are skipped.
 * @param name of the file, for messages
 * @throws {InputError} with the number of the invalid line
 */
export function parseLabLog(text: string, name: string): LabLog {
  const lines = text.split("\n").map((line) => line.trimEnd());
  let at = 0;
  const expect = (pattern: RegExp, what: string): RegExpExecArray => {
    const line = lines[at] ?? "";
    const match = pattern.exec(line);
    if (match === null) throw new InputError(`${name}:${at + 1}: expected ${what}, found ${found(line)}`);
    at++;
    return match;
  };
  const [, settingsText = ""] = expect(/^# (mem=.*)$/, 'the settings of a run of a lab, such as "# mem=1024M …"');
  const settings = parseSettings(settingsText, `${name}:1`);
  if (LOAD.test(lines[at] ?? "")) at++;
  const [, kernel = ""] = expect(/^# lab kernel (\S+)(?: .*)?$/, '"# lab kernel VERSION"');
  const zonesLine = at + 1;
  const [zonesText] = expect(ZONES, '"# zone pages: pages free N min N low N high N"');
  const zones = [...zonesText.matchAll(ZONE)].map((match) => match.slice(1).map(Number));
  const sumOf = (mark: number): Pages => zones.reduce((sum, marks) => sum + (marks[mark] as number), 0);
  const totals = expect(TOTALS, '"# MemTotal: N kB SwapTotal: N kB"').slice(1).map(Number);
  const heading = expect(/^t_s,.*$/, 'the heading of the rows, which begins with "t_s,"')[0].split(",");
  for (const column of COLUMNS) {
    if (!heading.includes(column)) throw new InputError(`${name}:${at}: there is no column ${quote(column)}`);
  }
  const firstRowLine = at + 1;
  if (!lines.includes(END)) {
    throw new InputError(`${name}: ends without "${END}": the recording was cut off; record the run again`);
  }
  // Drivers without a rate have no figure in its column, nor has the daemon, whose size is the host's.
  const hasRate = settings.policy === VMMEMCTL && settings.daemon === null;
  const needed = new Set<string>(hasRate ? COLUMNS : COLUMNS.filter((column) => column !== RATE));
  const rows: number[][] = [];
  for (; lines[at] !== END; at++) {
    const line = lines[at] as string;
    if (/^[-\d]/.test(line)) rows.push(parseRow(line, heading, needed, rows.at(-1)?.[0], `${name}:${at + 1}`));
  }
  if (rows.length < 2) throw new InputError(`${name}:${at + 1}: expected two rows at least, found ${rows.length}`);
  return {
    settingsText,
    settings,
    kernel,
    watermarks: { min: sumOf(1), low: sumOf(2), high: sumOf(3), line: zonesLine },
    lowmemReserve: lowmemReserveOf(
      zones.map(([free]) => free as number),
      (totals[0] as number) / KIB_PER_PAGE,
    ),
    memTotalKib: totals[0] as number,
    swapTotalKib: totals[1] as number,
    column: (column) => rows.map((row) => row[heading.indexOf(column)] as number),
    missing: heading.filter((_, i) => rows.every((row) => Number.isNaN(row[i]))).map((name) => shorten(name)),
    firstRowLine,
  };
}

function parseRow(
  line: string,
  heading: readonly string[],
  needed: ReadonlySet<string>,
  before: number | undefined,
  place: string,
): number[] {
  const cells = line.split(",");
  if (cells.length !== heading.length) {
    throw new InputError(`${place}: expected ${heading.length} values, found ${cells.length}: the row is damaged`);
  }
  const row = cells.map((cell, i) => {
    if (/^\d+(\.\d+)?$/.test(cell)) return Number(cell);
    // The VM lab writes -1 for a figure that driver or kernel do not have.
    if (cell === MISSING && !needed.has(heading[i] as string)) return Number.NaN;
    throw new InputError(
      `${place}: ${shorten(heading[i] as string)}: expected a number of 0 or more, found ${quote(cell)}`,
    );
  });
  const [t = 0] = row;
  if (before !== undefined && t <= before) {
    throw new InputError(`${place}: t_s: expected more than the ${before} of the row before, found ${t}`);
  }
  return row;
}

const MISSING = "-1";

const found = (line: string): string => (line === "" ? "an empty line" : quote(line));

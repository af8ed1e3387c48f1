import { version } from "../../../common/cli/command-line.ts";
import { checkDistinct } from "../../../common/cli/distinct-files.ts";
import { warn } from "../../../common/cli/output.ts";
import { InputError } from "../../../common/errors.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import { STDIN } from "../../trace/input.ts";
import { argumentFiles } from "../input-files.ts";
import { inputFile, Spool } from "../spool.ts";
import type { Assemble, PartRun } from "./assemble.ts";
import type { PartHeader, PartRecord, ShardedCommand } from "./part-format.ts";
import { type CheckedPart, checkPart, DamagedPart, PartRuns } from "./part-reader.ts";
import { type Shard, shardOf } from "./shard.ts";

/** The options of `balloon-sim merge` as the command line gives them. */
export interface MergeOptions {
  readonly output?: string;
}

const ASSEMBLE: Readonly<Record<ShardedCommand, () => Promise<Assemble>>> = {
  run: async () => (await import("./assemble-run.ts")).assembleRun,
  sweep: async () => (await import("./assemble-sweep.ts")).assembleSweep,
  compare: async () => (await import("./assemble-compare.ts")).assembleCompare,
};

/** Number of bytes that are read ahead, of all parts together. */
const AHEAD_BYTES = 1 << 26;
const LEAST_CHUNK_BYTES = 1 << 12;
const MOST_CHUNK_BYTES = 1 << 18;

/** Executes `balloon-sim merge`. */
export async function mergeParts(paths: readonly string[], { output }: MergeOptions): Promise<void> {
  if (output !== undefined) checkDistinct([{ option: "-o", path: output }], argumentFiles(paths));
  const spool = new Spool();
  try {
    const failed: PartRecord[] = [];
    const parts = await checkedParts(paths, spool, failed);
    const { header } = parts[0] as CheckedPart;
    failed.sort((a, b) => a.run - b.run);
    const assemble = await ASSEMBLE[header.command]();
    const open: PartRuns[] = [];
    try {
      const chunkBytes = Math.max(
        LEAST_CHUNK_BYTES,
        Math.min(MOST_CHUNK_BYTES, Math.floor(AHEAD_BYTES / parts.length)),
      );
      for (const part of parts) open.push(new PartRuns(part, chunkBytes));
      await assemble(header, { runs: runsInOrder(open, header.runs), failed }, output);
    } finally {
      for (const part of open) part.close();
    }
  } finally {
    spool.remove();
  }
}

/** The runs of all parts. @param parts in the order of their shards */
function* runsInOrder(parts: readonly PartRuns[], runs: number): Generator<PartRun> {
  for (let run = 0; run < runs; run++) {
    const part = parts[shardOf(run, parts.length) - 1] as PartRuns;
    const record = part.next();
    if (record.run !== run) throw new InputError(`merge: a part was changed while it was being read`);
    yield { record, rows: () => part.rows() };
  }
}

/**
 * Reads all parts from beginning to end. Prints a line to standard error for each unusable and each missing part.
 * @param failed failed runs are added to it
 * @returns all parts of one result, in the order of their shards
 * @throws {InputError} if a part is missing or unusable
 */
async function checkedParts(paths: readonly string[], spool: Spool, failed: PartRecord[]): Promise<CheckedPart[]> {
  const problems: Problems = { lines: [], damaged: [], unknown: 0, foreign: 0, missing: 0 };
  const { lines } = problems;
  const parts: CheckedPart[] = [];
  const seen = new Set<string>();
  for (const path of paths) {
    if (seen.has(path) && path !== STDIN) {
      lines.push(`${escapeUnsafe(path)}: is given twice`);
      continue;
    }
    seen.add(path);
    try {
      const file = await inputFile(path, spool, "a part of a result");
      const part = checkPart(file, ({ command }, record) => {
        if (command === "run" && "failure" in record) failed.push(record);
      });
      parts.push(part);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      lines.push(error.message);
      if (error instanceof DamagedPart) problems.damaged.push(error.shard);
      else problems.unknown++;
    }
  }
  const all = parts.length === 0 ? [] : partsOfOne(parts, problems);
  if (lines.length === 0) return all;
  const [only] = lines;
  if (lines.length === 1 && only !== undefined) throw new InputError(only);
  for (const line of lines) warn(`balloon-sim: ${line}`);
  // A file whose shard can't be read is the part of a missing shard, as far as is known.
  const count = problems.damaged.length + problems.foreign + Math.max(problems.unknown, problems.missing);
  const which = count === 1 ? "1 part is" : `${count} parts are`;
  throw new InputError(`merge: ${count === 0 ? "" : `${which} missing or unusable; `}nothing was written`);
}

/** The reasons for which parts can't be merged. */
interface Problems {
  /** A line for each. */
  readonly lines: string[];
  /** Shards whose parts are damaged. */
  readonly damaged: Shard[];
  /** Number of unusable files whose shard is not known. */
  unknown: number;
  /** Number of parts of another result, or of another version of the program. */
  foreign: number;
  /** Number of shards without a part, not even a damaged one. */
  missing: number;
}

/**
 * The parts of the result that most parts belong to.
 * @param problems gets those of parts of another result, and of missing and duplicate parts
 */
function partsOfOne(parts: readonly CheckedPart[], problems: Problems): CheckedPart[] {
  const { lines } = problems;
  const counts = new Map<string, number>();
  for (const part of parts) counts.set(identityOf(part), (counts.get(identityOf(part)) ?? 0) + 1);
  const most = Math.max(...counts.values());
  const reference = parts.find((part) => counts.get(identityOf(part)) === most) as CheckedPart;
  const { header } = reference;
  const byShard = new Map<number, CheckedPart>();
  for (const part of parts) {
    const name = escapeUnsafe(part.file.name);
    const { shard } = part.header;
    const other = byShard.get(shard.number);
    if (identityOf(part) !== identityOf(reference)) {
      problems.foreign++;
      lines.push(
        `${name}: is not a part of the same result as ${escapeUnsafe(reference.file.name)}: ${difference(part.header, header)}`,
      );
    } else if (other !== undefined) {
      lines.push(
        `${name}: is shard ${shard.number}/${shard.of}, and so is ${escapeUnsafe(other.file.name)}: give each shard once`,
      );
    } else byShard.set(shard.number, part);
  }
  if (header.program !== version() || !Object.hasOwn(ASSEMBLE, header.command)) {
    problems.foreign++;
    lines.push(
      `${escapeUnsafe(reference.file.name)}: written by balloon-sim ${escapeUnsafe(header.program)}, this is ${version()}: merge parts with the version that wrote them`,
    );
    return [];
  }
  const all: CheckedPart[] = [];
  const missing: number[] = [];
  for (let number = 1; number <= header.shard.of; number++) {
    const part = byShard.get(number);
    if (part !== undefined) all.push(part);
    else if (!problems.damaged.some((shard) => shard.number === number && shard.of === header.shard.of)) {
      missing.push(number);
    }
  }
  problems.missing = missing.length;
  lines.push(...missingLines(missing, header.shard.of));
  return all;
}

/** A line for each missing shard; for very many shards, one line in the format of `sbatch --array`. */
function missingLines(missing: readonly number[], of: number): string[] {
  if (missing.length <= MAX_MISSING) return missing.map((number) => `merge: shard ${number}/${of} is missing`);
  const ranges: [number, number][] = [];
  for (const number of missing) {
    const last = ranges.at(-1);
    if (last?.[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  const list = ranges.map(([from, to]) => (from === to ? from : `${from}-${to}`));
  return [`merge: ${missing.length} of ${of} shards are missing: ${list.join()}`];
}

/** Maximum number of missing shards that have separate lines. */
const MAX_MISSING = 20;

/** A text that is equal for all parts of one result. */
const identityOf = ({ header: { program, command, shard, runs, of } }: CheckedPart): string =>
  JSON.stringify([program, command, shard.of, runs, of.options, of.traces]);

/** Describes how a part's result differs from that of another part. */
function difference(own: PartHeader, other: PartHeader): string {
  if (own.program !== other.program)
    return `written by balloon-sim ${escapeUnsafe(own.program)}, not ${escapeUnsafe(other.program)}`;
  if (own.command !== other.command) return `of ${escapeUnsafe(own.command)}, not of ${escapeUnsafe(other.command)}`;
  if (own.shard.of !== other.shard.of) return `one of ${own.shard.of} shards, not of ${other.shard.of}`;
  if (own.of.options !== other.of.options) return "the options or the names of the traces differ";
  return "the content of a trace differs";
}

import { InputError } from "../../../common/errors.ts";
import { quote } from "../../../common/quote.ts";

/** A share of the runs of a command: shard `number` of `of`, counted from 1. */
export interface Shard {
  readonly number: number;
  readonly of: number;
}

/** Maximum number of shards of one result. `merge` opens all parts at once. */
const MAX_SHARDS = 10_000;

/**
 * Parses the value of `--shard`, such as `3/100`.
 * @throws {InputError} if it is invalid
 */
export function parseShard(option: string, text: string): Shard {
  const shown = `${option} ${quote(text)}`;
  const match = /^(\d{1,9})\/(\d{1,9})$/.exec(text);
  if (match === null) throw new InputError(`${shown}: expected NUMBER/COUNT, such as 3/100`);
  const [number, of] = [Number(match[1]), Number(match[2])];
  if (of < 1 || of > MAX_SHARDS) throw new InputError(`${shown}: expected 1 to ${MAX_SHARDS} shards`);
  if (number < 1 || number > of) {
    const first = number < 1 ? ", the first shard is 1" : "";
    throw new InputError(`${shown}: expected a number from 1 to ${of}${first}`);
  }
  return { number, of };
}

/**
 * The number, from 1, of the shard that executes a run. Of every `of` consecutive runs each shard executes one, so the numbers of
 * runs of two shards differ by at most one. The order of the shards changes from one such group to the next: in a fixed order a
 * shard would get the same trace repeatedly if the numbers of traces and of shards had a common factor.
 * @param run index of the run, from 0
 */
export function shardOf(run: number, of: number): number {
  return ((run + mixed(Math.floor(run / of))) % of) + 1;
}

/** The runs of a shard, in ascending order. */
export function* runsOf({ number, of }: Shard, runs: number): Generator<number> {
  for (let group = 0; group * of < runs; group++) {
    const turned = (number - 1 - (mixed(group) % of) + of) % of;
    // The remainders of the group's first run and of `of` are the same.
    const run = group * of + turned;
    if (run < runs) yield run;
  }
}

/** Number of runs of a shard. */
export function runCountOf(shard: Shard, runs: number): number {
  const whole = Math.floor(runs / shard.of);
  const isInRest = Array.from({ length: runs % shard.of }, (_, i) => whole * shard.of + i).some(
    (run) => shardOf(run, shard.of) === shard.number,
  );
  return whole + (isInRest ? 1 : 0);
}

/** Scrambles a whole number into one of 31 bits: the finalizer of MurmurHash3. */
function mixed(value: number): number {
  let bits = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) & 0x7fffffff;
}

/** Makes the host of a host file. */
import { InputError } from "../../../common/errors.ts";
import { formatSize, type Pages, type Us } from "../../../common/units.ts";
import type { Decoder } from "../../trace/decode.ts";
import { assumptionsOf, swapOf } from "./assumptions.ts";
import { mostAtOnce } from "./at-once.ts";
import { copiesOf, copyName } from "./copies.ts";
import type { HostFile } from "./file.ts";
import { MAX_VMS } from "./settings.ts";
import type { TraceStore } from "./traces.ts";
import type { HostScenario, VmScenario } from "./types.ts";
import { kindsOf, lastOnUs, type VmKind } from "./vms.ts";

/**
 * The host of a file; null after a problem, which the decoder has.
 * @param seed replaces the file's; null: the file's
 * @param world number of the world, from 1
 */
export function buildHost(
  file: HostFile,
  traces: TraceStore,
  seed: string | null,
  world: number,
  decoder: Decoder,
): HostScenario | null {
  const count = file.vms.reduce((sum, entry) => sum + (entry.count ?? 1), 0);
  if (count > MAX_VMS) throw new InputError(`a host of ${count} VMs, expected at most ${MAX_VMS}`);
  const kinds = kindsOf(file, traces, decoder);
  checkNames(kinds, decoder);
  if (decoder.problems.length > 0 || file.policy === null) return null;
  const durationUs = file.durationUs ?? longest(kinds);
  const hostSeed = seed ?? file.seed;
  const all = kinds.map((kind) => ({ kind, vms: copiesOf(kind, { seed: hostSeed, world }, durationUs) }));
  const vms = all.flatMap((one) => one.vms);
  const reserved = file.reserved ?? 0;
  const needed = reserved + mostNeeded(vms);
  if (needed > file.memory) decoder.problem(tooSmall(file.memory, needed), "host", "memory");
  return {
    name: file.name,
    description: file.description,
    durationUs,
    seed: hostSeed,
    world,
    memory: file.memory,
    reserved,
    swap: swapOf(file),
    largePages: file.largePages,
    ...file.policy,
    vms,
    assumed: assumptionsOf(file, file.policy, all, durationUs),
  };
}

const tooSmall = (memory: Pages, needed: Pages): string =>
  `${formatSize(memory)} are less than the ${formatSize(needed)} that the host itself, the VMs' reservations and their overhead need`;

/** The end of the trace that ends last. */
const longest = (kinds: readonly VmKind[]): Us =>
  kinds.reduce((end, { entry, settings, lengthUs }) => Math.max(end, lastOnUs(entry, settings) + lengthUs), 0);

function checkNames(kinds: readonly VmKind[], decoder: Decoder): void {
  const seen = new Set<string>();
  for (const { entry, name } of kinds) {
    const names =
      entry.count === null ? [name] : Array.from({ length: entry.count }, (_, index) => copyName(name, index));
    const second = names.find((one) => seen.has(one));
    if (second !== undefined) {
      const place = entry.name === null ? [] : ["name"];
      decoder.problem(`a second VM named ${second}: give it a "name" of its own`, "vms", entry.index, ...place);
    }
    for (const one of names) seen.add(one);
  }
}

/** The most that the VMs that are powered on together need in any case. */
const mostNeeded = (vms: readonly VmScenario[]): Pages =>
  mostAtOnce(vms, ({ reservation, overhead }) => reservation + overhead);

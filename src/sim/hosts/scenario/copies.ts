/** The VMs of an entry of a host file: one, or several copies that do not march in step. */
import { formatPath } from "../../../common/json.ts";
import { type Pages, parseSize, type Us } from "../../../common/units.ts";
import { randomStream } from "../../random/stream.ts";
import { shiftedSource } from "./shifted-source.ts";
import type { VmScenario } from "./types.ts";
import type { VmKind } from "./vms.ts";

/**
 * Memory that the host needs for a VM where nothing is said: VMware's table for a VM of 4 GiB with four processors has 61 MB; it
 * has 20 to 170 MB for VMs of 256 MB to 16 GB with one to eight.
 */
export const DEFAULT_OVERHEAD: Pages = parseSize("60MiB");
const DEFAULT_SHARES = 1000;

/** What distinguishes one VM of an entry. */
interface Copy {
  readonly name: string;
  readonly phaseUs: Us;
  readonly onUs: Us;
  readonly seed: string;
}

/** What the phases of copies are drawn by. */
export interface Draw {
  /** The host's seed. */
  readonly seed: string;
  /** Number of the world, from 1. */
  readonly world: number;
}

/**
 * The VMs of an entry. Without a count it is one VM, the trace as written with its own seed. Each of several copies has a seed of
 * its own, and a phase that is drawn from the host's seed, the world, and the copy's name.
 * @param durationUs length of the host's run
 */
export function copiesOf(kind: VmKind, { seed, world }: Draw, durationUs: Us): VmScenario[] {
  const { entry, name, settings, known, lengthUs } = kind;
  const { phase = 0, on = 0, stagger = 0 } = settings;
  if (entry.count === null) {
    return [vmOf(kind, { name, phaseUs: phase, onUs: on, seed: settings.seed ?? known.trace.seed }, durationUs)];
  }
  const spreadUs = spreadOf(kind);
  const inWorld = world === 1 ? "" : ` in world ${world}`;
  return Array.from({ length: entry.count }, (_, index) => {
    const copy = copyName(name, index);
    const drawn = spreadUs === 0 ? 0 : Math.floor(randomStream(seed, `phase of ${copy}${inWorld}`)() * spreadUs);
    const phaseUs = (phase + drawn) % lengthUs;
    return vmOf(
      kind,
      { name: copy, phaseUs, onUs: on + index * stagger, seed: `${settings.seed ?? seed}/${copy}` },
      durationUs,
    );
  });
}

/** The name of the copy with an index from 0. */
export const copyName = (name: string, index: number): string => `${name}-${index + 1}`;

/**
 * The range in which phases of copies are drawn, from the phase of the file on. Where nothing is said it is the whole trace; but
 * not for a trace that does not repeat, of which copies would miss the beginning.
 */
export function spreadOf({ entry, settings: { phase, spread, repeat = true }, lengthUs }: VmKind): Us {
  if (entry.count === null) return 0;
  return Math.min(lengthUs, spread ?? (phase === undefined && repeat ? lengthUs : 0));
}

function vmOf(kind: VmKind, { name, phaseUs, onUs, seed }: Copy, durationUs: Us): VmScenario {
  const { entry, settings, known, lengthUs, driver, rates, sizes } = kind;
  const { off: offUs = Number.POSITIVE_INFINITY, repeat: repeats = true } = settings;
  const endUs = Math.max(0, Math.min(offUs, durationUs) - onUs);
  const boots = onUs > 0;
  return {
    name,
    group: kind.name,
    path: formatPath(["vms", entry.index]),
    traceName: settings.trace ?? "",
    open: () => shiftedSource(known.open, { lengthUs, phaseUs, repeats, endUs, boots }),
    phaseUs,
    repeats,
    ...sizes,
    shares: settings.shares ?? DEFAULT_SHARES,
    driver,
    rates,
    hasAgent: settings.agent ?? true,
    onUs,
    offUs,
    touched: settings.touched ?? (boots ? 0 : 1),
    overhead: settings.overhead ?? DEFAULT_OVERHEAD,
    seed,
  };
}

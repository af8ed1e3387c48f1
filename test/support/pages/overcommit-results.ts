/** What `scripts/overcommit.mjs` has stored, and how sure differences are. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { momentsOf } from "../../../src/common/statistics.ts";
import { ROOT } from "../processes/command.ts";

/** The bundled hosts in the order of the page. */
export const OVERCOMMIT_HOSTS = ["office", "database", "boot-storm", "noisy-neighbour", "imported-esxtop"] as const;
export const OVERCOMMIT_POLICIES = ["esx", "proxmox", "mom", "squeezed", "none"] as const;
export const OVERCOMMIT_DRIVERS = ["2010", "tuned", "unlimited", "vmw-balloon", "virtio-balloon"] as const;

/** A search under a policy. */
export interface StoredSearch {
  readonly policy: string;
  /** A driver for all guests, by its name on the page; null: those of the file. */
  readonly driver: string | null;
  /** What suffices in all worlds; null: nothing does. */
  readonly least_bytes: number | null;
  /** What suffices in each world. */
  readonly world_bytes: readonly number[];
  readonly breaks: {
    readonly bytes: number;
    readonly failing_worlds: number;
    readonly requirement: string;
    readonly vm: string;
    readonly value: number;
    readonly cause: string | null;
  } | null;
  readonly reversals: readonly { readonly world: number; readonly fails_bytes: number; readonly holds_bytes: number }[];
  readonly points: number;
  readonly runs: number;
}

/** All searches of a host. */
export interface Stored {
  readonly host: string;
  readonly file: {
    readonly policy: string;
    readonly drivers: readonly string[];
    readonly memory_bytes: number;
    readonly vms: number;
    readonly configured_bytes: number;
  };
  readonly requirements: readonly string[];
  readonly worlds: number;
  readonly step_bytes: number;
  readonly searches: readonly StoredSearch[];
  /** The searches in some worlds with half of the quantum, if that was recorded. */
  readonly half?: {
    readonly searches: readonly {
      readonly policy: string;
      readonly driver: string | null;
      readonly world_bytes: readonly (number | null)[];
    }[];
  };
}

/** The results of a bundled host. */
export const storedOf = (host: string): Stored =>
  JSON.parse(readFileSync(join(ROOT, `test/sim/hosts/capacity/overcommit/${host}.json`), "utf8")) as Stored;

/** The search with the drivers of the file under a policy; null: there is none. */
export const underPolicy = ({ searches }: Stored, name: string): StoredSearch | null =>
  searches.find(({ policy, driver }) => policy === name && driver === null) ?? null;

/** The policy under which drivers are compared. */
const COMPARED_UNDER = "esx";

/** The search with a driver in all guests; null: there is none. The host's own driver has been searched with as that of the file. */
export function withDriver(stored: Stored, name: string): StoredSearch | null {
  const found = stored.searches.find(({ driver }) => driver === name);
  if (found !== undefined) return found;
  const own = name === "2010" ? "vmmemctl" : name;
  const isOwn = stored.file.drivers.length === 1 && stored.file.drivers[0] === own;
  return isOwn ? underPolicy(stored, COMPARED_UNDER) : null;
}

/** A mean over worlds, and the ends of its interval, in bytes. */
export interface PairedDifference {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** Two-sided 5 % points of Student's t distribution for 1 to 9 degrees of freedom. */
const STUDENT = [12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];

/**
 * How much more one search needs than another in the same worlds: the mean, and its 95 % interval by Student's t. Each value is known to a
 * step: so the interval has at least a step on either side, and worlds that agree count as if they differed by what steps hide, since the
 * difference of two values that are rounded up to steps has a variance of a sixth of a step's square.
 * @returns null: there is a single world, or one of them has no result
 */
export function differenceOf(
  a: Pick<StoredSearch, "world_bytes"> | null,
  b: Pick<StoredSearch, "world_bytes"> | null,
  stepBytes: number,
): PairedDifference | null {
  const worlds = a?.world_bytes.length ?? 0;
  if (a === null || b === null || worlds < 2 || b.world_bytes.length !== worlds) return null;
  const { mean, variance } = momentsOf(a.world_bytes.map((bytes, i) => bytes - (b.world_bytes[i] as number)));
  const t = STUDENT[Math.min(worlds - 1, STUDENT.length) - 1] as number;
  const hidden = stepBytes ** 2 / 6;
  const half = Math.max(stepBytes, t * Math.sqrt(Math.max(variance, hidden) / worlds));
  return { mean, low: mean - half, high: mean + half };
}

/** Whether the interval of a difference excludes 0. */
export const isSure = ({ low, high }: PairedDifference): boolean => low > 0 || high < 0;

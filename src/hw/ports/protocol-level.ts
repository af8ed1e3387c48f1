import { Capability } from "../../engine/index.ts";

/** Levels of the host's protocol, by the commands for pages: one page a command, batches of them, batches of pages of 2 MiB. */
export type ProtocolLevel = "basic" | "batched" | "batched-2m";

/** The levels, each with the ones before it in it. */
export const PROTOCOL_LEVELS: readonly ProtocolLevel[] = ["basic", "batched", "batched-2m"];

const BATCHED = Capability.Basic | Capability.Batched | Capability.Target64;

/** The capabilities that START asks for, by the highest level that may be used. The basic level is that of the driver 1.2.1.2-k. */
const WANTED: Readonly<Record<ProtocolLevel, number>> = {
  basic: Capability.Basic,
  batched: BATCHED,
  "batched-2m": BATCHED | Capability.Batched2m,
};

/** The capabilities (`Capability`) that START asks for; `auto` asks for all that the daemon knows. */
export const wantedCapabilities = (choice: ProtocolLevel | "auto"): number =>
  WANTED[choice === "auto" ? "batched-2m" : choice];

/** The level of these capabilities. */
export function protocolLevel(capabilities: number): ProtocolLevel {
  if ((capabilities & Capability.Batched) === 0) return "basic";
  return (capabilities & Capability.Batched2m) === 0 ? "batched" : "batched-2m";
}

/** Where a kernel says whether it has transparent huge pages, below the root. */
export const HUGE_PAGES = "sys/kernel/mm/transparent_hugepage/enabled";

/**
 * Why the level of the granted capabilities is not in use, as a clause.
 * @param hugePages text of `HUGE_PAGES`; null if it can't be read
 */
export function whyNotUsable(hugePages: string | null): string {
  if (hugePages === null) return `the kernel has no huge pages (no /${HUGE_PAGES})`;
  if (!/\[(always|madvise)\]/.test(hugePages))
    return `the kernel has no huge pages (/${HUGE_PAGES} is not always or madvise)`;
  return "the address space for pages of 2 MiB can't be set up";
}

/**
 * Why a level is not in use, as a clause: the host does not grant it, or this machine can't use what the host grants.
 * @param granted capabilities that START has granted
 * @param hugePages as for `whyNotUsable`
 */
export function whyNotInUse(level: ProtocolLevel, granted: number, hugePages: string | null): string {
  const isGranted = PROTOCOL_LEVELS.indexOf(protocolLevel(granted)) >= PROTOCOL_LEVELS.indexOf(level);
  return isGranted ? `the host grants it, but ${whyNotUsable(hugePages)}` : "the host does not grant it";
}

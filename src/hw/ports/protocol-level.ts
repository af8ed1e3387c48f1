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

import { Capability } from "../../engine/index.ts";

/** Levels of the host's protocol, by the commands for pages: one page a command, or batches of them. */
export type ProtocolLevel = "basic" | "batched";

/** The levels, each with the one before it in it. */
export const PROTOCOL_LEVELS: readonly ProtocolLevel[] = ["basic", "batched"];

/** The capabilities that START asks for, by the highest level that may be used. The basic level is that of the driver 1.2.1.2-k. */
const WANTED: Readonly<Record<ProtocolLevel, number>> = {
  basic: Capability.Basic,
  batched: Capability.Basic | Capability.Batched | Capability.Target64,
};

/** The capabilities (`Capability`) that START asks for; `auto` asks for all that the daemon knows. */
export const wantedCapabilities = (choice: ProtocolLevel | "auto"): number =>
  WANTED[choice === "auto" ? "batched" : choice];

/** The level of these capabilities. */
export const protocolLevel = (capabilities: number): ProtocolLevel =>
  (capabilities & Capability.Batched) === 0 ? "basic" : "batched";

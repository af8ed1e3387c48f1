import type { HostRuns } from "./run-hosts.ts";

/** Writes the results of hosts one after the other. */
export interface HostsWriter {
  /** @returns text that can be written now */
  add(host: HostRuns): string;
  /** @returns the rest, after one host at least */
  end(): string;
}

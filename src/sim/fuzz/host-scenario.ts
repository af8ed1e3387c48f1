/** Random hosts for `balloon-sim fuzz --hosts`: VMs with random traces, drivers and settings, on a host that is often too small. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PAGE_BYTES, type Pages } from "../../common/units.ts";
import { POLICIES } from "../../engine/index.ts";
import { TARGET_POLICIES } from "../hosts/policies/index.ts";
import { Draws } from "../random/draws.ts";
import { scenarioOf } from "./scenario.ts";

/** Most VMs, and the longest run, in seconds. */
const MAX_VMS = 5;
const MAX_SECONDS = 120;

/** A host as files: its own document, and those of its VMs' traces by their names. */
export interface HostFiles {
  readonly seed: string;
  readonly host: Record<string, unknown>;
  readonly traces: ReadonlyMap<string, unknown>;
  /** The time between two meetings, in microseconds. */
  readonly quantumUs: number;
}

/** Name of the host's own file. */
export const HOST_FILE = "host.json";

/** The host of a seed. */
export function hostScenarioOf(seed: string): HostFiles {
  const draws = new Draws(seed, "fuzz host");
  const traces = new Map<string, unknown>();
  const seconds = draws.whole(10, MAX_SECONDS);
  let pages = 0;
  const vms = Array.from({ length: draws.whole(1, MAX_VMS) }, (_, index) => {
    const policy = draws.pick([...POLICIES.values()]);
    const { document, rates } = scenarioOf(`${seed}/${index}`, policy);
    const trace = `vm-${index + 1}.json`;
    traces.set(trace, document);
    const memory = Number(document.guest.memory);
    pages += memory;
    return {
      name: `vm-${index + 1}`,
      trace,
      driver: policy.name,
      rates: Object.fromEntries(policy.params.map(({ name, key }) => [name, rates[key]])),
      overhead: draws.chance(0.5) ? 0 : sizeOf(draws.whole(0, 1000)),
      shares: draws.size(1, 10_000),
      touched: draws.pick([0, 0.3, 1]),
      agent: draws.chance(0.8),
      maxBalloon: draws.pick([0.2, 0.65, 1]),
      ...timesOf(draws, seconds),
      ...(draws.chance(0.3) ? { phase: draws.whole(0, Math.max(0, Math.ceil(document.duration) - 2)) } : {}),
      ...(draws.chance(0.3) ? { min: sizeOf(Math.floor(memory / draws.whole(2, 20))) } : {}),
    };
  });
  // From too little by far to more than enough; at least what VMs need beside their memory.
  const memory = Math.max(Math.floor((pages * draws.whole(20, 120)) / 100), vms.length * 1000 + 64);
  const host = {
    format: "balloon-sim/host",
    version: 1,
    name: "fuzz",
    duration: seconds,
    seed,
    host: {
      memory: sizeOf(memory),
      largePages: draws.chance(0.3),
      swap: {
        size: draws.pick([0, Math.floor(memory / 10), 4 * memory].map(sizeOf)),
        readCost: draws.pick(["1us", "100us", "8ms"]),
        writeCost: draws.pick(["1us", "50us", "5ms"]),
      },
    },
    policy: draws.pick([...TARGET_POLICIES.keys()]),
    vms,
  };
  return { seed, host, traces, quantumUs: draws.pick([100_000, 50_000, 10_000]) };
}

/** A size as host files have it: one as small as these needs its unit. */
const sizeOf = (pages: Pages): string => `${(pages * PAGE_BYTES) / 1024}KiB`;

/** When a VM is powered on, and off. */
function timesOf(draws: Draws, seconds: number): Record<string, unknown> {
  const on = draws.chance(0.3) ? draws.whole(0, seconds - 2) : 0;
  return { on, ...(draws.chance(0.2) ? { off: draws.whole(2 * on + 1, 2 * seconds) / 2 } : {}) };
}

/** Writes a host into a directory. */
export function writeHostFiles(directory: string, { host, traces }: HostFiles): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, HOST_FILE), `${JSON.stringify(host, null, 2)}\n`);
  for (const [name, document] of traces) writeFileSync(join(directory, name), `${JSON.stringify(document, null, 2)}\n`);
}

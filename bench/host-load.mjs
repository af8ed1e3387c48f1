/** A load for hosts: guests whose demand changes once a minute, for a day. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import seedrandom from "seedrandom";

/** Different traces; each VM has one of them, begun at a phase of its own. */
const TRACES = 4;

/** A guest of 4 GiB whose demand changes once a minute, higher by day than by night, and which reads and writes files. */
function trace(index) {
  const random = seedrandom(`host ${index}`);
  const points = Array.from({ length: 1440 }, (_, minute) => {
    const day = 0.5 + 0.4 * Math.sin((minute / 1440) * 2 * Math.PI + index);
    return [minute * 60, `${Math.round(800 + 1800 * day * (0.6 + 0.4 * random()))}MiB`];
  });
  return {
    format: "balloon-sim/trace",
    version: 1,
    name: `day-${index}`,
    duration: "24h",
    guest: { memory: "4GiB", swap: "1GiB", kernelMemory: "200MiB" },
    workloads: [
      {
        name: "app",
        anon: { hold: "step", points },
        workingSet: "400MiB",
        touch: "50MiB/s",
        fileSet: "1GiB",
        fileRead: "2MiB/s",
        fileWrite: "0.2MiB/s",
        fileWarm: true,
      },
    ],
    host: { target: 0 },
  };
}

/**
 * Writes host files, and the traces of their VMs, into a directory.
 * @param hosts name and seed of each host
 */
export function writeHosts(directory, hosts, { vms, duration, policy }) {
  const traces = Array.from({ length: TRACES }, (_, index) => index);
  for (const index of traces) writeFileSync(join(directory, `day-${index}.json`), JSON.stringify(trace(index)));
  for (const name of hosts) {
    const host = {
      format: "balloon-sim/host",
      version: 1,
      name,
      seed: name,
      duration,
      // 1.4 times as much configured as there is.
      host: { memory: `${Math.round((vms * 4) / 1.4)}GiB` },
      policy,
      vms: traces.map((index) => ({
        name: `vm-${index}`,
        trace: `day-${index}.json`,
        count: vms / TRACES,
        spread: "2h",
      })),
    };
    writeFileSync(join(directory, `${name}.json`), JSON.stringify(host));
  }
}

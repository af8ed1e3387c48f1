import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { vmwBalloonStatistics } from "../../src/engine/index.ts";
import { RequestLoop } from "../../src/engine/requests.ts";
import { SLACK } from "../../src/engine/vmw-balloon/core.ts";
import { VmwBalloonMachine } from "../../src/engine/vmw-balloon/machine.ts";
import { VMW_BALLOON_DEFAULTS } from "../../src/engine/vmw-balloon/params.ts";
import type { Statistics } from "../../src/engine/vmw-balloon/state.ts";
import { DRIVER_RUNS, driverRunText } from "../support/data/lab-runs.ts";
import { BatchPorts } from "../support/worlds/batch-ports.ts";
import { BatchWorld, CALM } from "../support/worlds/batch-world.ts";

/**
 * Mainline's own driver in Linux 6.1, recorded each second, with memory that is never short: given the number of work cycles
 * between two rows and their target, the policy must have the same counters in each row in which the driver was at rest.
 */
const FILES = readdirSync(DRIVER_RUNS).filter((name) => /^mainline-.*-plenty\.\d\.csv$/.test(name));

/** Columns of a recording, and the counters of the machine that they show. */
const COUNTERS: Readonly<Record<string, keyof Statistics>> = {
  timer: "timer",
  get_target: "getTarget",
  lock: "lock",
  unlock: "unlock",
  batch_lock: "batchLock",
  batch_unlock: "batchUnlock",
  lock_2m: "lock2m",
  unlock_2m: "unlock2m",
  alloc_4k: "alloc4k",
  alloc_2m: "alloc2m",
  alloc_fail_4k: "allocFail4k",
  alloc_fail_2m: "allocFail2m",
  refused_4k: "errAlloc4k",
  refused_2m: "errAlloc2m",
  freed_4k: "free4k",
  freed_2m: "free2m",
};

interface Recording {
  readonly capabilities: number;
  readonly rows: readonly Readonly<Record<string, number>>[];
  /** The driver's own text at the end. */
  readonly text: string;
}

function recording(file: string): Recording {
  const lines = driverRunText(file).split("\n");
  const heading = lines.find((line) => line.startsWith("t_s,"))?.split(",") ?? [];
  const rows = lines
    .filter((line) => /^\d/.test(line))
    .map((line) => Object.fromEntries(line.split(",").map((cell, i) => [heading[i], Number(cell)])));
  const prefix = "# vmmemctl: ";
  const text = lines.filter((line) => line.startsWith(prefix)).map((line) => `${line.slice(prefix.length)}\n`);
  const [, caps = ""] = /caps=(0x[0-9a-f]+)/.exec(lines[0] as string) ?? [];
  return { capabilities: Number(caps), rows, text: text.join("") };
}

/** A driver with all the memory that it asks for; its first cycle sends START, as before the recording. */
function driver(capabilities: number) {
  const script = { ...CALM, capabilities };
  const world = new BatchWorld(script);
  const ports = new BatchPorts(world);
  const machine = new VmwBalloonMachine(VMW_BALLOON_DEFAULTS, 250);
  const loop = new RequestLoop(machine, { allocator: ports, hypervisor: ports }, () => {});
  machine.load();
  loop.run(machine.cycle());
  const first = { ...machine.state };
  return {
    machine,
    first,
    cycle(target: number): void {
      world.follow({ ...script, targets: [target] });
      loop.run(machine.cycle());
    },
    counters: (): Record<string, number> =>
      Object.fromEntries(
        Object.entries(COUNTERS).map(([column, counter]) => [column, machine.state[counter] - first[counter]]),
      ),
  };
}

describe("the counters of mainline's driver in Linux 6.1", () => {
  it("are recorded at each level of capabilities", () => {
    expect(new Set(FILES.map((file) => recording(file).capabilities))).toEqual(new Set([0x2, 0x6, 0xe]));
  });

  it.each(FILES)("%s: equal in each row in which the driver was at rest, and in its text at the end", (file) => {
    const { capabilities, rows, text } = recording(file);
    const { machine, first, cycle, counters } = driver(capabilities);
    let compared = 0;
    rows.forEach((row, i) => {
      const before = rows[i - 1]?.timer ?? 0;
      for (let cycles = before; cycles < (row.timer as number); cycles++) cycle(row.target as number);
      // A row in mid-cycle shows some of the cycle's commands; the next row at rest shows all.
      const isReached = Math.abs((row.size as number) - (row.target as number)) < SLACK;
      const isAtRest = isReached && rows[i + 1]?.size === row.size && rows[i - 1]?.size === row.size;
      if (!isAtRest) return;
      compared++;
      const recorded = Object.fromEntries(Object.keys(COUNTERS).map((column) => [column, row[column]]));
      expect({ size: machine.size, ...counters() }, `row ${i}`).toEqual({ size: row.size, ...recorded });
    });
    expect(compared).toBeGreaterThan(10);
    const last = rows.at(-1)?.timer as number;
    const atEnd = Number(/^timer\s+:\s+(\d+)$/m.exec(text)?.[1]);
    for (let cycles = last; cycles < atEnd; cycles++) cycle(rows.at(-1)?.target as number);
    expect(vmwBalloonStatistics(machine.state as never, first as never)).toBe(text);
  });
});

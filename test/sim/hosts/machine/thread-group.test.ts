import { expect, test } from "vitest";
import { HostRun } from "../../../../src/sim/hosts/machine/host-run.ts";
import type { ThreadGroup as Group } from "../../../../src/sim/hosts/machine/threads/thread-group.ts";
import { LocalGroup, type VmGroup } from "../../../../src/sim/hosts/machine/vm-group.ts";
import { HostSummarizer, summaryPeriodUs } from "../../../../src/sim/hosts/measures/summarizer.ts";
import { readHostText } from "../../../../src/sim/hosts/scenario/host-text.ts";
import { readHostScenario } from "../../../../src/sim/hosts/scenario/read.ts";

// Threads load compiled modules, which have the address of the thread's module.
const COMPILED = "../../../../dist/sim/hosts/machine/threads/thread-group.js";
const { ThreadGroup } = (await import(COMPILED)) as { ThreadGroup: typeof Group };

const NAME = "hosts/noisy-neighbour";
const UNTIL_US = 300_000_000;

test.each([1, 2, 8])("a host with its VMs in %i threads has the results of one without", (threads) => {
  const read = readHostScenario(NAME);
  // Short of memory, so that orders and reports are about swapped pages, too.
  const scenario = { ...read, memory: Math.floor(read.memory * 0.7), durationUs: UNTIL_US };
  const resultOf = (group: VmGroup) => {
    const observer = new HostSummarizer(scenario);
    new HostRun(scenario, group, { isChecked: true }, [{ observer, everyUs: summaryPeriodUs(UNTIL_US) }]).run();
    return observer.result;
  };
  const { create: _, ...policy } = scenario.policy;
  const host = { source: readHostText(NAME), sets: [], seed: null, policy, untilUs: UNTIL_US };
  const apart = resultOf(new ThreadGroup(scenario.vms, host, { threads, world: 1 }));
  expect(apart).toEqual(resultOf(new LocalGroup(scenario, { world: 1 })));
  expect(apart.swapWritten).toBeGreaterThan(0);
});

test("a thread that fails ends the run with its error", () => {
  const scenario = readHostScenario(NAME);
  const { create: _, ...policy } = scenario.policy;
  const source = { ...readHostText(NAME), folder: "/nowhere" };
  const host = { source, sets: [], seed: null, policy, untilUs: UNTIL_US };
  expect(() => new ThreadGroup(scenario.vms, host, { threads: 2, world: 1 })).toThrow(/no such file|nowhere/);
});

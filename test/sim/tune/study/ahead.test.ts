import { readFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createSampler, SAMPLERS } from "../../../../src/sim/tune/samplers/index.ts";
import { rungsOf } from "../../../../src/sim/tune/study/halving.ts";
import { runStudy } from "../../../../src/sim/tune/study/study.ts";
import { StudyLog } from "../../../../src/sim/tune/study/study-log.ts";
import { spaceOf } from "../../../../src/sim/tune/study/study-space.ts";
import type { StudyHeader, Trial } from "../../../../src/sim/tune/types.ts";
import { fakeHeader, fakeTrace, resultOf } from "../../../support/fakes/fake-study.ts";
import { logUniformUs, VirtualWorkers } from "../../../support/fakes/virtual-workers.ts";
import { scratchDirectory } from "../../../support/processes/command.ts";

const directory = scratchDirectory();

/** Makes a study in virtual time. */
async function make(log: StudyLog, virtual: VirtualWorkers, trials: number): Promise<void> {
  const { header } = log;
  const { sampler: name, seed, batch } = header;
  const sampler = createSampler(name, { space: spaceOf(header), seed, batch });
  await virtual.drive(runStudy(log, sampler, virtual, { trials, isOver: () => false }));
}

const workersOf = (count: number, runUs: (least: number, most: number) => ReturnType<typeof logUniformUs>) =>
  new VirtualWorkers(count, { runUs: runUs(20_000, 2_000_000), latencyUs: 1000 }, resultOf);

const trialsOf = async (header: StudyHeader, virtual: VirtualWorkers, trials: number): Promise<readonly Trial[]> => {
  const log = StudyLog.inMemory(header);
  await make(log, virtual, trials);
  return log.trials;
};

/** Samplers that a study may have, but the grid, which ends by itself. */
const names = SAMPLERS.map(({ name }) => name).filter((name) => name !== "grid");

test("a study has the same trials for any number of workers and any durations of its runs, however many batches are under way", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...names),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 50 }),
      fc.boolean(),
      fc.integer({ min: 0, max: 100 }),
      async (sampler, ahead, workers, halves, trials) => {
        const rungs = halves ? rungsOf(2, 2) : [];
        const header = fakeHeader({ sampler, rungs, ...(ahead === 1 ? {} : { ahead }) });
        const alone = await trialsOf(
          header,
          workersOf(1, () => () => 1000),
          trials,
        );
        expect(alone.length).toBe(trials + 1);
        expect(await trialsOf(header, workersOf(workers, logUniformUs), trials)).toEqual(alone);
      },
    ),
    { numRuns: 40 },
  );
});

test("a study with several batches under way goes on from any byte of its journal to the same journal", async () => {
  for (const sampler of names) {
    const header = fakeHeader({ sampler, ahead: 3 });
    const path = join(directory, `${sampler}.jsonl`);
    const makeIn = async (workers: number) => {
      const log = await StudyLog.open(path, header, () => {});
      try {
        await make(log, workersOf(workers, logUniformUs), 80);
      } finally {
        log.close();
      }
      return readFileSync(path, "utf8");
    };
    const whole = await makeIn(5);
    for (const share of [0.05, 0.3, 0.61, 0.9, 0.999]) {
      truncateSync(path, Math.floor(whole.length * share));
      expect(await makeIn(11)).toBe(whole);
    }
  }
});

test("the sampler learns of batch n - ahead before it proposes batch n, and of no later one", async () => {
  for (const ahead of [1, 2, 5]) {
    const header = fakeHeader({ ...(ahead === 1 ? {} : { ahead }) });
    const told: number[] = [];
    let known = 0;
    const { sampler: name, seed, batch } = header;
    const inner = createSampler(name, { space: spaceOf(header), seed, batch });
    const sampler = {
      ask: (count: number) => {
        told.push(known);
        return inner.ask(count);
      },
      tell: (outcomes: Parameters<typeof inner.tell>[0]) => {
        known++;
        inner.tell(outcomes);
      },
    };
    const virtual = workersOf(7, logUniformUs);
    const log = StudyLog.inMemory(header);
    await virtual.drive(runStudy(log, sampler, virtual, { trials: 8 * batch, isOver: () => false }));
    expect(told).toEqual(Array.from({ length: 8 }, (_, n) => Math.max(0, n + 1 - ahead)));
  }
});

/** Share of the time of the workers that goes into runs, from the first trial to the last. */
async function efficiency(sampler: string, ahead: number, workers: number): Promise<number> {
  const header = fakeHeader({ sampler, traces: [fakeTrace("a")], ...(ahead === 1 ? {} : { ahead }) });
  const virtual = workersOf(workers, logUniformUs);
  await make(StudyLog.inMemory(header), virtual, 4096);
  return virtual.busyUs / (workers * virtual.nowUs);
}

test("eight batches under way keep 64 workers busy for 84 % of the time, one batch for 13 %: runs of 20 ms to 2 s and a latency of 1 ms", async () => {
  expect(await efficiency("nsga2", 8, 64)).toBeCloseTo(0.84, 2);
  expect(await efficiency("nsga2", 1, 64)).toBeCloseTo(0.13, 2);
});

test("a sampler that learns nothing from results keeps 64 workers busy without batches ahead", async () => {
  expect(await efficiency("sobol", 1, 64)).toBeCloseTo(0.91, 2);
});

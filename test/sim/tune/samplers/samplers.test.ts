import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { VMMEMCTL } from "../../../../src/engine/index.ts";
import { defaultSpace, parseSpace } from "../../../../src/sim/tune/parse-space.ts";
import { createSampler, SAMPLERS } from "../../../../src/sim/tune/samplers/index.ts";
import type { Space } from "../../../../src/sim/tune/space.ts";
import type { Outcome, Point, Sampler } from "../../../../src/sim/tune/types.ts";
import { anySpace, outcome } from "../../../support/generators/spaces.ts";

const NAMES = SAMPLERS.map(({ name }) => name);
/** Those that choose from ranges. */
const SEARCHERS = NAMES.filter((name) => name !== "grid");

/** Made-up results: some fail, some are dropped early, some miss a requirement. */
function madeUp(point: Point, trial: number): Outcome {
  const sum = point.reduce((a, b) => a + b, 0);
  const values = [sum % 17, (sum * 7) % 23];
  if (trial % 11 === 3) return { point, values: [], violation: Number.POSITIVE_INFINITY, isComplete: false };
  if (trial % 7 === 2) return { ...outcome(point, values), isComplete: false };
  return outcome(point, values, trial % 5 === 4 ? 0.5 : 0);
}

/** Asks batch after batch and tells what became of them; returns all points. */
function follow(sampler: Sampler, batches: number, batch: number, told: Outcome[] = []): Point[] {
  const points: Point[] = [];
  for (let i = 0; i < batches; i++) {
    const asked = sampler.ask(batch);
    const outcomes = asked.map((point, k) => told[points.length + k] ?? madeUp(point, points.length + k));
    sampler.tell(outcomes);
    points.push(...asked);
  }
  return points;
}

describe.each(SEARCHERS)("%s", (name) => {
  const create = (space: Space, seed = "1", batch = 10) => createSampler(name, { space, seed, batch });

  test("proposes candidates only, none twice, as many as there are at most", () => {
    fc.assert(
      fc.property(anySpace, (space) => {
        const points = follow(create(space), 6, 10);
        expect(points.every((point) => space.isValid(point))).toBe(true);
        expect(new Set(points.map(String)).size).toBe(points.length);
        const count = space.combinations <= 2000 ? [...space.grid()].length : Number.POSITIVE_INFINITY;
        expect(points.length).toBe(Math.min(60, count));
      }),
      { numRuns: 40 },
    );
  });

  test("proposes the same for the same seed and outcomes, and something else for another seed", () => {
    const space = defaultSpace(VMMEMCTL);
    const points = follow(create(space), 12, 10);
    expect(follow(create(space), 12, 10)).toEqual(points);
    expect(follow(create(space, "2"), 12, 10)).not.toEqual(points);
  });

  test("goes on from outcomes that were written down as if it had never stopped", () => {
    const space = defaultSpace(VMMEMCTL);
    const points = follow(create(space), 12, 10);
    const told = points.map(madeUp);
    const resumed = create(space);
    expect(follow(resumed, 8, 10, JSON.parse(JSON.stringify(told), revive))).toEqual(points.slice(0, 80));
    expect(follow(resumed, 4, 10, told.slice(80))).toEqual(points.slice(80));
  });

  test("searches the ranges to their ends", () => {
    const space = parseSpace(VMMEMCTL, ["alloc-max=512..1024", "slow-cycles=0..4"]);
    const points = follow(create(space, "3", 50), 4, 50);
    expect(new Set(points.map((point) => point[1]))).toEqual(new Set([0, 1, 2, 3, 4]));
    expect(Math.min(...points.map((point) => point[0] as number))).toBeLessThan(540);
    expect(Math.max(...points.map((point) => point[0] as number))).toBeGreaterThan(990);
  });
});

/** JSON has no Infinity. */
const revive = (key: string, value: unknown) =>
  key === "violation" && value === null ? Number.POSITIVE_INFINITY : value;

test("every sampler proposes the candidates on record", async () => {
  // A change here makes old studies end differently: the program's version has to change with it.
  const space = defaultSpace(VMMEMCTL);
  const proposals = SEARCHERS.map((name) => {
    const points = follow(createSampler(name, { space, seed: "1", batch: 20 }), 3, 20);
    return [0, 19, 20, 59].map((trial) => `${name} ${trial}: ${points[trial]?.join(" ")}\n`).join("");
  });
  await expect(proposals.join("")).toMatchFileSnapshot("golden/proposals.txt");
});

describe("grid", () => {
  test("proposes every combination once, then nothing", () => {
    const space = parseSpace(VMMEMCTL, ["alloc-max=512,1024,2048", "free-inc=1,2"]);
    const sampler = createSampler("grid", { space, seed: "1", batch: 4 });
    expect([sampler.ask(4), sampler.ask(4), sampler.ask(4)]).toEqual([
      [
        [512, 1],
        [512, 2],
        [1024, 1],
        [1024, 2],
      ],
      [
        [2048, 1],
        [2048, 2],
      ],
      [],
    ]);
  });

  test("wants lists", () => {
    expect(() =>
      createSampler("grid", { space: parseSpace(VMMEMCTL, ["free-inc=0..64"]), seed: "1", batch: 4 }),
    ).toThrow(
      expect.objectContaining({
        name: "InputError",
        message:
          "--set free-inc=0..64: every combination of a range is too much to ask for: write a list, such as free-inc=0,1,64",
      }),
    );
  });
});

test("an unknown sampler is refused", () => {
  expect(() => createSampler("nsga", { space: defaultSpace(VMMEMCTL), seed: "1", batch: 4 })).toThrow(
    '--sampler "nsga": expected one of nsga2, tpe, sobol, random, grid; did you mean "nsga2"?',
  );
});

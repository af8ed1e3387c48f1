import fc from "fast-check";
import { Status } from "../../../src/engine/index.ts";
import type { BatchScript } from "../worlds/batch-world.ts";

/** Targets around the sizes of pages and batches. */
export const batchTarget = fc.oneof(
  fc.constantFrom(0, 1, 511, 512, 513, 1023, 1024, 8 * 512, 8 * 512 + 1, 20 * 512 - 1),
  fc.integer({ min: 0, max: 20_000 }),
);

const status = fc.constantFrom<number>(...Object.values(Status).filter((each) => each !== Status.Success));

/** Answers with a status to one of every so many, from a certain one on. */
const rule = (most: number) =>
  fc.record({ every: fc.integer({ min: 1, max: most }), phase: fc.nat(most), status, isOn: fc.boolean() }).map(
    ({ every, phase, status: answer, isOn }) =>
      (n: number) =>
        isOn && n % every === phase % every ? answer : 0,
  );

const few = fc.oneof({ weight: 3, arbitrary: fc.constant(Number.POSITIVE_INFINITY) }, fc.integer({ min: 0, max: 40 }));

/** Allocations that succeed: all, a few, or some. */
export const allocations = fc.oneof(few, fc.integer({ min: 0, max: 5000 }));

/** A world of batches in which anything may fail. */
export const batchScript = fc.record<BatchScript>({
  capabilities: fc.oneof(
    { weight: 5, arbitrary: fc.constant(0x2e) },
    fc.constantFrom(0x3e, 0x02, 0x06, 0x0a, 0x0e, 0x2e, 0x12),
    fc.constant(null),
  ),
  targets: fc.array(batchTarget, { minLength: 1, maxLength: 4 }),
  small: allocations,
  large: few,
  page: rule(700),
  command: fc.oneof({ weight: 3, arbitrary: fc.constant(() => 0) }, rule(12)),
  totalPages: fc.constantFrom(1 << 20, 2 ** 33),
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { traceDocuments } from "../../support/generators/traces.ts";
import { eachSecond } from "../../support/in-process/curves.ts";

test("every page is counted in exactly one place at any time", () => {
  fc.assert(
    fc.property(traceDocuments, (document) => {
      const sums = eachSecond(JSON.stringify(document), ({ guest }) => [
        guest.free + guest.kernel + guest.anon + guest.cache + guest.balloon + guest.swapCached,
        guest.total,
      ]);
      for (const [sum, total] of sums) expect(sum).toBe(total);
    }),
    { numRuns: 100 },
  );
});

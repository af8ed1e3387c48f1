import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * Files that take longest, longest first: 30 s to 300 s where three processes share two processors. A page's file takes far
 * longer there than alone, because its browser competes with the other tests.
 */
const LONGEST = [
  "test/sim/explore/explore-page.test.ts",
  "test/docs.test.ts",
  "test/sim/fuzz/fuzz.test.ts",
  "test/sim/explore/hosts/hosts-page.test.ts",
  "test/sim/cli/queue.test.ts",
  "test/hw/cli/daemon-process.test.ts",
  "test/sim/report/study-page.test.ts",
  "test/packaging/packages.test.ts",
  "test/native/unit.test.ts",
  "test/sim/library.test.ts",
  "test/hw/end-to-end/protocol.test.ts",
  "test/sim/calibrate/calibrate.test.ts",
  "test/sim/report/run-page.test.ts",
  "test/sim/cli/tune.test.ts",
  "test/hw/end-to-end/curve.test.ts",
  "test/sim/hosts/capacity/docs.test.ts",
  "test/sim/run/invariants.test.ts",
  "test/hw/end-to-end/pressure.test.ts",
  "test/sim/cli/run-queue.test.ts",
];

/**
 * Begins with the longest files, so that none of them runs alone at the end. Vitest orders the others: by their last durations, or
 * in a new clone by their sizes, which do not show that a short file executes long commands.
 */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const placeOf = ({ moduleId, project }: TestSpecification): number => {
      const place = LONGEST.indexOf(relative(project.config.root, moduleId));
      return place === -1 ? LONGEST.length : place;
    };
    return (await super.sort(files)).sort((a, b) => placeOf(a) - placeOf(b));
  }
}

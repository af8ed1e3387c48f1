import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that take longest on an idle machine, 20 s to 70 s, longest first. */
const LONGEST = [
  "test/docs.test.ts",
  "test/sim/cli/queue.test.ts",
  "test/hw/end-to-end/curve.test.ts",
  "test/sim/cli/tune.test.ts",
  "test/hw/end-to-end/pressure.test.ts",
  "test/sim/cli/run-queue.test.ts",
  "test/hw/cli/daemon-process.test.ts",
  "test/sim/report/study-page.test.ts",
  "test/native/unit.test.ts",
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

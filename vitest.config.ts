import { availableParallelism } from "node:os";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import compiled from "./test/support/setup/compiled.ts";
import LongestFirst from "./test/support/setup/longest-first.ts";

/** What the tests of all projects have in common. */
const common = {
  setupFiles: ["test/support/setup/seed.ts"],
  // Twenty times what the slowest of most tests takes, so that a busy machine passes. Tests that take longer say so:
  // test/support/setup/slow.ts.
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // The compiled program needs no transformation.
  server: { deps: { external: [/\/dist\//] } },
};

/**
 * Folders whose files of tests leave nothing behind in their process, and may share one: most of them take less time than the
 * start of a process that loads the modules again.
 */
const FUNCTIONS = ["common", "engine", "sim/!(cli|explore|report)"].map((folder) => `test/${folder}/**/*.test.ts`);

/** Apart from the others, for `npm run test:long`: with projects, Vitest ignores `--exclude`. */
const SOAK = "test/hw/end-to-end/soak.test.ts";

const projects: TestProjectInlineConfiguration[] = [
  // Vitest begins projects in the order of their names: the long tests first, so that short ones fill the end.
  {
    plugins: [compiled()],
    test: { ...common, name: "commands", include: ["test/**/*.test.ts"], exclude: [...FUNCTIONS, SOAK] },
  },
  { plugins: [compiled()], test: { ...common, name: "daemon-soak", include: [SOAK] } },
  { plugins: [compiled()], test: { ...common, name: "functions", include: FUNCTIONS, isolate: false } },
];

export default defineConfig({
  test: {
    projects,
    sequence: { sequencer: LongestFirst },
    reporters: ["default", "./test/support/setup/closing-line.ts"],
    globalSetup: ["test/support/setup/global-setup.ts", "test/support/setup/emulation-programs.ts"],
    // One more than processors: tests of the daemon and of the queue wait for most of their time.
    maxWorkers: availableParallelism() + 1,
  },
});

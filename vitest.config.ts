import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    reporters: ["default", "./test/support/setup/closing-line.ts"],
    setupFiles: ["test/support/setup/seed.ts"],
    globalSetup: ["test/support/setup/global-setup.ts", "test/support/setup/emulation-programs.ts"],
    // A file of tests for each processor; by default one processor is left to other programs, which is half of two.
    maxWorkers: availableParallelism(),
    // Twenty times what the slowest of most tests takes, so that a busy machine passes. Tests that take longer say so:
    // test/support/setup/slow.ts.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // The compiled program needs no transformation.
    server: { deps: { external: [/\/dist\//] } },
  },
});

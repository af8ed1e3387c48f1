import { defineConfig } from "vitest/config";

/** The tests that `npm run mutation` runs against each mutant of the engine: those that need neither a build nor an oracle. */
export default defineConfig({
  test: {
    include: ["test/engine/**/*.test.ts"],
    exclude: ["test/engine/oracle.test.ts"],
    setupFiles: ["test/support/setup/mutation-setup.ts"],
    testTimeout: 60_000,
  },
});

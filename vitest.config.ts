import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    reporters: ["default", "./test/support/closing-line.ts"],
    setupFiles: ["test/support/seed.ts"],
    globalSetup: ["test/global-setup.ts"],
    // Property-based and differential tests run thousands of cases each; none of them depends on how long it takes.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    reporters: ["default", "./test/support/setup/closing-line.ts"],
    setupFiles: ["test/support/setup/seed.ts"],
    globalSetup: ["test/support/setup/global-setup.ts"],
    // Property-based and differential tests run thousands of cases each; none of them depends on how long it takes.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});

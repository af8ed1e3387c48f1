#!/usr/bin/env node
const { join } = require("node:path");
const { start } = require("./start.js");

start("balloon-hw", join(__dirname, "../dist/hw/cli/main.js"), {
  // Exit codes of src/hw/exit-codes.ts.
  outdated: 28,
  fewFiles: 32,
  untrusted: 27,
  // As root, only code that no other user can have written is run.
  code: ["bin", "package.json", "dist/engine", "dist/common", "dist/hw", "build/Release/balloon_hw.node", "prebuilds"],
  packages: ["commander", "fastest-levenshtein", "jsonc-parser", "pino"],
});

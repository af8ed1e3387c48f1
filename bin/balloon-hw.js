#!/usr/bin/env node
const { join } = require("node:path");
const { start } = require("./start.js");

const dist = join(__dirname, "../dist");
// Exit codes of src/hw/exit-codes.ts.
const exits = { outdated: 28, fewFiles: 32, untrusted: 27 };

/** Commands that are the simulator's; the daemon has no code of it. */
const OF_THE_SIMULATOR = ["shadow"];
const [first = "", second = ""] = process.argv.slice(2);

// As root, only code that no other user can have written is run.
if (OF_THE_SIMULATOR.includes(first === "help" ? second : first)) {
  start("balloon-hw", join(dist, "sim/cli/shadow-main.js"), {
    ...exits,
    code: ["bin", "package.json", "dist/engine", "dist/common", "dist/sim", "dist/bundle/page"],
    packages: [
      "cli-table3",
      "commander",
      "d3-scale",
      "fastest-levenshtein",
      "jsonc-parser",
      "seedrandom",
      "string-width",
      "tinypool",
      "uplot",
    ],
  });
} else {
  start("balloon-hw", join(dist, "hw/cli/main.js"), {
    ...exits,
    code: [
      "bin",
      "package.json",
      "dist/engine",
      "dist/common",
      "dist/hw",
      "packaging",
      "build/Release/balloon_hw.node",
      "prebuilds",
    ],
    packages: ["commander", "fastest-levenshtein", "jsonc-parser", "pino"],
  });
}

#!/usr/bin/env node
const { join } = require("node:path");
const { start } = require("./start.js");

const dist = join(__dirname, "../dist");
start("balloon-sim", join(dist, "sim/cli/main.js"), { outdated: 1, fewFiles: 1, bundle: join(dist, "bundle/sim") });

#!/usr/bin/env node
const { join } = require("node:path");
const { start } = require("./start.js");

start("balloon-hw", join(__dirname, "../dist/hw/cli/main.js"));

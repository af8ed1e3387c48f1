#!/usr/bin/env node
import { start } from "./start.js";

await start("balloon-sim", "../dist/sim/cli/main.js", "../dist/bundle/sim/main.js");

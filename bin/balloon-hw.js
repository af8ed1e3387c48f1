#!/usr/bin/env node
import { start } from "./start.js";

await start("balloon-hw", "../dist/hw/cli/main.js");

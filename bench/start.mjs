/** The time of a short command, compared with an empty process. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { median, n, seconds } from "./measure.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const COMMAND = [`${root}bin/balloon-sim.js`, "run", `${root}traces/spike.json`];
const LIMIT_SECONDS = 0.1;

export function measure(smoke) {
  const run = (args) => seconds(() => spawnSync(process.execPath, args, { stdio: "ignore" }));
  const times = { node: [], spike: [] };
  for (let i = 0; i < (smoke ? 5 : 25); i++) {
    times.node.push(run(["-e", "0"]));
    times.spike.push(run(COMMAND));
  }
  const nodeSeconds = median(times.node);
  const spikeSeconds = median(times.spike);
  return { nodeSeconds, spikeSeconds, overNodeSeconds: spikeSeconds - nodeSeconds };
}

export const lines = (s) => [
  "start-up",
  `  run traces/spike.json ${n(s.spikeSeconds * 1e3)} ms, node -e 0 ${n(s.nodeSeconds * 1e3)} ms: ${n(s.overNodeSeconds * 1e3)} ms more (at most ${LIMIT_SECONDS * 1e3} wanted)`,
];

export const isGood = (s, smoke) => smoke || s.overNodeSeconds <= LIMIT_SECONDS;

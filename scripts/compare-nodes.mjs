// Runs every bundled trace on several versions of Node and compares the output with the hashes in
// test/sim/run/hashes.txt: `npm run test:nodes [-- VERSION…]`. The npm package `node` provides the versions.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = join(root, "bin/balloon-sim.js");
const versions = process.argv.length > 2 ? process.argv.slice(2) : ["20", "22", "24", "26"];
const recorded = readFileSync(join(root, "test/sim/run/hashes.txt"), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => line.split("  "));

const fail = (what) => {
  process.stderr.write(`${what}\n`);
  process.exit(1);
};

function run(version, args) {
  const command = ["exec", "--yes", `--package=node@${version}`, "--", "node"];
  const result = spawnSync("npm", [...command, ...args], { cwd: root, encoding: "buffer", maxBuffer: 2 ** 30 });
  if (result.status !== 0) fail(`${version}: exit ${result.status}: ${result.stderr}`);
  return result.stdout;
}

const hash = (bytes) => createHash("sha256").update(bytes).digest("hex");

let different = 0;
for (const version of versions) {
  const name = run(version, ["-p", "process.version"]).toString().trim().split("\n").at(-1);
  let equal = 0;
  for (const [wanted, trace] of recorded) {
    const found = hash(run(version, [bin, "run", trace, "--columns", "all"]));
    if (found === wanted) equal++;
    else process.stderr.write(`${trace}: ${found} on ${name}, ${wanted} on record\n`);
  }
  different += recorded.length - equal;
  process.stdout.write(`${name}: ${equal} of ${recorded.length} traces equal\n`);
}
if (different > 0) fail(`${different} curves differ from those on record`);

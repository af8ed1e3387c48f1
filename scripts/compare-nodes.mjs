// Runs every bundled trace on several versions of Node and compares the bytes: `npm run test:nodes [-- VERSION…]`.
// The npm package `node` brings the versions; the running one is the first.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = join(root, "bin/balloon-sim.js");
const versions = process.argv.length > 2 ? process.argv.slice(2) : ["20", "22", "24", "26"];
const traces = readdirSync(join(root, "traces"), { recursive: true })
  .filter((name) => /\.jsonl?$/.test(name))
  .map((name) => relative(root, join(root, "traces", name)))
  .sort();

const fail = (what) => {
  process.stderr.write(`${what}\n`);
  process.exit(1);
};

function run(version, args) {
  const command = version === null ? process.execPath : "npm";
  const prefix = version === null ? [] : ["exec", "--yes", `--package=node@${version}`, "--", "node"];
  const result = spawnSync(command, [...prefix, ...args], { cwd: root, encoding: "buffer", maxBuffer: 2 ** 30 });
  if (result.status !== 0) fail(`${version ?? process.version}: exit ${result.status}: ${result.stderr}`);
  return result.stdout;
}

const hash = (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 16);
const everything = (version) => traces.map((trace) => hash(run(version, [bin, "run", trace, "--columns", "all"])));

const reference = everything(null);
let different = 0;
for (const version of versions) {
  const name = run(version, ["-p", "process.version"]).toString().trim().split("\n").at(-1);
  const hashes = everything(version);
  hashes.forEach((value, i) => {
    if (value === reference[i]) return;
    different++;
    process.stderr.write(`${traces[i]}: ${value} on ${name}, ${reference[i]} on ${process.version}\n`);
  });
  process.stdout.write(
    `${name}: ${traces.length - hashes.filter((h, i) => h !== reference[i]).length} of ${traces.length} traces equal\n`,
  );
}
if (different > 0) fail(`${different} curves differ between versions of Node`);

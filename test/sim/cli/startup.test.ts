import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { balloonSim, scratchDirectory } from "../../support/processes/command.ts";

/** The packages that a command loads, as Node's own coverage lists them. */
function packagesLoaded(...args: string[]): string[] {
  const directory = scratchDirectory();
  expect(balloonSim(args, { env: { NODE_V8_COVERAGE: directory } }).status).toBe(0);
  const urls = readdirSync(directory).flatMap((name) =>
    (JSON.parse(readFileSync(join(directory, name), "utf8")).result as { url: string }[]).map(({ url }) => url),
  );
  expect(urls.some((url) => url.includes("balloon-sim.js"))).toBe(true);
  const names = urls.flatMap((url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []);
  return [...new Set(names)].sort();
}

// The start must stay short: what only some runs need is loaded by them alone.
test.each([
  [["run", "steady"], []],
  [["run", "steady", "--format", "ndjson"], []],
  [["--version"], []],
])("%j loads no package that it does not need", (args, packages) => {
  expect(packagesLoaded(...args)).toEqual(packages);
});

test("a run loads none of Node's modules for processes, threads, hashes, ES modules and standard streams", () => {
  const directory = scratchDirectory();
  const list = join(directory, "loaded.txt");
  const hook = join(directory, "hook.cjs");
  const write = `require("node:fs").writeFileSync(${JSON.stringify(list)}, process.moduleLoadList.join("\\n"))`;
  writeFileSync(hook, `process.on("exit", () => ${write});\n`);
  expect(balloonSim(["run", "steady"], { env: { NODE_OPTIONS: `--require ${hook}` } }).status).toBe(0);
  const loaded = readFileSync(list, "utf8").split("\n");
  expect(loaded).toContain("NativeModule vm");
  const slow = ["child_process", "worker_threads", "crypto", "module", "internal/modules/esm/loader", "net", "tty"];
  const streams = ["internal/fs/sync_write_stream"];
  expect([...slow, ...streams].filter((name) => loaded.includes(`NativeModule ${name}`))).toEqual([]);
});

/**
 * Closes the loop once, whole: records VMs with the daemon's package, calibrates and tunes on their recordings, deploys the rates that
 * come out, and records again. docs/loop.md has what came of it.
 *
 *     node lab/evidence/loop.mjs --package FILE.deb [--lab DIRECTORY] [--out DIRECTORY] [--repetitions N] [--priority]
 *
 * Steps whose results are in the directory already are not repeated.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { enable, install, isActive, settle, until, withVm } from "./vm.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const { values } = parseArgs({
  options: {
    package: { type: "string" },
    lab: { type: "string", default: join(here, "../build/vm") },
    out: { type: "string", default: join(here, "../build/loop") },
    repetitions: { type: "string", default: "3" },
    priority: { type: "boolean", default: false },
  },
});
if (values.package === undefined || !existsSync(values.package)) {
  process.stderr.write("loop.mjs: --package FILE.deb is missing: npm run package\n");
  process.exit(2);
}
if (values.priority) writeFileSync("/proc/self/autogroup", "-15");
const repetitions = Number(values.repetitions);
const out = resolve(values.out);
mkdirSync(out, { recursive: true });

/** The daemon's floor in all runs: the default one would leave nothing for the balloon here. */
const FLOOR = "96MiB";
/** The targets of a run: seconds since its beginning, and MiB. The floor leaves some 400 MiB for the balloon. */
const TARGETS = [
  [10, 370],
  [60, 120],
  [100, 390],
  [150, 30],
];
const SECONDS = 190;
/** What is searched, and within which bounds. */
const SPACE = ["nosleep-alloc-max=4096..262144", "alloc-max=256..65536", "free-max=4096..262144", "slow-cycles=0..16"];

const work = mkdtempSync(join(tmpdir(), "balloon-loop-"));
process.on("exit", () => rmSync(work, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(130));
const root = join(work, "root.img");

/** A command of the simulator, in the directory of the results. */
const simulator = (...words) =>
  execFileSync(process.execPath, [join(here, "../../bin/balloon-sim.js"), ...words], {
    cwd: out,
    stdio: ["ignore", "inherit", "inherit"],
  });

/** Records one run in a VM of its own; `rates` is the file that is deployed, or null for the constants of the driver. */
async function record(name, rates) {
  if (existsSync(join(out, `${name}.jsonl`))) return;
  if (!existsSync(root)) {
    execFileSync(join(here, "../vm/debian-image.sh"), ["-d", values.lab, root, resolve(values.package)], {
      stdio: "inherit",
    });
  }
  await withVm({ lab: values.lab, root, console: join(out, `${name}.console`) }, async (vm) => {
    await vm.setHost("target", 0);
    const settings = { floor: FLOOR, "give-way": false, record: "/run/loop.jsonl" };
    if (rates !== null) {
      await vm.copy(rates, "/etc/balloon-hw.rates.json");
      settings.rates = "/etc/balloon-hw.rates.json";
    }
    await install(vm, basename(values.package));
    await vm.run(`echo '${JSON.stringify(settings)}' > /etc/balloon-hw.json`);
    // Memory that is used all the time, and memory that is not used any more.
    for (const [unit, size, rate] of [
      ["used", 400, 50],
      ["idle", 250, 0],
    ]) {
      await vm.run(
        `rm -f /tmp/hogready; systemd-run --quiet --unit=${unit} hog ${size} ${rate} && until [ -e /tmp/hogready ]; do sleep 1; done`,
      );
    }
    await enable(vm);
    if (!(await until(120, () => isActive(vm))))
      throw new Error(await vm.run("journalctl -u 'balloon-hw*' -o cat -n 20"));
    const began = Date.now();
    for (const [second, mib] of TARGETS) {
      await sleep(began + second * 1000 - Date.now());
      await vm.setHost("target", mib * 256);
    }
    await sleep(began + SECONDS * 1000 - Date.now());
    await settle(vm, 0);
    const text = await vm.run("cat /run/loop.jsonl", 120);
    const { violations } = await vm.host();
    if (violations !== 0) throw new Error(`${violations} violations of the protocol`);
    writeFileSync(join(out, `${name}.jsonl`), `${text}\n`);
    process.stdout.write(`${name}: ${text.split("\n").length - 1} samples\n`);
  });
}

const numbers = Array.from({ length: repetitions }, (_, i) => i + 1);
const once = (file, make) => {
  if (!existsSync(join(out, file))) make();
};
for (const i of numbers) await record(`before.${i}`, null);
once("machine.json", () => simulator("calibrate", ...numbers.map((i) => `before.${i}.jsonl`), "-o", "machine.json"));
once("guest.trace.jsonl", () => simulator("import", "before.1.jsonl", "--touch", "50MiB/s", "-o", "guest.trace.jsonl"));
once("study.jsonl", () =>
  simulator(
    ...["tune", "guest.trace.jsonl", "--minimize", "time_to_target", "--minimize", "stall_full"],
    ...["--machine", "./machine.json", "--trials", "300", "--study", "study.jsonl"],
    ...SPACE.flatMap((each) => ["--set", each]),
  ),
);
once("rates.json", () => simulator("study", "best", "study.jsonl", "-o", "rates.json"));
for (const i of numbers) await record(`after.${i}`, join(out, "rates.json"));

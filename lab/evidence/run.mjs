/**
 * Puts the daemon's package into VMs of the VM lab and does to them what happens to machines (table.mjs, machines.mjs):
 *
 *     node lab/evidence/run.mjs --package FILE.deb [--older FILE.deb] [--rpm FILE.rpm] [EXPERIMENT …] [--lab DIRECTORY] [--out DIRECTORY]
 *
 * Each experiment writes EXPERIMENT.json: what was done, what has to be true and was or was not, what was seen, the daemon's log,
 * the host's book. The exit status is 1 where a check failed or the host saw a violation.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { alertsOf, beginScrapes, checkPromtool, scrapesOf } from "./alerts.mjs";
import { MACHINES } from "./machines.mjs";
import { EXPERIMENTS } from "./table.mjs";
import { enable, install, isActive, until, withVm } from "./vm.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    package: { type: "string" },
    older: { type: "string" },
    rpm: { type: "string" },
    lab: { type: "string", default: join(here, "../build/vm") },
    out: { type: "string", default: join(here, "../build/evidence") },
    seconds: { type: "string" },
    caps: { type: "string", default: "0xe" },
    priority: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
  },
});

const all = { ...MACHINES, ...EXPERIMENTS };
if (values.list) {
  for (const [name, { does }] of Object.entries(all)) process.stdout.write(`${name.padEnd(22)} ${does}\n`);
  process.exit(0);
}
const unknown = positionals.filter((name) => !(name in all));
if (unknown.length > 0 || values.package === undefined || !existsSync(values.package)) {
  process.stderr.write(
    unknown.length > 0
      ? `run.mjs: no experiment ${unknown.join(", ")}: run.mjs --list\n`
      : "run.mjs: --package FILE.deb is missing: npm run package\n",
  );
  process.exit(2);
}

// Before an hour in a VM, not after it.
checkPromtool();

// Kernels schedule sessions of processes, each of which has a priority of its own.
if (values.priority) writeFileSync("/proc/self/autogroup", "-15");
const work = mkdtempSync(join(tmpdir(), "balloon-evidence-"));
process.on("exit", () => rmSync(work, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(130));
const root = join(work, "root.img");
const files = [values.package, values.older, values.rpm].flatMap((file) => (file ? [resolve(file)] : []));
if (new Set(files.map((file) => basename(file))).size < files.length) {
  process.stderr.write(
    "run.mjs: two package files have the same name, and go to the same place in the VM: rename one\n",
  );
  process.exit(2);
}
execFileSync(join(here, "../vm/debian-image.sh"), ["-d", values.lab, root, ...files], { stdio: "inherit" });
mkdirSync(values.out, { recursive: true });

/** What an experiment finds in the VM beside the machine itself. */
const context = {
  package: basename(values.package),
  older: values.older && basename(values.older),
  rpm: values.rpm && basename(values.rpm),
  seconds: values.seconds && Number(values.seconds),
  seed: 1,
};

/** Version of the guest's kernel. */
const kernelOf = (lab) => readFileSync(join(lab, "kernel"), "utf8").trim();

let failed = false;
for (const name of positionals.length > 0 ? positionals : Object.keys(all)) {
  const { does, run, machine = {}, caps = values.caps, prepared = name in EXPERIMENTS } = all[name];
  const began = Date.now();
  const options = {
    lab: values.lab,
    root,
    console: join(values.out, `${name}.console`),
    device: `caps=${caps}`,
    ...machine,
  };
  const { scrapes, ...result } = await withVm(options, async (vm) => {
    if (prepared) {
      // With an empty balloon, so that the kernel's driver can be unloaded.
      await vm.setHost("target", 0);
      await install(vm, context.package);
      await enable(vm);
      if (!(await until(120, () => isActive(vm)))) {
        throw new Error(`the daemon does not run: ${await vm.run("journalctl -u 'balloon-hw*' -o cat -n 20")}`);
      }
      await beginScrapes(vm);
    }
    const { checks, seen } = await run(vm, context);
    const scrapes = prepared ? await scrapesOf(vm) : null;
    const warned = (await vm.sh("journalctl -u 'balloon-hw*' -p warning -o cat")).output;
    const warnings = [...new Set(warned.split("\n").filter(Boolean))];
    const log = (await vm.sh("journalctl -u 'balloon-hw*' -o short-monotonic --no-hostname | tail -n 60")).output.split(
      "\n",
    );
    const messages = (await vm.sh("dmesg --level=warn,err,crit,alert,emerg | tail -n 40")).output.split("\n");
    return { checks, seen, host: await vm.host(), warnings, scrapes, log, messages };
  }).catch((error) => ({
    checks: { completed: false },
    seen: { error: error.message },
    host: null,
    warnings: [],
    scrapes: null,
    log: [],
    messages: [],
  }));
  const good = Object.values(result.checks).every(Boolean) && (result.host?.violations ?? 1) === 0;
  failed ||= !good;
  let alerts = null;
  try {
    if (scrapes !== null) alerts = alertsOf(scrapes);
  } catch (error) {
    failed = true;
    process.stderr.write(`run.mjs: ${name}: the alerts could not be evaluated: ${error.message}\n`);
  }
  writeFileSync(
    join(values.out, `${name}.json`),
    `${JSON.stringify({ experiment: name, does, caps, kernel: kernelOf(values.lab), package: context.package, good, ...result, alerts }, null, 2)}\n`,
  );
  process.stdout.write(
    `${good ? "good" : "BAD "} ${name}: ${Math.round((Date.now() - began) / 1000)} s, ${JSON.stringify({ ...result.checks, ...result.seen, ...result.host })}\n`,
  );
}
process.exitCode = failed ? 1 : 0;

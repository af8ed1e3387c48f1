/**
 * Records scenarios in a lab (README.md): `npm run lab:record -- SCENARIO … [options]`.
 *
 * --list            lists the scenarios
 * --repeat N        repetitions of each, 3 by default; scenarios take turns
 * --missing         records what is not in DIRECTORY yet, such as the rest of an interrupted recording
 * --out DIRECTORY   where SCENARIO.REPETITION.csv is written, lab/build/runs by default
 * --labs DIRECTORY  where the labs are built, lab/build by default
 * --even-if-busy    records although the machine does something else
 */
import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const LAB = fileURLToPath(new URL(".", import.meta.url));
/** Where the user is; npm runs scripts in the root of the package. */
const HERE = process.env.INIT_CWD ?? process.cwd();

/** The highest load average of the last minute at which a recording means something. */
const IDLE_LOAD = 0.5;
/** Between repetitions: the highest share of the processors' time in use, over which time, and how long it may take. */
const IDLE_SHARE = 0.05;
const SETTLE_STEP_SECONDS = 1;
const SETTLE_SECONDS = 300;
const KILL_AFTER_MS = 5000;

/** What tells that a lab is built. */
const BUILT = { kernel: ["linux", "initrd.gz"], vm: ["qemu/build/qemu-system-x86_64", "initrd.gz"] };

/** A reason to end with a line and an exit status. */
class Refusal extends Error {
  constructor(message, status = 1) {
    super(message);
    this.status = status;
  }
}

const USAGE =
  "usage: npm run lab:record -- SCENARIO … [--repeat N] [--out DIRECTORY] [--labs DIRECTORY] [--missing] [--even-if-busy] | --list";

const OPTIONS = {
  list: { type: "boolean", default: false },
  repeat: { type: "string", default: "3" },
  out: { type: "string" },
  labs: { type: "string" },
  missing: { type: "boolean", default: false },
  "even-if-busy": { type: "boolean", default: false },
};

function readArguments(args) {
  let parsed;
  try {
    parsed = parseArgs({ args, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new Refusal(`${error.message}\n${USAGE}`, 2);
  }
  const { values, positionals } = parsed;
  const repeat = Number(values.repeat);
  if (!/^[1-9]\d?$/.test(values.repeat)) throw new Refusal(`--repeat ${values.repeat}: expected 1 to 99`, 2);
  if (!values.list && positionals.length === 0) throw new Refusal(`which scenario?\n${USAGE}`, 2);
  const directory = (path, otherwise) => (path === undefined ? join(LAB, otherwise) : resolve(HERE, path));
  return {
    names: positionals,
    isList: values.list,
    repeat,
    out: directory(values.out, "build/runs"),
    labs: directory(values.labs, "build"),
    isOnlyMissing: values.missing,
    isBusyAllowed: values["even-if-busy"],
  };
}

/** Load averages of 1, 5 and 15 minutes. Tests name another file. */
const loads = () =>
  readFileSync(process.env.LAB_LOADAVG ?? "/proc/loadavg", "utf8")
    .split(" ")
    .slice(0, 3)
    .map(Number);
const isIdle = () => loads()[0] <= IDLE_LOAD;

/**
 * The runs that are to be made, by turns: what changes in the machine during a long recording then meets all
 * scenarios. Refuses what can be refused before the first run.
 */
function check({ names, repeat, out, labs, isOnlyMissing, isBusyAllowed }, scenarios) {
  const wanted = names.map((name) => {
    const scenario = scenarios.find((one) => one.name === name);
    if (scenario === undefined) throw new Refusal(`there is no scenario ${name}: --list lists them`, 2);
    return scenario;
  });
  for (const { lab } of wanted) {
    const place = join(labs, lab);
    if (BUILT[lab].some((file) => !existsSync(join(place, file)))) {
      throw new Refusal(`the ${lab} lab is not built in ${place}: lab/${lab}/build.sh ${place}`);
    }
  }
  const runs = Array.from({ length: repeat }, (_, i) =>
    wanted.map((scenario) => ({ scenario, file: join(out, `${scenario.name}.${i + 1}.csv`) })),
  ).flat();
  const recorded = runs.find(({ file }) => existsSync(file));
  if (!isOnlyMissing && recorded !== undefined) {
    throw new Refusal(`${recorded.file} exists already (--missing records the others)`);
  }
  if (!isBusyAllowed && !isIdle()) {
    throw new Refusal(
      `the machine is busy: its load average is ${loads()[0]}, and over ${IDLE_LOAD} shows (--even-if-busy)`,
    );
  }
  if (process.getuid() !== 0) throw new Refusal("runs are pinned and have raised priority: this needs root");
  return runs.filter(({ file }) => !existsSync(file));
}

/** Numbers of the processors on which this process may run. */
function allowedProcessors() {
  const [, list] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync("/proc/self/status", "utf8"));
  return list.split(",").flatMap((range) => {
    const [first, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/** The processors of a run: the last ones, as the first ones serve most interrupts. */
function processors({ lab, settings }) {
  const wanted = lab === "kernel" ? 1 : Number(/(?:^| )cpus=(\d+)/.exec(settings)?.[1] ?? 2);
  return allowedProcessors().slice(-wanted).join(",");
}

/** The run that goes on, to be ended with this script. */
let running;

/** Records one repetition. The file has its name once it is complete. */
async function record(scenario, file, labs) {
  const { lab, memory, settings } = scenario;
  const part = `${file}.part`;
  const load = loads();
  const descriptor = openSync(part, "w");
  try {
    const args = ["-d", join(labs, lab), memory, ...settings.split(" ")];
    // A group of its own: the guest's processes are ended with it.
    running = spawn(join(LAB, lab, "run.sh"), args, {
      env: { ...process.env, CPU: processors(scenario) },
      stdio: ["ignore", descriptor, "inherit"],
      detached: true,
    });
    const status = await new Promise((end, fail) => running.on("close", end).on("error", fail));
    if (status !== 0) throw new Refusal(`${scenario.name}: the run ended with status ${status}`);
    const [settingsLine, ...lines] = readFileSync(part, "utf8").split("\n");
    writeFileSync(part, [settingsLine, `# load before: ${load.join(", ")}`, ...lines].join("\n"));
    renameSync(part, file);
  } finally {
    running = undefined;
    closeSync(descriptor);
    rmSync(part, { force: true });
  }
}

/** Seconds of work and of time of all processors since the machine started. Tests name another file. */
function processorTime() {
  const [, fields] = /^cpu +(.*)$/m.exec(readFileSync(process.env.LAB_STAT ?? "/proc/stat", "utf8"));
  const [user, nice, system, idle, iowait, irq, softirq, steal] = fields.split(" ").map(Number);
  const busy = user + nice + system + irq + softirq + steal;
  return { busy, all: busy + idle + iowait };
}

/**
 * Waits until the machine has nothing to do. The load average would take over a minute to forget the run before,
 * which has ended and disturbs nothing.
 */
async function settle() {
  let before = processorTime();
  for (let waited = 0; waited < SETTLE_SECONDS; waited += SETTLE_STEP_SECONDS) {
    await sleep(SETTLE_STEP_SECONDS * 1000);
    const now = processorTime();
    if (now.busy - before.busy <= IDLE_SHARE * (now.all - before.all)) return;
    before = now;
  }
  throw new Refusal("the machine is busy: its processors work although no run goes on");
}

let isInterrupted = false;

function interrupt() {
  isInterrupted = true;
  if (running === undefined) process.exit(130);
  const { pid } = running;
  process.kill(-pid, "SIGTERM");
  setTimeout(() => running && process.kill(-pid, "SIGKILL"), KILL_AFTER_MS).unref();
}

async function main(args) {
  const options = readArguments(args);
  const scenarios = JSON.parse(readFileSync(join(LAB, "scenarios.json"), "utf8"));
  if (options.isList) {
    for (const { name, lab, memory, settings } of scenarios) {
      console.log(`${name.padEnd(20)} ${lab.padEnd(6)} ${memory} ${settings}`);
    }
    return;
  }
  const runs = check(options, scenarios);
  mkdirSync(options.out, { recursive: true });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, interrupt);
  let isFirst = true;
  for (const { scenario, file } of runs) {
    if (!isFirst && !options.isBusyAllowed) await settle();
    isFirst = false;
    await record(scenario, file, options.labs);
    console.log(file.startsWith(HERE) ? relative(HERE, file) : file);
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (isInterrupted) process.exit(130);
  if (!(error instanceof Refusal)) throw error;
  console.error(`lab:record: ${error.message}`);
  process.exit(error.status);
}

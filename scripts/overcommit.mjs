/**
 * Searches how far each policy lets each bundled host be overcommitted, with its own drivers and with others, and stores the results,
 * of which `npm run overcommit:docs` makes the tables of docs/overcommit.md. Each search is that of `balloon-sim capacity`. All of it
 * takes about 20 minutes on two idle processors.
 *
 *     npm run overcommit:record                      all results
 *     npm run overcommit:record -- database office   those of some hosts
 *
 * Every run is kept in build/overcommit.ndjson as soon as it is made, and is not made again while model, hosts and traces are the same:
 * a recording that was interrupted goes on where it was, and one in more worlds makes only the runs that are new.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PAGE_BYTES } from "../dist/common/units.js";
import { configuredOf, memoryAxis } from "../dist/sim/hosts/capacity/axis.js";
import { findBoundary } from "../dist/sim/hosts/capacity/boundary.js";
import { searchCapacity } from "../dist/sim/hosts/capacity/capacity.js";
import { capacityPool } from "../dist/sim/hosts/capacity/pool.js";
import { parseHostRequirements } from "../dist/sim/hosts/capacity/requirement.js";
import { TrialRunner } from "../dist/sim/hosts/capacity/setup.js";
import { QUANTUM_US } from "../dist/sim/hosts/machine/host-run.js";
import { readHostText } from "../dist/sim/hosts/scenario/host-text.js";
import { Journal, versionOf } from "./overcommit/journal.mjs";
import { COMPARED_UNDER, HOSTS, REQUIREMENTS, STEP_PERCENT, searchesOf } from "./overcommit/searches.mjs";

/** @typedef {import("../dist/sim/hosts/capacity/setup.js").Trial} Trial */
/** @typedef {import("../dist/sim/hosts/capacity/trial.js").TrialResult} TrialResult */
/** @typedef {import("../dist/sim/hosts/capacity/capacity.js").PolicyCapacity} PolicyCapacity */
/** @typedef {import("./overcommit/searches.mjs").Search} Search */

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const RESULTS = join(ROOT, "test/sim/hosts/capacity/overcommit");
const JOURNAL = join(ROOT, "build/overcommit.ndjson");

/** Half of the time between two meetings of the VMs with their host. */
const HALF_US = QUANTUM_US / 2;

/**
 * Does work with the searches of a host, and runs for it.
 * @template Result
 * @param {Journal} journal
 * @param {string} host
 * @param {number} quantumUs
 * @param {(work: {
 *   file: import("../dist/sim/hosts/scenario/types.js").HostScenario,
 *   axis: import("../dist/sim/hosts/capacity/axis.js").Axis,
 *   searches: readonly Search[],
 *   own: readonly string[],
 *   run: (trial: Trial) => Promise<TrialResult>,
 * }) => Promise<Result>} work
 */
async function withHost(journal, host, quantumUs, work) {
  const requirements = parseHostRequirements(REQUIREMENTS);
  const common = { source: readHostText(`hosts/${host}`), seed: null, requirements };
  const file = new TrialRunner({ ...common, policies: [{ policy: null, sets: [] }] }).base(0);
  const { searches, own } = searchesOf(file.vms);
  const policies = searches.map(({ setup }) => setup);
  const pool = capacityPool({ ...common, quantumUs, policies }, availableParallelism());
  const run = async (/** @type {Trial} */ trial) => {
    const { policy, point, world, isWhole } = trial;
    const setup = policies[policy];
    const what = [host, quantumUs, REQUIREMENTS, setup?.policy, setup?.sets, point, world, isWhole];
    return await journal.of(what, () => pool.run(trial));
  };
  try {
    return await work({ file, axis: memoryAxis(file, { percent: STEP_PERCENT }), searches, own, run });
  } finally {
    await pool.stop();
  }
}

const nameOf = (/** @type {Search} */ { name, driver }) => `${name}, ${driver ?? "drivers of the file"}`;

/**
 * Makes all searches of a host, and stores their results. Those of drivers begin where the one with the host's own drivers ended.
 * @param {Journal} journal
 * @param {(typeof HOSTS)[number]} searched
 */
async function record(journal, { host, worlds, isLong = false }) {
  await withHost(journal, host, QUANTUM_US, async ({ file, axis, searches, own, run }) => {
    const atFile = axis.points.findIndex((_, index) => bytesOf(axis, index) >= file.memory * PAGE_BYTES);
    const begin = isLong && atFile !== -1 ? atFile : null;
    const isOwn = (/** @type {Search} */ { name, driver }) => name === COMPARED_UNDER && driver === null;
    const ofOwn = searchCapacity(searches.findIndex(isOwn), axis, worlds, run, { begin });
    const found = await Promise.all(
      searches.map(async (search, i) => {
        const capacity = isOwn(search)
          ? await ofOwn
          : await searchCapacity(i, axis, worlds, run, {
              begin: search.driver === null ? begin : (await ofOwn).least,
            });
        console.error(`${host}, ${nameOf(search)}: ${capacity.runs} runs`);
        return { policy: search.name, driver: search.driver, ...resultOf(capacity, axis) };
      }),
    );
    store(host, {
      host,
      file: {
        policy: file.policy.name,
        drivers: own,
        memory_bytes: file.memory * PAGE_BYTES,
        vms: file.vms.length,
        configured_bytes: configuredOf(file) * PAGE_BYTES,
      },
      requirements: REQUIREMENTS,
      worlds,
      step_bytes: axis.step * PAGE_BYTES,
      searches: found,
    });
  });
}

/**
 * Looks, with half of the quantum, whether the boundaries of single worlds are where they were found, and where they are if not. Stores
 * them beside the results.
 */
async function recordHalf(/** @type {Journal} */ journal, /** @type {string} */ host, /** @type {number} */ worlds) {
  const stored = JSON.parse(readFileSync(pathOf(host), "utf8"));
  await withHost(journal, host, HALF_US, async ({ axis, searches, run }) => {
    const found = await Promise.all(
      searches.map(async (search, policy) => {
        const whole = stored.searches.find(
          (/** @type {{ policy: string, driver: string | null }} */ one) =>
            one.policy === search.name && one.driver === search.driver,
        );
        /** @type {readonly number[]} */
        const known = whole.world_bytes.slice(0, worlds);
        const leasts = await Promise.all(
          known.map(async (bytes, i) => {
            const begin = axis.points.findIndex((_, index) => bytesOf(axis, index) === bytes);
            const holds = async (/** @type {number} */ index) => {
              const point = axis.points[index];
              if (point === undefined) throw new Error(`there is no point ${index}`);
              return (await run({ policy, point, world: i + 1, isWhole: false })).breach === null;
            };
            const first = begin === 0 ? [0] : [begin - 1, begin];
            return (await findBoundary(axis.points.length, holds, { first, near: 0 })).least;
          }),
        );
        console.error(`${host}, ${nameOf(search)}: with half of the quantum`);
        const world_bytes = leasts.map((index) => (index === null ? null : bytesOf(axis, index)));
        return { policy: search.name, driver: search.driver, world_bytes };
      }),
    );
    store(host, { ...stored, half: { quantum_us: HALF_US, searches: found } });
  });
}

/** @typedef {import("../dist/sim/hosts/capacity/axis.js").Axis} Axis */

function bytesOf(/** @type {Axis} */ { points }, /** @type {number} */ index) {
  const point = points[index];
  if (point?.over !== "memory") throw new Error("the search is not one over memory");
  return point.memory * PAGE_BYTES;
}

function resultOf(
  /** @type {PolicyCapacity} */ { least, breaks, worlds, reversals, tried, runs },
  /** @type {Axis} */ axis,
) {
  const breach = breaks?.trial.breach ?? null;
  return {
    least_bytes: least === null ? null : bytesOf(axis, least),
    world_bytes: worlds.map((one) => bytesOf(axis, one.least)),
    breaks:
      breaks === null || breach === null
        ? null
        : {
            bytes: bytesOf(axis, breaks.index),
            world: breaks.world,
            failing_worlds: breaks.failing,
            requirement: REQUIREMENTS[breach.requirement],
            vm: breach.vm,
            value: breach.value,
            cause: breaks.trial.worst?.cause ?? null,
          },
    reversals: reversals.map(({ world, fails, holds }) => ({
      world,
      fails_bytes: bytesOf(axis, fails),
      holds_bytes: bytesOf(axis, holds),
    })),
    points: tried.length,
    runs,
  };
}

const pathOf = (/** @type {string} */ host) => join(RESULTS, `${host}.json`);

/** Writes a result in one go, as the repository formats JSON. */
function store(/** @type {string} */ host, /** @type {object} */ result) {
  mkdirSync(RESULTS, { recursive: true });
  const part = `${pathOf(host)}.part`;
  writeFileSync(part, `${JSON.stringify(result, null, 2)}\n`);
  renameSync(part, pathOf(host));
  const formatter = join(ROOT, "node_modules/@biomejs/biome/bin/biome");
  const { status, stderr } = spawnSync(process.execPath, [formatter, "format", "--write", pathOf(host)], {
    cwd: ROOT,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`${pathOf(host)} is not formatted: ${stderr}`);
}

const chosen = process.argv.slice(2);
const unknown = chosen.find((name) => HOSTS.every(({ host }) => host !== name));
if (unknown !== undefined) {
  const names = HOSTS.map(({ host }) => host);
  console.error(`overcommit: ${JSON.stringify(unknown)}: expected some of ${names.join(", ")}`);
  process.exit(2);
}
const hosts = HOSTS.filter(({ host }) => chosen.length === 0 || chosen.includes(host));
const journal = new Journal(JOURNAL, await versionOf(ROOT));
for (const searched of hosts) await record(journal, searched);
for (const { host, ofHalf } of hosts) await recordHalf(journal, host, ofHalf);
const { userCPUTime, systemCPUTime } = process.resourceUsage();
console.error(`${journal.made} runs made in ${Math.round((userCPUTime + systemCPUTime) / 1e6)} s of processor time`);

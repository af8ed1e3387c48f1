/**
 * Searches how far each policy lets each bundled host be overcommitted, with its own drivers and with others, and stores the results,
 * of which `npm run overcommit:docs` makes the tables of docs/overcommit.md. It takes about ten minutes on two processors.
 *
 *     npm run overcommit:record                     all results
 *     npm run overcommit:record -- database         those of a host
 *     npm run overcommit:record -- database.tuned     one of them
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const path = (/** @type {string} */ relative) => fileURLToPath(new URL(relative, import.meta.url));

/** Cheap hosts first. A step is a part of the memory of all VMs. */
const HOSTS = [
  { host: "imported-esxtop", own: "vmmemctl", step: "2%" },
  { host: "boot-storm", own: "virtio-balloon", step: "2%" },
  { host: "noisy-neighbour", own: "vmw-balloon", step: "2%" },
  { host: "database", own: "virtio-balloon", step: "2%" },
];
const POLICIES = "esx,proxmox,mom,squeezed,none";
const REQUIREMENTS = ["oom_kills == 0", "ended == 0", "lost_time_share <= 1%"];
const WORLDS = "2";

/** The policy under which drivers are compared: that of the hypervisor whose driver had rates. */
const COMPARED_UNDER = "esx";
/** What docs/tuning.md found for guests under pressure. */
const TUNED = { "nosleep-alloc-max": 94689, "free-max": 74442, "alloc-max": 3259, "slow-cycles": 1 };
/** The same driver with constants that limit nothing. */
const UNLIMITED = {
  "nosleep-alloc-max": 262144,
  "free-max": 262144,
  "alloc-max": 262144,
  "alloc-min": 262144,
  "slow-cycles": 0,
};
const DRIVERS = [
  { name: "2010", driver: "vmmemctl", rates: {} },
  { name: "tuned", driver: "vmmemctl", rates: TUNED },
  { name: "unlimited", driver: "vmmemctl", rates: UNLIMITED },
  { name: "vmw-balloon", driver: "vmw-balloon", rates: {} },
  { name: "virtio-balloon", driver: "virtio-balloon", rates: {} },
];

/** Searches, and stores the result without its single runs. */
function search(/** @type {string} */ host, /** @type {string} */ name, /** @type {string[]} */ options) {
  const args = ["capacity", `hosts/${host}`, "--worlds", WORLDS, "--format", "json", "--quiet", ...options];
  for (const requirement of REQUIREMENTS) args.push("--require", requirement);
  const beganMs = Date.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [path("../bin/balloon-sim.js"), ...args], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`${host} ${name}: ${stderr}`);
  const result = JSON.parse(stdout);
  for (const policy of result.policies) {
    policy.tried = policy.points.length;
    delete policy.points;
  }
  delete result.assumed;
  writeFileSync(fileOf(host, name), `${JSON.stringify(result, null, 2)}\n`);
  process.stderr.write(`${host} ${name}: ${Math.round((Date.now() - beganMs) / 1000)} s\n`);
}

mkdirSync(path("../test/sim/hosts/capacity/overcommit"), { recursive: true });
const chosen = process.argv.slice(2);
const isChosen = (/** @type {string} */ host, /** @type {string} */ name) =>
  chosen.length === 0 || chosen.includes(host) || chosen.includes(`${host}.${name}`);
const fileOf = (/** @type {string} */ host, /** @type {string} */ name) =>
  path(`../test/sim/hosts/capacity/overcommit/${host}.${name}.json`);
for (const { host, own, step } of HOSTS) {
  if (isChosen(host, "policies")) search(host, "policies", ["--policies", POLICIES, "--step", step]);
  for (const { name, driver, rates } of DRIVERS) {
    if (!isChosen(host, name)) continue;
    if (driver === own && Object.keys(rates).length === 0) {
      // The host's own drivers have been searched with already.
      const all = JSON.parse(readFileSync(fileOf(host, "policies"), "utf8"));
      all.policies = all.policies.filter((/** @type {{ policy: string }} */ one) => one.policy === COMPARED_UNDER);
      writeFileSync(fileOf(host, name), `${JSON.stringify(all, null, 2)}\n`);
      continue;
    }
    const sets = Object.entries(rates).flatMap(([rate, value]) => ["--set", `vms.*.rates.${rate}=${value}`]);
    search(host, name, ["--policies", COMPARED_UNDER, "--driver", driver, "--step", step, ...sets]);
  }
}

/** Hosts on the command line of `sweep` and `tune`: constants of their VMs' driver and parameters of their policy are one space. */
import { isDeepStrictEqual } from "node:util";
import { warn } from "../../../common/cli/output.ts";
import { InputError } from "../../../common/errors.ts";
import { didYouMean } from "../../../common/nearest.ts";
import { policyNamed } from "../../../common/policy-named.ts";
import { escapeUnsafe, quote, shorten } from "../../../common/quote.ts";
import { paramNamed, ratesOf } from "../../../common/rates.ts";
import type { BalloonPolicy, Params } from "../../../engine/index.ts";
import type { NumberParam } from "../../hosts/params.ts";
import type { HostScenario } from "../../hosts/scenario/types.ts";
import { shownInput } from "../../trace/input.ts";
import { hostTunable, hostValues } from "../../tune/host-tunable.ts";
import { spaceAround } from "../../tune/parse-space.ts";
import { seedNames } from "../../tune/study/candidates.ts";
import type { HostTuning } from "../../tune/types.ts";
import { type GivenDriver, givenDriver } from "../given-driver.ts";
import { hostsUntil, type LoadedHost, loadHosts, studyHosts } from "./loaded-hosts.ts";
import type { SubjectRequest, Subjects } from "./subject-request.ts";

/** Options that change traces, or that are about runs elsewhere, and that hosts do not have. */
const NOT_FOR_HOSTS = {
  target: "the policy of the host sets the targets",
  machine: "the traces of its VMs name their machines",
  since: "a host runs from its beginning",
  queueTarget: "hosts run on this machine",
  shard: "hosts run on one machine",
} as const;

/** @throws {InputError} if an option is given that hosts do not have */
export function checkHostOptions(options: Partial<Record<keyof typeof NOT_FOR_HOSTS, unknown>>): void {
  for (const [name, why] of Object.entries(NOT_FOR_HOSTS)) {
    if ((options[name as keyof typeof NOT_FOR_HOSTS] ?? null) === null) continue;
    throw new InputError(`--${name === "queueTarget" ? "queue" : name}: is not for hosts: ${why}`);
  }
}

/** Reads and checks hosts, and the values that `--set` gives. @throws {InputError} */
export function loadHostSubjects(names: readonly string[], request: SubjectRequest): Subjects {
  const { options, command, weights, isCheapestFirst } = request;
  checkHostOptions(options);
  const read = loadHosts(names, options.holdout ?? [], options.policy);
  const hosts = isCheapestFirst ? cheapestFirst(read) : read;
  const sets = splitSets(options.set ?? []);
  const given = givenDriver(options);
  const searchesAll = command === "tune" && options.set === undefined;
  const hasDriver = searchesAll || sets.constants.length > 0 || given.name !== undefined || given.rates !== null;
  const driver = hasDriver ? driverOfVms(hosts, given) : null;
  if (driver !== null) for (const { name, shown } of sets.constants) paramNamed(driver, name, () => shown);
  const policy = sets.params.length > 0 ? policyOfHosts(hosts, sets.params) : null;
  const host: HostTuning = {
    driver: driver?.name ?? null,
    policy,
    ...(options.policy === undefined ? {} : { replaced: options.policy }),
  };
  const [first] = hosts as [LoadedHost];
  const rates = driver === null ? {} : ratesOfVms(hosts, driver, given);
  const reference = hostValues(host, rates, first.scenario.params);
  const space = spaceAround(
    hostTunable(host),
    searchesAll && driver !== null ? rangesOf(driver) : (options.set ?? []),
    reference,
  );
  if (driver !== null) noteOtherDrivers(hosts, driver);
  const [seed] = seedNames(options.seeds) as [string];
  return {
    kind: "host",
    space,
    host,
    whatIf: hostsUntil(hosts, options.until),
    texts: hosts.map(({ text }) => text),
    traces: studyHosts(hosts, weights),
    columns: hosts.map(({ text, scenario }) => [text.trace, scenario.name, host.driver ?? "", scenario.policy.name]),
    seeds: hosts.map(({ scenario }) => ((options.seeds ?? 1) === 1 ? scenario.seed : seed)),
    remarks: [],
  };
}

/** The space that `tune` searches without `--set`. */
const rangesOf = ({ params }: BalloonPolicy): string[] =>
  params.flatMap(({ name, search }) => (search === undefined ? [] : [`${name}=${search[0]}..${search[1]}`]));

/** The tuning hosts, those with less VM time first, then the others. */
function cheapestFirst(hosts: readonly LoadedHost[]): LoadedHost[] {
  const cost = ({ role, scenario }: LoadedHost) =>
    role === "holdout" ? Number.POSITIVE_INFINITY : scenario.vms.length * scenario.durationUs;
  return hosts.toSorted((a, b) => (cost(a) === cost(b) ? 0 : cost(a) - cost(b)));
}

/** A `--set` option: its name, and the option in messages. */
interface SetName {
  readonly name: string;
  readonly shown: string;
}

/** Names without a dot that `balloon-sim host --set` takes: those of the host file itself. */
const OF_FILE = ["duration", "seed"];

/** The options for constants of drivers, and those for parameters of hosts' policies. */
function splitSets(sets: readonly string[]): { readonly constants: SetName[]; readonly params: SetName[] } {
  const constants: SetName[] = [];
  const params: SetName[] = [];
  for (const set of sets) {
    const name = set.split("=", 1)[0]?.trim() ?? "";
    const shown = `--set ${shorten(set)}`;
    // What has no name is refused as in a study of traces.
    if ((!name.includes(".") && !OF_FILE.includes(name)) || !set.includes("=")) constants.push({ name, shown });
    else if (/^host\.[^.]+\../.test(name) && !name.startsWith("host.swap.")) params.push({ name, shown });
    else {
      throw new InputError(
        `${shown}: ${quote(name)} can't vary: expected a constant of a driver, such as alloc-max, or a parameter of the ` +
          "host's policy, such as host.POLICY.PARAMETER; what else there is stands in the host file, and balloon-sim host --set " +
          `${name}=… runs it with another value${name === "host.memory" ? "; balloon-sim capacity searches for the least memory" : ""}`,
      );
    }
  }
  return { constants: constants.filter(({ name }) => name !== ""), params };
}

/** The driver that all runs' constants are those of: the given one, or the only one of all VMs. */
function driverOfVms(hosts: readonly LoadedHost[], { name, by }: GivenDriver): BalloonPolicy {
  if (name === undefined) {
    const [only, ...others] = driversOf(hosts.map(({ scenario }) => scenario));
    if (others.length === 0) return only as BalloonPolicy;
    const all = [only as BalloonPolicy, ...others].map((driver) => `${driver.name} (${vmsWith(hosts, driver)})`);
    throw new InputError(
      `the VMs have different drivers: ${all.join(", ")}: give --driver NAME, the one whose constants vary`,
    );
  }
  const driver = policyNamed(name, "--driver");
  checkDriverOfVms(hosts, driver, by ?? "--driver");
  return driver;
}

/** @throws {InputError} if a host has no VM with that driver */
export function checkDriverOfVms(hosts: readonly LoadedHost[], driver: BalloonPolicy, by: string): void {
  const without = hosts.find(({ scenario }) => !scenario.vms.some((vm) => vm.driver === driver));
  if (without === undefined) return;
  const there = driversOf([without.scenario]).map((one) => one.name);
  throw new InputError(
    `${by} ${driver.name}: no VM of ${shownInput(without.text.trace)} has this driver: they have ${there.join(", ")}`,
  );
}

const driversOf = (scenarios: readonly HostScenario[]): BalloonPolicy[] => [
  ...new Set(scenarios.flatMap(({ vms }) => vms.map((vm) => vm.driver))),
];

/** Maximum number of VMs that a message lists. */
const MAX_LISTED = 3;

/** The names of entries whose VMs have a driver. */
const vmsWith = (hosts: readonly LoadedHost[], driver: BalloonPolicy): string =>
  listed(hosts.flatMap(({ scenario }) => scenario.vms.flatMap((vm) => (vm.driver === driver ? [vm.group] : []))));

function listed(names: readonly string[]): string {
  const each = [...new Set(names)];
  const more = each.length > MAX_LISTED ? ` and ${each.length - MAX_LISTED} more` : "";
  return `${each.slice(0, MAX_LISTED).map(escapeUnsafe).join(", ")}${more}`;
}

/** The rates of trial 0: those of the file of `--rates`, or those that all VMs with the driver have. */
function ratesOfVms(hosts: readonly LoadedHost[], driver: BalloonPolicy, { rates }: GivenDriver): Params {
  if (rates !== null) return ratesOf(driver, rates);
  const vms = hosts.flatMap(({ scenario, text }) =>
    scenario.vms.flatMap((vm) => (vm.driver === driver ? [{ vm, host: text.trace }] : [])),
  );
  const [first] = vms as [(typeof vms)[number]];
  const other = vms.find(({ vm }) => !isDeepStrictEqual({ ...vm.rates }, { ...first.vm.rates }));
  if (other === undefined) return { ...first.vm.rates };
  const name = ({ vm, host }: (typeof vms)[number]) =>
    hosts.length === 1 ? escapeUnsafe(vm.name) : `${escapeUnsafe(vm.name)} of ${shownInput(host)}`;
  throw new InputError(
    `the VMs with ${driver.name} have different rates (${name(first)} and ${name(other)}): give --rates FILE, those of trial 0 for all of them`,
  );
}

/** The policy of all hosts, whose parameters vary. */
function policyOfHosts(hosts: readonly LoadedHost[], params: readonly SetName[]): HostTuning["policy"] {
  const [first] = hosts as [LoadedHost];
  const { policy } = first.scenario;
  const numbers = policy.params.filter((param): param is NumberParam => param.kind !== "choice");
  for (const { scenario, text } of hosts) {
    const isSame =
      scenario.policy.name === policy.name &&
      numbers.every(({ name }) => scenario.params[name] === first.scenario.params[name]);
    if (isSame) continue;
    const [own, other] = [shownInput(text.trace), shownInput(first.text.trace)];
    const what =
      scenario.policy.name === policy.name
        ? `${own} has other parameters of ${policy.name} than ${other}`
        : `${own} has the policy ${scenario.policy.name}, ${other} has ${policy.name}`;
    throw new InputError(`${params[0]?.shown}: ${what}: a study varies those of one policy, from the same values`);
  }
  for (const { name, shown } of params) {
    const [, owner = "", ...rest] = name.split(".");
    if (owner !== policy.name) {
      throw new InputError(
        `${shown}: the policy of the host is ${quote(policy.name)}, not ${quote(owner)}: set parameters of that one, or choose another one with --policy`,
      );
    }
    checkParam(policy.params, rest.join("."), shown);
  }
  return { name: policy.name, params: numbers };
}

function checkParam(params: HostScenario["policy"]["params"], name: string, shown: string): void {
  const spec = params.find((param) => param.name === name);
  if (spec === undefined) {
    const known = params.map((param) => param.name);
    const hint = known.length === 0 ? " (it has none)" : didYouMean(name, known) || ` (known: ${known.join(", ")})`;
    throw new InputError(`${shown}: unknown parameter ${quote(name)}${hint}`);
  }
  if (spec.kind === "choice")
    throw new InputError(
      `${shown}: ${name} is a word (${spec.choices.join(", ")}), and only numbers vary: set it in the host file, or compare runs of ` +
        "balloon-sim host with --set",
    );
}

/** Notes the VMs whose constants do not vary. */
function noteOtherDrivers(hosts: readonly LoadedHost[], driver: BalloonPolicy): void {
  const others = hosts.flatMap(({ scenario }) => scenario.vms.filter((vm) => vm.driver !== driver));
  if (others.length === 0) return;
  warn(
    `balloon-sim: note: constants of ${driver.name} vary; VMs with other drivers keep theirs: ${listed(others.map(({ group }) => group))}`,
  );
}

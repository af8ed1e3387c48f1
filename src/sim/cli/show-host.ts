import { print } from "../../common/cli/output.ts";
import { escapeUnsafe, safeJson } from "../../common/quote.ts";
import { formatCost, formatSize, formatTime, type Pages } from "../../common/units.ts";
import { shownValue } from "../hosts/params.ts";
import type { HostText } from "../hosts/scenario/host-text.ts";
import { parseHost, scenarioOf } from "../hosts/scenario/read.ts";
import type { HostScenario, VmScenario } from "../hosts/scenario/types.ts";
import { propertiesText } from "./properties.ts";
import { type Alignment, formatTable, terminalWidth } from "./table.ts";

/** Executes `balloon-sim show` for a host file. */
export function showHost(host: HostText, asJson: boolean): void {
  const scenario = scenarioOf(parseHost(host));
  // JSON has no Infinity; null means no end.
  print(asJson ? `${safeJson(hostObject(scenario), 2)}\n` : hostText(scenario, terminalWidth()));
}

/** A host as data: sizes in pages, times in microseconds, costs in nanoseconds. */
const hostObject = ({ policy, params, vms, ...host }: HostScenario): object => ({
  ...host,
  overcommit: overcommitOf(vms, host.memory),
  policy: policy.name,
  params,
  vms: vms.map(({ open, path, driver, ...vm }) => ({ ...vm, driver: driver.name })),
});

/** The description of a host as text; `width` is the terminal's, undefined without a terminal. */
export function hostText(scenario: HostScenario, width: number | undefined): string {
  const { vms } = scenario;
  const properties: [string, string][] = [
    ["host", escapeUnsafe(scenario.name)],
    ["shows", escapeUnsafe(scenario.description)],
    ["duration", formatTime(scenario.durationUs)],
    ["seed", escapeUnsafe(scenario.seed)],
    ["memory", memoryText(scenario)],
    ["swap", swapText(scenario)],
    ["policy", policyText(scenario)],
    ["VMs", vmsText(vms, scenario.memory)],
    ...scenario.assumed.map((sentence): [string, string] => ["assumed", escapeUnsafe(sentence)]),
  ];
  return `${propertiesText(properties, width)}\n${groupsTable(vms, width)}`;
}

function memoryText({ memory, reserved, largePages }: HostScenario): string {
  const own = reserved === 0 ? "" : `, of which the host itself needs ${formatSize(reserved)}`;
  return `${formatSize(memory)}${own}; backs VMs with pages of ${largePages ? "2 MiB" : "4 KiB"}`;
}

const swapText = ({ swap: { size, readNs, writeNs } }: HostScenario): string =>
  size === 0
    ? "none"
    : `${formatSize(size)}; a page takes ${formatCost(readNs)} to read, ${formatCost(writeNs)} to write`;

function policyText({ policy, params }: HostScenario): string {
  const values = policy.params.map((spec) => `${spec.name}=${shownValue(spec, params[spec.name] as number | string)}`);
  return values.length === 0 ? policy.name : `${policy.name}: ${values.join(", ")}`;
}

const configured = (vms: readonly VmScenario[]): Pages => vms.reduce((sum, { memory }) => sum + memory, 0);

/** Configured memory of all VMs in parts of the host's memory. */
const overcommitOf = (vms: readonly VmScenario[], memory: Pages): number => configured(vms) / memory;

const vmsText = (vms: readonly VmScenario[], memory: Pages): string =>
  `${vms.length} with ${formatSize(configured(vms))}, ${overcommitOf(vms, memory).toFixed(2)} times the host's memory`;

/** A row for each VM of the file, with the number of its copies. */
function groupsTable(vms: readonly VmScenario[], width: number | undefined): string {
  const groups = new Map<string, VmScenario[]>();
  for (const vm of vms) {
    const copies = groups.get(vm.path);
    if (copies === undefined) groups.set(vm.path, [vm]);
    else copies.push(vm);
  }
  const head = [
    "VM",
    "number",
    "memory",
    "min",
    "max",
    "reservation",
    "limit",
    "shares",
    "driver",
    "on",
    "off",
    "trace",
  ];
  const align = head.map((name): Alignment => (["VM", "driver", "trace"].includes(name) ? "left" : "right"));
  return formatTable({ head, align, width }, [...groups.values()].map(groupRow));
}

function groupRow(copies: readonly VmScenario[]): string[] {
  const [vm] = copies as [VmScenario];
  const { group, memory, min, max, reservation, limit, shares, driver, onUs, offUs, traceName } = vm;
  return [
    group,
    String(copies.length),
    ...[memory, min, max].map(formatSize),
    reservation === 0 ? "" : formatSize(reservation),
    limit === memory ? "" : formatSize(limit),
    String(shares),
    driver.name,
    onUs === 0 ? "" : formatTime(onUs),
    offUs === Number.POSITIVE_INFINITY ? "" : formatTime(offUs),
    traceName,
  ];
}

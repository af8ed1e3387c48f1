/** The result of a host's run in sentences, and the order of its VMs. */
import { escapeUnsafe } from "../../../common/quote.ts";
import { formatSize, formatTime } from "../../../common/units.ts";
import { lostShareOf } from "../../hosts/measures/figures.ts";
import { type HostResult, type VmResult, wasOn } from "../../hosts/measures/results.ts";
import { shownValue } from "../../hosts/params.ts";
import type { HostScenario } from "../../hosts/scenario/types.ts";
import { percent } from "./words.ts";

/** A VM that lost a larger part of its time than this is named first. */
const WORTH_NAMING = 0.01;
const MOST_NAMED = 4;

/** The VMs that lost most time first; of those that lost the same, the one with more kills and more undone work. */
export const worstFirst = (vms: readonly VmResult[]): VmResult[] =>
  vms.toSorted((a, b) => b.lostUs - a.lostUs || b.oomKills - a.oomKills || b.undonePages - a.undonePages);

/** Who suffered, in a sentence. */
export function verdict({ name, vms }: HostResult): string {
  const ended = vms.filter(({ isEnded }) => isEnded);
  const killed = vms.filter(({ oomKills }) => oomKills > 0);
  const slow = worstFirst(vms.filter((vm) => lostShareOf(vm) > WORTH_NAMING));
  const kills = killed.reduce((sum, { oomKills }) => sum + oomKills, 0);
  const parts = [
    ...(ended.length === 0 ? [] : [`the host ended ${named(ended)}, having neither memory nor swap left`]),
    ...(kills === 0 ? [] : [`${kills} OOM ${kills === 1 ? "kill" : "kills"} in ${named(killed)}`]),
    slow.length === 0
      ? "no VM lost more than 1 % of its time"
      : `${slow.length} of ${vms.length} VMs lost more than 1 % of ${slow.length === 1 ? "its" : "their"} time: ${named(slow)}`,
  ];
  return `${escapeUnsafe(name)}: ${parts.join("; ")}.`;
}

const named = (vms: readonly VmResult[]): string => namedFirst(vms.map(({ name }) => name));

/** The first names of a list, and how many more there are. */
export function namedFirst(all: readonly string[]): string {
  const others = all.length - MOST_NAMED;
  const names = all.slice(0, others > 0 ? MOST_NAMED : all.length).map(escapeUnsafe);
  return others > 0 ? `${names.join(", ")} and ${others} more` : names.join(", ");
}

/** The lines about the host itself. */
export function hostProperties(scenario: HostScenario, result: HostResult): [string, string][] {
  const { memory, configured, overcommit, durationUs, vms } = result;
  return [
    [
      "host",
      `${formatSize(memory)} for ${vms.length} ${vms.length === 1 ? "VM" : "VMs"} with ${formatSize(configured)}, ` +
        `${overcommit.toFixed(2)} times as much; ${formatTime(durationUs)}`,
    ],
    ["policy", policyText(scenario)],
    ["memory", memoryText(result)],
    ["states", statesText(result)],
  ];
}

/** The policy, with those of its parameters that differ from their defaults. */
export function policyText({ policy, params }: HostScenario): string {
  const changed = policy.params
    .filter((spec) => params[spec.name] !== spec.default)
    .map((spec) => `${spec.name}=${shownValue(spec, params[spec.name] as number | string)}`);
  return escapeUnsafe(changed.length === 0 ? policy.name : `${policy.name} with ${changed.join(", ")}`);
}

function memoryText({ freeMin, memory, balloonMax, swappedMax, swapWritten, swapRead }: HostResult): string {
  const free =
    freeMin === 0 ? "at times none free" : `at least ${formatSize(freeMin)} free (${percent(freeMin / memory)})`;
  const balloons = balloonMax === 0 ? "no balloon held anything" : `balloons held up to ${formatSize(balloonMax)}`;
  const swap =
    swappedMax === 0 && swapWritten === 0
      ? "the host swapped nothing"
      : `the host had up to ${formatSize(swappedMax)} in its swap, wrote ${formatSize(swapWritten)}, read ${formatSize(swapRead)}`;
  return `${free}; ${balloons}; ${swap}`;
}

const statesText = ({ states, durationUs }: HostResult): string =>
  escapeUnsafe(
    [...states]
      .toSorted(([, a], [, b]) => b - a)
      .map(([state, us]) => `${state} ${percent(us / durationUs)}`)
      .join(", "),
  );

/** What a reader of a result must know of it, a sentence each. */
export function aboutResult({ vms, unfit }: HostResult): string[] {
  const never = vms.filter((vm) => !wasOn(vm));
  return [
    ...(unfit.untouched + unfit.swapped === 0
      ? []
      : [
          `More than the host has was in use at time 0: ${formatSize(unfit.untouched)} of free memory of guests count as never ` +
            `touched since, and ${formatSize(unfit.swapped)} began in the host's swap. With these the policy begins in a shortage.`,
        ]),
    ...(vms.some((vm) => lostShareOf(vm) > 1)
      ? ["Threads of a VM lose time side by side, so it may lose more than the time that passes."]
      : []),
    ...(never.length === 0 ? [] : [`Powered on after the end of the run, so without any result: ${named(never)}.`]),
  ];
}

import { isIn } from "../../measures/condition.ts";
import type { HostFigure, VmFigure } from "../measures/figures.ts";
import { type HostResult, type VmResult, wasOn } from "../measures/results.ts";
import { concerns, figureOf, type HostRequirement } from "./requirement.ts";

/** A requirement that a host does not keep. */
export interface Breach {
  /** Its index among the requirements. */
  readonly requirement: number;
  /** The VM whose figure is farthest from what is required; null for a figure of the host. */
  readonly vm: string | null;
  readonly value: number;
}

/** How long a VM is on if its host does not end it. */
export type PlannedOnUs = (vm: VmResult) => number;

/** The first requirement that the result of a whole run does not keep; null: it keeps all. */
export const breachOf = (requirements: readonly HostRequirement[], result: HostResult): Breach | null =>
  firstBreach(requirements, result, breaks);

/**
 * The first requirement that a run can't keep any more, whatever follows; null: none. Figures that only ever grow are compared with
 * an upper bound, and those that only ever fall with a lower one.
 * @param result up to now
 */
export const lastingBreachOf = (
  requirements: readonly HostRequirement[],
  result: HostResult,
  plannedOnUs: PlannedOnUs,
): Breach | null =>
  firstBreach(
    requirements,
    // A share is one of the whole time: of that which has passed it may still fall.
    { ...result, vms: result.vms.map((vm) => ({ ...vm, onUs: Math.max(vm.onUs, plannedOnUs(vm)) })) },
    breaksForGood,
  );

type Test = (requirement: HostRequirement, value: number) => boolean;

function firstBreach(requirements: readonly HostRequirement[], result: HostResult, test: Test): Breach | null {
  for (const [index, requirement] of requirements.entries()) {
    const figure = figureOf(requirement);
    const breaches = valuesOf(requirement, figure, result).filter(({ value }) => test(requirement, value));
    const [worst] = breaches.sort((a, b) => (isUpper(requirement, a.value) ? b.value - a.value : a.value - b.value));
    if (worst !== undefined) return { requirement: index, ...worst };
  }
  return null;
}

function valuesOf(
  requirement: HostRequirement,
  figure: VmFigure | HostFigure,
  result: HostResult,
): { readonly vm: string | null; readonly value: number }[] {
  if (requirement.of === "host") return [{ vm: null, value: (figure as HostFigure).value(result) }];
  return result.vms
    .filter((vm) => wasOn(vm) && concerns(requirement, vm))
    .map((vm) => ({ vm: vm.name, value: (figure as VmFigure).value(vm) }));
}

/** Whether a value that breaks a requirement is too large. */
const isUpper = ({ relation, bound }: HostRequirement, value: number): boolean =>
  relation === "<=" || relation === "<" || (relation === "==" && value > bound);

const breaks: Test = ({ relation, bound }, value) => !isIn(value, relation, bound);

/** Figures that may become better again in the course of a run. */
const CHANGEABLE: readonly string[] = ["unfairness"];

const breaksForGood: Test = (requirement, value) => {
  if (CHANGEABLE.includes(requirement.figure) || !breaks(requirement, value)) return false;
  return isUpper(requirement, value) === (figureOf(requirement).better === "less");
};

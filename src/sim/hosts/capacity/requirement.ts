/** What a host and its VMs must keep: `--require "lost_time_share <= 1%"`. */
import { InputError } from "../../../common/errors.ts";
import { didYouMean } from "../../../common/nearest.ts";
import { quote } from "../../../common/quote.ts";
import { formatSize } from "../../../common/units.ts";
import { boundOf, type Relation, splitCondition } from "../../measures/condition.ts";
import { HOST_FIGURES, type HostFigure, VM_FIGURES, type VmFigure } from "../measures/figures.ts";
import type { HostScenario } from "../scenario/types.ts";

/** A requirement; plain data. */
export interface HostRequirement {
  /** Whether it is about a figure of VMs, which each of them must keep, or of the host. */
  readonly of: "vms" | "host";
  /** The VM, or the VM of the file with all its copies, that has to keep it; null: every VM, or the host. */
  readonly only: string | null;
  readonly figure: string;
  readonly relation: Relation;
  /** In the figure's unit. */
  readonly bound: number;
  /** As on the command line, with single blanks. */
  readonly text: string;
}

const EXAMPLE = '"oom_kills == 0", "lost_time_share <= 1%" or "vms.web.stall_full <= 10s"';
const VM_NAMES = VM_FIGURES.map(({ name }) => name);
const HOST_NAMES = HOST_FIGURES.map(({ name }) => name);

/**
 * The requirement of a `--require`: `FIGURE RELATION VALUE`, with a figure of VMs or of the host, or `vms.NAME.FIGURE` of one VM or of
 * the copies of one. Times may have units, shares may be per cent, numbers of pages may be sizes.
 * @throws {InputError} one line that names the option
 */
export function parseHostRequirement(written: string): HostRequirement {
  const option = `--require ${quote(written)}`;
  try {
    const { subject, relation, value, text } = splitCondition(written, EXAMPLE);
    const known = subjectOf(subject);
    const bound = boundOf(known.figure, figureOf(known).unit, value);
    return { ...known, relation, bound, text };
  } catch (error) {
    throw error instanceof InputError ? new InputError(`${option}: ${error.message}`) : error;
  }
}

/** What is required in any case: a VM that the host has ended keeps most other requirements. */
const ALWAYS = "ended == 0";

/**
 * The requirements of all `--require` options, and that the host ends no VM where they say nothing of that.
 * @throws {InputError} also if there is none, or one is given twice
 */
export function parseHostRequirements(all: readonly string[]): HostRequirement[] {
  if (all.length === 0) throw new InputError(`capacity: a requirement is missing: --require ${EXAMPLE}`);
  const parsed = all.map(parseHostRequirement);
  parsed.forEach(({ text }, i) => {
    if (parsed.findIndex((one) => one.text === text) < i) {
      throw new InputError(`--require ${quote(text)}: is given twice: leave one out`);
    }
  });
  const isSaid = parsed.some(({ figure }) => figure === "ended" || figure === "ended_vms");
  return isSaid ? parsed : [...parsed, parseHostRequirement(ALWAYS)];
}

type Subject = Pick<HostRequirement, "of" | "only" | "figure">;

function subjectOf(written: string): Subject {
  const dot = written.lastIndexOf(".");
  if (dot === -1) {
    if (VM_NAMES.includes(written)) return { of: "vms", only: null, figure: written };
    if (HOST_NAMES.includes(written)) return { of: "host", only: null, figure: written };
    throw unknownFigure(written, [...VM_NAMES, ...HOST_NAMES]);
  }
  const figure = written.slice(dot + 1);
  const owner = written.slice(0, dot);
  if (!owner.startsWith("vms.") || owner === "vms.") {
    throw new InputError(`expected a figure, or one of a VM such as vms.web.oom_kills, found ${quote(written)}`);
  }
  if (HOST_NAMES.includes(figure)) {
    throw new InputError(`${figure} is a figure of the host, not of a VM: write it without ${quote(`${owner}.`)}`);
  }
  if (!VM_NAMES.includes(figure)) throw unknownFigure(figure, VM_NAMES);
  const only = owner.slice("vms.".length);
  return { of: "vms", only: only === "*" ? null : only, figure };
}

const unknownFigure = (name: string, known: readonly string[]): InputError =>
  new InputError(
    `there is no figure ${quote(name)}${didYouMean(name, known)} (there are ${VM_NAMES.join(", ")}; of the host ${HOST_NAMES.join(", ")})`,
  );

/** The figure of a requirement. */
export function figureOf({ of, figure }: Subject): VmFigure | HostFigure {
  const all: readonly (VmFigure | HostFigure)[] = of === "vms" ? VM_FIGURES : HOST_FIGURES;
  const found = all.find(({ name }) => name === figure);
  if (found === undefined) throw new Error(`there is no figure ${figure}`);
  return found;
}

/** A value of a figure with its unit, for people: `1.34 %`, `12.5 s`, `2`, `3.2GiB`. */
export function shownFigure({ unit }: Pick<VmFigure, "unit">, value: number): string {
  const short = (number: number): string => String(Number(number.toPrecision(3)));
  switch (unit) {
    case "s":
      return `${short(value)} s`;
    case "share":
      return `${short(value * 100)} %`;
    case "pages":
      return formatSize(value);
    case "times":
      return String(value);
    case "ratio":
      return short(value);
  }
}

/** Whether a requirement is about this VM. */
export const concerns = (
  { only }: HostRequirement,
  { name, group }: { readonly name: string; readonly group: string },
): boolean => only === null || only === name || only === group;

/**
 * Checks that the VMs that requirements name are there.
 * @throws {InputError} naming the option
 */
export function checkRequiredVms(requirements: readonly HostRequirement[], { vms }: Pick<HostScenario, "vms">): void {
  for (const requirement of requirements) {
    const { only, text } = requirement;
    if (only === null || vms.some((vm) => concerns(requirement, vm))) continue;
    const names = [...new Set(vms.flatMap(({ group, name }) => [group, name]))];
    const groups = [...new Set(vms.map(({ group }) => group))];
    const hint = didYouMean(only, names) || ` (there are ${groups.slice(0, 12).join(", ")})`;
    throw new InputError(`--require ${quote(text)}: there is no VM ${quote(only)} on the host${hint}`);
  }
}

import { readFileSync } from "node:fs";
import { fidelityAsSvg } from "../../../src/sim/fidelity/picture-svg.ts";
import { ROLES, type Role, readRoles } from "../../../src/sim/fidelity/roles.ts";
import {
  type CurveVerdict,
  type Scenario,
  scenariosOf,
  type TargetVerdict,
} from "../../../src/sim/fidelity/scenario.ts";
import {
  compareDriverRun,
  compareLabRun,
  compareVmRun,
  driverRunFiles,
  LAB_ROLES,
  labRunFiles,
  vmRunFiles,
} from "../data/lab-runs.ts";
import { tableRow, withParts } from "./generated.ts";

/** Curves that are known to be beyond their limit for one reason. Kept by hand. */
export interface KnownDeviation {
  /** What the model does not do, or the recording does not tell. */
  readonly why: string;
  /** How far each may be off, in per cent of its range, by scenario and curve. */
  readonly curves: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** All that is known to be beyond its limit. */
export const KNOWN_DEVIATIONS = JSON.parse(
  readFileSync(new URL("../../sim/fidelity/beyond.json", import.meta.url), "utf8"),
) as readonly KnownDeviation[];

/** All scenarios of the repository's recorded runs, those of the fit first. */
export function recordedScenarios(): Scenario[] {
  const scenarios = scenariosOf(labRunFiles().map(compareLabRun), readRoles(LAB_ROLES));
  return ROLES.flatMap((role) => scenarios.filter((scenario) => scenario.role === role));
}

/** The scenarios of the VM lab, on the machine that is calibrated from two of them. */
const vmScenarios = (): Scenario[] => scenariosOf(vmRunFiles().map(compareVmRun));

/** The scenarios of other drivers in the VM lab whose names begin so, on the same machine. */
const driverScenarios = (prefix: string): Scenario[] =>
  scenariosOf(
    driverRunFiles()
      .filter((file) => file.startsWith(prefix))
      .map(compareDriverRun),
  );

/** Scenarios that the documents show a picture of. */
export const PICTURED = [
  "touched-swap-hard",
  "static-swap-2g",
  "cache-swap",
  "reread-swap",
  "spike-touched",
  "spike-oom",
  "rates-fast",
  "resets-pressure",
] as const;

/** The page with what stands between its marks written anew. */
export function withGenerated(page: string, scenarios: readonly Scenario[]): string {
  const parts: Readonly<Record<string, () => string>> = {
    verdicts: () => ROLES.map((role) => `${verdictsOf(scenarios, role)}\n`).join("\n"),
    vm: () => countedTable(vmScenarios()),
    mainline: () => countedTable(driverScenarios("mainline-")),
    virtio: () => countedTable(driverScenarios("virtio-")),
    counts: () => ROLES.map((role) => countOf(scenarios, role)).join("\n"),
    beyond: () => beyondOf(scenarios),
    pictures: () => PICTURED.map(linkTo).join("\n"),
    picture: () => linkTo(PICTURED[0]),
  };
  return withParts(page, parts);
}

const linkTo = (name: string): string => `![${name}: simulated and recorded curves](fidelity/${name}.svg)\n`;

/** The picture of a scenario. */
export function pictureOf(name: string, scenarios: readonly Scenario[]): string {
  const scenario = scenarios.find((one) => one.name === name);
  if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
  return fidelityAsSvg(scenario);
}

const percent = (part: number): string => (part * 100).toFixed(1);

const verdictsOf = (all: readonly Scenario[], role: Role): string =>
  verdictTable(
    `${role} scenario`,
    all.filter((scenario) => scenario.role === role),
  );

/** Their verdicts, and how many of their curves are within their limits. */
function countedTable(scenarios: readonly Scenario[]): string {
  const curves = scenarios.flatMap((scenario) => scenario.curves);
  const within = curves.filter(({ isWithin }) => isWithin).length;
  return `${verdictTable("scenario", scenarios)}\n\n${within} of ${curves.length} curves are within their limits.\n`;
}

function verdictTable(title: string, scenarios: readonly Scenario[]): string {
  const curves = scenarios[0]?.curves ?? [];
  const cell = ({ error, isWithin, uncappedLimit }: CurveVerdict): string => {
    const capped = uncappedLimit === null ? "" : "^";
    return isWithin ? `${percent(error)}${capped}` : `**${percent(error)}**${capped}`;
  };
  const count = (n: number | null): string => (n === null ? "never" : String(n));
  const target = ({ recorded, simulated, isWithin }: TargetVerdict): string => {
    const text = recorded === simulated ? count(recorded) : `${count(recorded)}→${count(simulated)}`;
    return isWithin ? text : `**${text}**`;
  };
  const yes = (is: boolean): string => (is ? "yes" : "no");
  return [
    tableRow([title, ...curves.map(({ kind }) => kind.title), "cycles to target", "OOM kill"]),
    tableRow(["---", ...curves.map(() => "---:"), "---", "---"]),
    ...scenarios.map(({ name, curves: verdicts, targets, oom }) =>
      tableRow([
        name,
        ...verdicts.map(cell),
        targets.map(target).join(", "),
        oom.recorded === oom.simulated ? yes(oom.recorded) : `**${yes(oom.recorded)}→${yes(oom.simulated)}**`,
      ]),
    ),
  ].join("\n");
}

function countOf(all: readonly Scenario[], role: Role): string {
  const scenarios = all.filter((scenario) => scenario.role === role);
  const curves = scenarios.flatMap((scenario) => scenario.curves);
  const targets = scenarios.flatMap((scenario) => scenario.targets);
  const within = (list: readonly { readonly isWithin: boolean }[]): string =>
    `${list.filter(({ isWithin }) => isWithin).length} of ${list.length}`;
  return `- ${role}: ${within(curves)} curves, ${within(targets)} times to a target, and the OOM kills of ${within(scenarios.map(({ oom }) => oom))} scenarios are within their limits.`;
}

function beyondOf(scenarios: readonly Scenario[]): string {
  return KNOWN_DEVIATIONS.map(({ why, curves }) => {
    const entries = Object.entries(curves).map(([name, limits]) => {
      const verdicts = scenarios.find((scenario) => scenario.name === name)?.curves ?? [];
      const texts = Object.keys(limits).flatMap((id) => {
        const verdict = verdicts.find(({ kind }) => kind.id === id);
        return verdict === undefined
          ? []
          : [`${verdict.kind.title} ${percent(verdict.error)} (${percent(verdict.limit)})`];
      });
      return `${name}: ${texts.join(", ")}`;
    });
    return `- ${why}\n  ${entries.join("; ")}.\n`;
  }).join("");
}

import { safeJson } from "../../common/quote.ts";
import { ROLES, type Role } from "../fidelity/roles.ts";
import type { CurveVerdict, Scenario, TargetVerdict } from "../fidelity/scenario.ts";
import { csvLines } from "../output/csv.ts";
import { formatTable } from "./table.ts";

/** Marks values beyond their limits. */
const BEYOND = "!";
/** Mark the noise of other scenarios, and limits that the noise alone would have made higher. */
const USUAL = "~";
const CAPPED = "^";
/** Marks ranges and limits that are the lowest ones. */
const LOWEST = "*";

/** The errors of the simulation: for one scenario curve by curve, for several one line each. */
export function fidelityTable(scenarios: readonly Scenario[]): string {
  const [only, ...others] = scenarios;
  return only !== undefined && others.length === 0 ? oneScenario(only) : manyScenarios(scenarios);
}

function oneScenario(scenario: Scenario): string {
  const rows = scenario.curves.map((curve, i) => [
    curve.kind.title,
    amount(medianOf(scenario, i, "rmse"), curve.kind.unit),
    `${amount(medianOf(scenario, i, "range"), curve.kind.unit)}${curve.isRangeLeast ? LOWEST : " "}`,
    percent(curve.error),
    `${percent(curve.noise)}${curve.isNoiseUsual ? USUAL : " "}`,
    `${percent(curve.limit)}${curve.uncappedLimit !== null ? CAPPED : curve.isLimitLowest ? LOWEST : " "}`,
    curve.isWithin ? "within" : "beyond",
  ]);
  const head = ["curve", "rmse", "range", "error", "noise", "limit", "verdict"];
  const table = formatTable({ head, align: ["left", "right", "right", "right", "right", "right", "left"] }, rows);
  const targets = scenario.targets.map((target) => [
    `${target.pages} pages`,
    cycles(target.recorded),
    cycles(target.simulated),
    target.isWithin ? "within" : "beyond",
  ]);
  const runs = scenario.runs.length;
  const remark = (what: string, names: readonly string[]) =>
    names.length === 0 ? "" : `${what}: ${names.join(", ")}\n`;
  const remarks = REMARKS.map(({ what, of }) => remark(what, of(scenario))).join("");
  return [
    `${scenario.name}: ${scenario.settings}\n${runs === 1 ? "one run" : `${runs} repetitions, medians`}\n${remarks}`,
    `${table}${lowestText(scenario)}${noiseText([scenario])}${cappedText([scenario])}`,
    formatTable(
      { head: ["time to target", "recorded", "simulated", "verdict"], align: ["left", "right", "right", "left"] },
      targets,
    ),
    `OOM kills: recorded ${kills(scenario, "recorded")}, simulated ${kills(scenario, "simulated")}\n${scenario.costsNote === null ? "" : `Note: ${scenario.costsNote}\n`}`,
  ].join("\n");
}

function manyScenarios(scenarios: readonly Scenario[]): string {
  const curves = scenarios[0]?.curves ?? [];
  const hasRoles = scenarios.some(({ role }) => role !== null);
  const rows = scenarios.map((scenario) => [
    scenario.name,
    ...(hasRoles ? [scenario.role ?? "-"] : []),
    String(scenario.runs.length),
    ...scenario.curves.map(({ error, isWithin }) => `${percent(error)}${isWithin ? " " : BEYOND}`),
    scenario.targets.map((target) => `${targetText(target)}${target.isWithin ? "" : BEYOND}`).join(" "),
    `${oomText(scenario)}${scenario.oom.isWithin ? "" : BEYOND}`,
  ]);
  const left = ["scenario", ...(hasRoles ? ["role"] : [])];
  const head = [...left, "runs", ...curves.map(({ kind }) => `${kind.title} `), "cycles to target", "OOM"];
  const lastRight = left.length + curves.length;
  const align = head.map((_, i) => (i < left.length || i > lastRight ? "left" : "right"));
  const groups = hasRoles ? [...ROLES, null] : [null];
  const counts = groups.flatMap((role) => {
    const group = scenarios.filter((scenario) => scenario.role === role);
    return group.length === 0 ? [] : [countText(group, role)];
  });
  return (
    `${formatTable({ head, align }, rows)}\n` +
    "Errors are root mean squares over the range of the curve, or over 1 % of memory, 1 s, or the lowest rate, if it has less; " +
    `${BEYOND} marks what is beyond its limit.\n` +
    "Cycles to target: of each target, the cycles until the balloon has its size; 15→14 is 15 recorded, 14 simulated.\n" +
    `OOM: whether a workload was killed.\n${counts.join("")}${noiseText(scenarios)}${cappedText(scenarios)}${remarksText(scenarios)}${costsText(scenarios)}`
  );
}

/** Says what of a scenario's table is a lowest range or limit. */
function lowestText({ curves }: Scenario): string {
  const range = curves.some(({ isRangeLeast }) => isRangeLeast)
    ? ["the recorded curve has a smaller range: errors are relative to 1 % of memory, 1 s, or the lowest rate"]
    : [];
  const limit = curves.some(({ isLimitLowest }) => isLimitLowest)
    ? ["the limit is 3 %, as 1.5 times the noise would be less"]
    : [];
  const parts = [...range, ...limit];
  return parts.length === 0 ? "" : `${LOWEST}: ${parts.join("; ")}.\n`;
}

/** Says where the noise of the scenarios comes from that were recorded less than three times. */
function noiseText(scenarios: readonly Scenario[]): string {
  const few = scenarios.filter(({ curves }) => curves.some(({ isNoiseUsual }) => isNoiseUsual));
  if (few.length === 0) return "";
  const which =
    scenarios.length === 1 ? `${USUAL}` : `Fewer than three repetitions (${few.map(({ name }) => name).join(", ")})`;
  return `${which}: noise is the median over the 26 scenarios that come with balloon-sim; most of them neither swap nor stall, so limits are too strict for guests that do: record three repetitions.\n`;
}

/** Names the curves whose limit is the highest one, and what their noise alone would have allowed. */
function cappedText(scenarios: readonly Scenario[]): string {
  const capped = scenarios.flatMap(({ name, curves }) =>
    curves.flatMap(({ kind, uncappedLimit }) =>
      uncappedLimit === null
        ? []
        : [`${scenarios.length === 1 ? "" : `${name} `}${kind.title} (${percent(uncappedLimit)})`],
    ),
  );
  const mark = scenarios.length === 1 ? `${CAPPED}: limit` : "Limits";
  return capped.length === 0
    ? ""
    : `${mark} capped at 15 %; 1.5 times the noise would be more: ${capped.join(", ")}.\n`;
}

/** What limits a comparison: settings that the simulation does not model, and figures that the recording lacks. */
const REMARKS: readonly { readonly what: string; readonly of: (scenario: Scenario) => readonly string[] }[] = [
  { what: "not in the model", of: ({ unmodelled }) => unmodelled },
  { what: "not in the recording", of: ({ unrecorded }) => (unrecorded.length === 0 ? [] : [unrecorded.join(" ")]) },
];

/** The remarks, a line for each, with the scenarios that have it. */
function remarksText(scenarios: readonly Scenario[]): string {
  return REMARKS.flatMap(({ what, of }) => {
    const names = new Map<string, string[]>();
    for (const scenario of scenarios) {
      for (const each of of(scenario)) names.set(each, [...(names.get(each) ?? []), scenario.name]);
    }
    const title = `${what[0]?.toUpperCase()}${what.slice(1)}`;
    return [...names].map(([each, having]) => `${title}: ${each}, in ${having.join(", ")}.\n`);
  }).join("");
}

/** The notes on costs, a line for each, with the scenarios that have it. */
function costsText(scenarios: readonly Scenario[]): string {
  const names = new Map<string, string[]>();
  for (const { name, costsNote } of scenarios) {
    if (costsNote !== null) names.set(costsNote, [...(names.get(costsNote) ?? []), name]);
  }
  return [...names].map(([note, having]) => `Note on ${having.join(", ")}: ${note}\n`).join("");
}

/** The numbers of curves and scenarios of a group that are within their limits. */
function countText(scenarios: readonly Scenario[], role: Role | null): string {
  const all = scenarios.flatMap(({ curves }) => curves);
  const within = all.filter(({ isWithin }) => isWithin).length;
  const whole = scenarios.filter(({ isWithin }) => isWithin).length;
  const group = role === null ? "Within their limits" : `Within their limits (${role})`;
  return `${group}: ${within} of ${all.length} curves, ${whole} of ${scenarios.length} scenarios entirely.\n`;
}

/** As JSON: an array of scenarios. */
export function fidelityJson(scenarios: readonly Scenario[]): string {
  const objects = scenarios.map(
    ({ name, settings, unmodelled, unrecorded, costsNote, role, runs, curves, targets, oom, isWithin }) => ({
      scenario: name,
      settings,
      ...(unmodelled.length === 0 ? {} : { unmodelled }),
      ...(unrecorded.length === 0 ? {} : { unrecorded }),
      ...(costsNote === null ? {} : { costs_note: costsNote }),
      ...(role === null ? {} : { role }),
      runs: runs.map(({ run, curves: compared, oomKills }) => ({
        file: run.name,
        rmse: Object.fromEntries(compared.map(({ kind, rmse }) => [kind.id, rmse])),
        range: Object.fromEntries(compared.map(({ kind, range }) => [kind.id, range])),
        oom_kills: oomKills,
      })),
      curves: curves.map((curve) => ({
        curve: curve.kind.id,
        unit: curve.kind.unit,
        range_from: rangeFrom(curve),
        error: curve.error,
        noise: curve.noise,
        noise_from: curve.isNoiseUsual ? "other scenarios" : "repetitions",
        limit: curve.limit,
        ...(curve.uncappedLimit === null ? {} : { uncapped_limit: curve.uncappedLimit }),
        within: curve.isWithin,
      })),
      targets: targets.map(({ pages, recorded, simulated, isWithin: within }) => ({
        target_pages: pages,
        recorded_cycles: recorded,
        simulated_cycles: simulated,
        within,
      })),
      oom: { recorded: oom.recorded, simulated: oom.simulated, within: oom.isWithin },
      within: isWithin,
    }),
  );
  return `${safeJson(objects, 2)}\n`;
}

/** As CSV: a line per curve of each scenario. */
export function fidelityCsv(scenarios: readonly Scenario[]): string {
  return csvLines([
    [
      "scenario",
      "role",
      "runs",
      "curve",
      "unit",
      "rmse",
      "range",
      "range_from",
      "error",
      "noise",
      "noise_from",
      "limit",
      "uncapped_limit",
      "within",
    ],
    ...scenarios.flatMap((scenario) =>
      scenario.curves.map((curve, i) => [
        scenario.name,
        scenario.role,
        scenario.runs.length,
        curve.kind.id,
        curve.kind.unit,
        medianOf(scenario, i, "rmse"),
        medianOf(scenario, i, "range"),
        rangeFrom(curve),
        curve.error,
        curve.noise,
        curve.isNoiseUsual ? "other scenarios" : "repetitions",
        curve.limit,
        curve.uncappedLimit,
        String(curve.isWithin),
      ]),
    ),
  ]);
}

/** Where the range of a curve comes from: it is recorded, or the least one of its kind, as the recorded one is smaller. */
const rangeFrom = ({ isRangeLeast }: CurveVerdict): string => (isRangeLeast ? "least" : "recording");

/** The median of the repetitions' figures. */
function medianOf({ runs }: Scenario, curve: number, figure: "rmse" | "range"): number {
  const sorted = runs.map(({ curves }) => curves[curve]?.[figure] as number).sort((a, b) => a - b);
  return sorted[sorted.length >> 1] as number;
}

/** The kills of each repetition. */
const kills = ({ runs }: Scenario, side: "recorded" | "simulated"): string =>
  runs.map(({ oomKills }) => oomKills[side]).join(" ");
const percent = (part: number): string => `${(part * 100).toFixed(1)} %`;
const yes = (is: boolean): string => (is ? "yes" : "no");

function amount(value: number, unit: CurveVerdict["kind"]["unit"]): string {
  return `${unit === "s" ? value.toFixed(2) : Math.round(value)} ${unit}`;
}

const cycles = (count: number | null): string => (count === null ? "never" : `${count} cycles`);
const targetText = ({ recorded, simulated }: TargetVerdict): string =>
  recorded === simulated ? `${recorded ?? "never"}` : `${recorded ?? "never"}→${simulated ?? "never"}`;
const oomText = ({ oom }: Scenario): string =>
  oom.recorded === oom.simulated ? yes(oom.recorded) : `${yes(oom.recorded)}→${yes(oom.simulated)}`;

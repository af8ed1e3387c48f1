/** The lines of a study's journal: a header, trials in ascending order, then judgements. */
import { InputError } from "../../../common/errors.ts";
import { quote } from "../../../common/quote.ts";
import { DEFAULT_POLICY, type ParamSpec, POLICIES } from "../../../engine/index.ts";
import { AS_IT_IS, isWhatIf } from "../../trace/what-if.ts";
import { limitsKills } from "../goal.ts";
import { hostTunable } from "../host-tunable.ts";
import type { HostTuning, Judgement, StudyHeader, Trial, TrialRun } from "../types.ts";

export const STUDY_FORMAT = "balloon-sim/study";
export const STUDY_VERSION = 1;

/**
 * A line of a journal as text. Equal values give equal bytes: a journal that is read and written again is unchanged.
 */
export const lineOf = (value: StudyHeader | Trial | Judgement): string => `${JSON.stringify(value)}\n`;

/** Whether a truncated line may be the beginning of a study's first line. */
export function beginsAsHeader(text: string): boolean {
  const begin = `{"format":"${STUDY_FORMAT}"`;
  return text.startsWith(begin) || begin.startsWith(text);
}

export const noStudy = (place: string): InputError =>
  new InputError(`${place}: expected a study, as balloon-sim tune --study writes it`);

/**
 * The header in the first line.
 * @param place prefix of messages: `study.jsonl:1`
 * @throws {InputError} if it is no header, or one of another version
 */
export function parseHeader(line: string, place: string): StudyHeader {
  const value = parseObject(line) as Partial<StudyHeader> | null;
  if (value?.format !== STUDY_FORMAT) {
    throw noStudy(place);
  }
  if ((value.version as number) !== STUDY_VERSION) {
    throw new InputError(
      `${place}: a study of version ${value.version}: this program knows version ${STUDY_VERSION}, use the one that wrote it`,
    );
  }
  const policy = value.driver === undefined ? DEFAULT_POLICY : POLICIES.get(value.driver);
  if (policy === undefined) {
    throw new InputError(
      `${place}: a study of the driver ${quote(String(value.driver))}, which this program does not know: use the one that wrote it`,
    );
  }
  if (value.host !== undefined && !isHostTuning(value.host)) throw damaged(place);
  const { params } = value.host === undefined ? policy : hostTunable(value.host);
  if (!hasContents(value, params)) throw damaged(place);
  const { worlds = 1, judgedWorlds = 1, ahead = 1, whatIf = AS_IT_IS } = value;
  const areCounts = [worlds, judgedWorlds, ahead].every((count) => Number.isSafeInteger(count) && count > 0);
  if (!isWhatIf(whatIf) || !areCounts) throw damaged(place);
  // Older studies, without worlds and what-ifs, ran traces as written, and assumed no requirement about kills.
  const header = { ...(value as StudyHeader), whatIf, worlds, judgedWorlds };
  return value.worlds === undefined && !limitsKills(header.requirements) ? { ...header, allowsKills: true } : header;
}

/** Whether a header's value is that of a study of hosts whose driver this program knows. */
function isHostTuning({ driver, policy, replaced = "" }: Partial<HostTuning>): boolean {
  return (
    (driver === null || (driver !== undefined && POLICIES.has(driver))) &&
    typeof replaced === "string" &&
    (policy === null ||
      (typeof policy?.name === "string" &&
        isListOf(
          policy.params,
          ({ name, kind, min, max, meaning }) =>
            [name, meaning].every((text) => typeof text === "string") &&
            ["bytes", "time", "ratio", "count", "switch"].includes(kind) &&
            isNumbers([min, max], 2),
        )))
  );
}

/** Whether a header has every field that is necessary for reading the trials, with values of the right kind. */
function hasContents(
  { objectives, goals, requirements, parameters, traces, seeds, base, reference }: Partial<StudyHeader>,
  params: readonly ParamSpec[],
): boolean {
  const isKnown = (objective: unknown): boolean => (objectives as readonly unknown[]).includes(objective);
  return (
    isListOf(objectives, (name) => typeof name === "string") &&
    isListOf(goals, (goal) => isKnown(goal.objective) && ["minimize", "maximize"].includes(goal.direction)) &&
    goals.length > 0 &&
    isListOf(
      requirements,
      ({ objective, relation, bound, of }) =>
        isKnown(objective) &&
        ["<", "<=", "==", ">=", ">"].includes(relation) &&
        typeof bound === "number" &&
        (of === undefined || of === "reference"),
    ) &&
    isListOf(
      parameters,
      ({ key, flag, min, max, values }) =>
        params.some((param) => param.key === key) &&
        typeof flag === "string" &&
        isNumbers([min, max], 2) &&
        Array.isArray(values) &&
        isNumbers(values, values.length),
    ) &&
    isListOf(traces, ({ trace, name, role, machine = "", ignoredRules = "" }) =>
      [trace, name, role, machine, ignoredRules].every((text) => typeof text === "string"),
    ) &&
    isListOf(seeds, (seed) => typeof seed === "string") &&
    [base, reference].every((rates) => params.every(({ key }) => typeof rates?.[key] === "number"))
  );
}

/** Whether a value is a list whose items all pass `is`; null and undefined do not pass. */
const isListOf = <Item>(list: readonly Item[] | undefined, is: (item: Item) => boolean): list is readonly Item[] =>
  Array.isArray(list) && list.every((item) => item !== null && item !== undefined && is(item));

/** The content of a line after the header. */
export type Entry =
  | { readonly kind: "trial"; readonly trial: Trial }
  | { readonly kind: "judgement"; readonly judgement: Judgement };

/**
 * Parses a line after the header.
 * @throws {InputError} if it is malformed, or does not fit the header
 */
export function parseEntry(line: string, header: StudyHeader, place: string): Entry {
  const value = parseObject(line);
  if (value === null || !isRuns(value.runs, header)) throw damaged(place);
  if (Number.isInteger(value.judged)) return { kind: "judgement", judgement: value as unknown as Judgement };
  const { trial, point, state } = value as unknown as Trial;
  const isTrial =
    Number.isInteger(trial) &&
    isNumbers(point, header.parameters.length) &&
    (state === "complete" || state === "dropped" || state === "failed");
  if (!isTrial) throw damaged(place);
  return { kind: "trial", trial: value as unknown as Trial };
}

const damaged = (place: string): InputError =>
  new InputError(`${place}: this line is damaged: truncate the file before it, and the study continues from there`);

function parseObject(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

const isNumbers = (list: unknown, length: number): boolean =>
  Array.isArray(list) && list.length === length && list.every((value) => typeof value === "number");

const isRuns = (runs: unknown, { traces, seeds, objectives }: StudyHeader): runs is TrialRun[] =>
  Array.isArray(runs) &&
  runs.every(
    (run: Partial<TrialRun>) =>
      traces[run.trace as number] !== undefined &&
      seeds[run.seed as number] !== undefined &&
      (run.world === undefined || (Number.isSafeInteger(run.world) && run.world > 0)) &&
      isNumbers(run.values, objectives.length),
  );

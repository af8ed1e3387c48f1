/** The balloon's target of the trace: measured where the log has it, else a scenario that the user declares. */
import { readFileSync, statSync } from "node:fs";
import { InputError } from "../../common/errors.ts";
import { parseJson } from "../../common/json.ts";
import { didYouMean } from "../../common/nearest.ts";
import { escapeUnsafe, quote } from "../../common/quote.ts";
import { isSystemError, systemErrorText } from "../../common/system-error.ts";
import { formatSize, parseTime, SIZE_PATTERN } from "../../common/units.ts";
import { Decoder } from "../trace/decode.ts";
import { reportFault, reportProblems } from "../trace/problems.ts";
import { constant, seriesOf, TARGET } from "../trace/series.ts";
import type { Series } from "../trace/types.ts";
import { POLICIES, type Policy } from "./policies.ts";

/** Where a trace's target comes from. */
export type TargetChoice =
  /** The column `balloonTarget` of the log. */
  | { readonly kind: "measured" }
  /** What the balloon held, where the log has no target. */
  | { readonly kind: "size" }
  /** Known beforehand: stands in the header of the trace. */
  | { readonly kind: "series"; readonly series: Series; readonly from: string }
  /** Computed from what was measured. */
  | { readonly kind: "policy"; readonly policy: Policy }
  /** Nobody said: the host asks for nothing. */
  | { readonly kind: "none" };

const MAX_FILE_BYTES = 64 * 1024 * 1024;
const EXPECTED =
  'expected a size ("2GiB"), a part of the guest\'s memory ("40%"), a file with a series, or policy:NAME';

/**
 * The target that `--target` asks for.
 * @param text null: what the log has, or none
 * @param own what the log itself has: the host's target, the balloon's size only, or neither
 * @param memory RAM of the guest in pages
 * @param endUs length of the trace, in microseconds
 * @throws {InputError}
 */
export function chooseTarget(
  text: string | null,
  own: "measured" | "size" | "none",
  memory: number,
  endUs: number,
): TargetChoice {
  if (text === null) return { kind: own };
  if (text.startsWith("policy:")) return { kind: "policy", policy: policyNamed(text.slice("policy:".length)) };
  if (SIZE_PATTERN.test(text)) return constantTarget(sizeOf(text), text);
  if (text === "0") return constantTarget(0, text);
  const part = /^(\d+(?:\.\d+)?)%$/.exec(text);
  if (part !== null) {
    const percent = Number(part[1]);
    if (percent > 100) throw new InputError(`--target ${quote(text)}: more than all of the guest's memory`);
    const pages = Math.floor((memory * percent) / 100);
    return constantTarget(pages, `${text} of ${formatSize(memory)}`);
  }
  const series = /^\s*[[{]/.test(readText(text)) ? jsonSeries(text, endUs) : csvSeries(text, endUs);
  return { kind: "series", series, from: `scenario: the series in ${text}` };
}

const constantTarget = (pages: number, written: string): TargetChoice => ({
  kind: "series",
  series: constant(pages),
  from: `scenario: ${written} throughout`,
});

function sizeOf(text: string): number {
  try {
    return TARGET.parse(text);
  } catch (error) {
    throw error instanceof InputError ? new InputError(`--target: ${error.message}`) : error;
  }
}

function policyNamed(name: string): Policy {
  const policy = POLICIES.find((each) => each.name === name);
  if (policy !== undefined) return policy;
  const names = POLICIES.map((each) => each.name);
  throw new InputError(
    `--target ${quote(`policy:${name}`)}: expected one of the policies ${names.join(", ")}${didYouMean(name, names)}`,
  );
}

function readText(path: string): string {
  const shown = escapeUnsafe(path);
  try {
    if (statSync(path).size > MAX_FILE_BYTES) throw new InputError(`--target ${shown}: larger than 64 MiB`);
    const text = readFileSync(path, "utf8");
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const why = error.code === "ENOENT" ? `${EXPECTED}; no file has that name` : systemErrorText(error);
    throw new InputError(`--target ${quote(path)}: ${why}`);
  }
}

/** A series as it stands in a trace. */
function jsonSeries(path: string, endUs: number): Series {
  const text = readText(path);
  const place = { name: `--target ${escapeUnsafe(path)}`, line: 1 };
  const refuse = (problem: string): never => {
    throw new InputError(problem);
  };
  const parsed = parseJson(text);
  if (!parsed.ok) {
    reportFault(text, place, parsed.fault, refuse);
    throw new Error("unreachable");
  }
  const decoder = new Decoder();
  decoder.endUs = endUs;
  const series = decoder.run(seriesOf(TARGET), parsed.value);
  if (decoder.problems.length > 0 || series === null) reportProblems(text, place, decoder.problems, refuse);
  return series as Series;
}

/** Lines `time,target`, from time 0 on, with or without a header. */
function csvSeries(path: string, endUs: number): Series {
  const at: number[] = [];
  const value: number[] = [];
  readText(path)
    .split(/\r?\n/)
    .forEach((line, index) => {
      if (line.trim() === "" || (at.length === 0 && /^\s*[A-Za-z]/.test(line))) return;
      const place = `--target ${escapeUnsafe(path)}:${index + 1}`;
      const fields = line.split(/[,;\t]/).map((field) => field.trim());
      if (fields.length !== 2)
        throw new InputError(`${place}: expected time,target, such as 60,2GiB, found ${quote(line)}`);
      const [time, size] = fields.map((field) => (/^\d+(?:\.\d+)?$/.test(field) ? Number(field) : field));
      const us = placed(place, () => parseTime(time));
      if (us <= (at.at(-1) ?? -1)) throw new InputError(`${place}: the time is not after the line before`);
      if (us > endUs) throw new InputError(`${place}: the time is after the end of the log`);
      at.push(us);
      value.push(placed(place, () => (size === "" ? Number.NaN : TARGET.parse(size))));
    });
  if (at[0] !== 0) throw new InputError(`--target ${escapeUnsafe(path)}: a series begins at time 0`);
  return { hold: "step", at, value, repeatUs: 0, how: "assumed", from: null };
}

function placed<T>(place: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw error instanceof InputError ? new InputError(`${place}: ${error.message}`) : error;
  }
}

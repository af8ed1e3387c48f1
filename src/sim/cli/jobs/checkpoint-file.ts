import { version } from "../../../common/cli/command-line.ts";
import { writeAll } from "../../../common/cli/text-sink.ts";
import { InputError } from "../../../common/errors.ts";
import { sha256OfFile } from "../../../common/files/hash.ts";
import type { OutputFile } from "../../../common/files/output-file.ts";
import { readTextFile } from "../../../common/files/text-file.ts";
import { policyNamed } from "../../../common/policy-named.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import { isSystemError, systemErrorText } from "../../../common/system-error.ts";
import { type BalloonPolicy, DEFAULT_POLICY } from "../../../engine/index.ts";
import { columnsOf } from "../../output/columns.ts";
import { CHECKPOINT_VERSION, type Checkpoint, decodeState, encodeState } from "../../run/checkpoint.ts";
import { findTrace } from "../../trace/bundled.ts";
import { machineText } from "../../trace/machines.ts";
import { openTrace } from "../../trace/open.ts";
import { isWhatIf } from "../../trace/what-if.ts";
import type { Job } from "./job.ts";

/** Writes the state of a run, and the options with which it was started. */
export async function writeCheckpoint(file: OutputFile, job: Job, atUs: number, state: Float64Array): Promise<void> {
  if (job.rows === null) throw new Error("a run without rows has no checkpoint");
  const { columns, format, choice, sampleUs } = job.rows;
  const checkpoint: Checkpoint = {
    format: "balloon-sim/checkpoint",
    version: CHECKPOINT_VERSION,
    program: version(),
    trace: { path: job.trace, sha256: sha256OfFile(findTrace(job.trace)), ...machineOf(job.trace) },
    ...(job.driver === DEFAULT_POLICY.name ? {} : { driver: job.driver }),
    rates: job.rates,
    seed: job.seed,
    whatIf: job.whatIf,
    rows: { columns, format, choice, sampleUs },
    atUs,
    state: encodeState(state),
  };
  await writeAll(file, Buffer.from(`${JSON.stringify(checkpoint)}\n`));
}

/**
 * Reads a checkpoint for a run of `trace`; null: of the trace that the checkpoint names.
 * @throws {InputError} if the file is not a checkpoint, or is of another version of the program or of another trace
 */
export function readCheckpoint(path: string, trace: string | null): { checkpoint: Checkpoint; state: Float64Array } {
  const shown = `--resume ${escapeUnsafe(path)}`;
  const checkpoint = parse(readTextFile(path, shown), shown);
  if (checkpoint.program !== version()) {
    throw new InputError(
      `${shown}: is from balloon-sim ${escapeUnsafe(String(checkpoint.program))}; version ${version()} can't read it: run the trace again`,
    );
  }
  if ((checkpoint.version as number) === 1) {
    throw new InputError(
      `${shown}: has version 1 of the format; this program reads version ${CHECKPOINT_VERSION}: run the trace again`,
    );
  }
  if (!isWhole(checkpoint)) throw new InputError(`${shown}: is damaged: a field is missing or invalid`);
  const state = decodeState(checkpoint.state);
  if (state === null) throw new InputError(`${shown}: is damaged: its state can't be read`);
  const name = trace ?? checkpoint.trace.path;
  if (hashOf(name) !== checkpoint.trace.sha256) {
    throw new InputError(`${shown}: ${escapeUnsafe(name)} is not the trace of the suspended run, or has changed since`);
  }
  if (checkpoint.trace.machine !== undefined && machineOf(name).machine !== checkpoint.trace.machine) {
    throw new InputError(
      `${shown}: the machine that ${escapeUnsafe(name)} names has changed since: restore it, or run the trace again`,
    );
  }
  return { checkpoint: { ...checkpoint, trace: { ...checkpoint.trace, path: name } }, state };
}

/** The content of a checkpoint, not checked further. @throws {InputError} if the file is no checkpoint */
function parse(text: string, shown: string): Partial<Checkpoint> {
  let value: Partial<Checkpoint> | null = null;
  try {
    value = JSON.parse(text) as Partial<Checkpoint>;
  } catch {
    // Not JSON.
  }
  if (value?.format !== "balloon-sim/checkpoint") {
    throw new InputError(
      `${shown}: is not a checkpoint, or is damaged (balloon-sim run --checkpoint FILE --at TIME writes one)`,
    );
  }
  return value;
}

/** Whether a checkpoint has all fields. The restoration checks whether the state belongs to the run. */
function isWhole(value: Partial<Checkpoint>): value is Checkpoint {
  const { version: form, trace, rates, seed, whatIf, rows, atUs, state } = value;
  const isTime = (us: unknown, least = 0): boolean => Number.isSafeInteger(us) && (us as number) >= least;
  return (
    form === CHECKPOINT_VERSION &&
    typeof trace?.path === "string" &&
    areRates(policyOfCheckpoint(value), rates) &&
    (seed === null || typeof seed === "string") &&
    isWhatIf(whatIf) &&
    Array.isArray(rows?.columns) &&
    rows.columns.every((name: unknown) =>
      columnsOf(policyOfCheckpoint(value)).some((column) => column.name === name),
    ) &&
    ["csv", "ndjson", "json"].includes(rows.format) &&
    ["change", "cycle", "sample"].includes(rows.choice) &&
    (rows.sampleUs === null || isTime(rows.sampleUs, 1)) &&
    isTime(atUs) &&
    typeof state === "string"
  );
}

/** The driver of the run. @throws {InputError} if this program has no such driver */
export const policyOfCheckpoint = ({ driver }: Pick<Checkpoint, "driver">): BalloonPolicy =>
  policyNamed(driver, "--resume: a run of the driver");

function areRates(policy: BalloonPolicy, rates: Checkpoint["rates"] | undefined): boolean {
  try {
    policy.validate(rates as Checkpoint["rates"]);
    return true;
  } catch {
    return false;
  }
}

/** The machine that a trace names or describes, as text; an empty object if it has none. */
function machineOf(trace: string): Pick<Checkpoint["trace"], "machine"> {
  const source = openTrace(trace);
  source.close();
  const { machine } = source.trace.guest;
  return machine === null ? {} : { machine: machineText(machine) };
}

/** SHA-256 of a trace's file that has not been opened yet. @throws {InputError} if it can't be read */
function hashOf(trace: string): string {
  try {
    return sha256OfFile(findTrace(trace));
  } catch (error) {
    if (isSystemError(error)) throw new InputError(`${escapeUnsafe(trace)}: ${systemErrorText(error)}`);
    throw error;
  }
}

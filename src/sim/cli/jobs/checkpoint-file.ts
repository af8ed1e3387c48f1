import { createHash } from "node:crypto";
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { version } from "../../../common/cli/command-line.ts";
import type { OutputFile } from "../../../common/cli/output-file.ts";
import { writeAll } from "../../../common/cli/text-sink.ts";
import { InputError } from "../../../common/errors.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import { isSystemError, systemErrorText } from "../../../common/system-error.ts";
import { type Checkpoint, decodeState, encodeState } from "../../run/checkpoint.ts";
import { findTrace } from "../../trace/bundled.ts";
import type { Job } from "./job.ts";

const CHUNK_BYTES = 1 << 20;

/** Writes where a run stands, and all that it takes to go on. */
export async function writeCheckpoint(file: OutputFile, job: Job, atUs: number, state: Float64Array): Promise<void> {
  if (job.rows === null) throw new Error("a run without rows has no checkpoint");
  const { columns, format, choice, sampleUs } = job.rows;
  const checkpoint: Checkpoint = {
    format: "balloon-sim/checkpoint",
    version: 1,
    program: version(),
    trace: { path: job.trace, sha256: sha256(job.trace) },
    rates: job.rates,
    seed: job.seed,
    untilUs: job.untilUs,
    rows: { columns, format, choice, sampleUs },
    atUs,
    state: encodeState(state),
  };
  await writeAll(file, Buffer.from(`${JSON.stringify(checkpoint)}\n`));
}

/**
 * Reads a checkpoint for a run of `trace`, or of the one that it names.
 * @throws {InputError} where it is none, of another version of the program, or of another trace
 */
export function readCheckpoint(path: string, trace: string | null): { checkpoint: Checkpoint; state: Float64Array } {
  const shown = `--resume ${escapeUnsafe(path)}`;
  const checkpoint = parse(readText(path, shown), shown);
  if (checkpoint.program !== version()) {
    throw new InputError(
      `${shown}: made by balloon-sim ${escapeUnsafe(String(checkpoint.program))}, whose state this one, ${version()}, does not know: run the trace again`,
    );
  }
  const state = decodeState(checkpoint.state);
  if (state === null) throw new InputError(`${shown}: is damaged: its state can't be read`);
  const name = trace ?? checkpoint.trace.path;
  if (sha256(name) !== checkpoint.trace.sha256) {
    throw new InputError(
      `${shown}: ${escapeUnsafe(name)} is not the trace that the run was made of, or has changed since`,
    );
  }
  return { checkpoint: { ...checkpoint, trace: { ...checkpoint.trace, path: name } }, state };
}

function readText(path: string, shown: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isSystemError(error)) throw new InputError(`${shown}: ${systemErrorText(error)}`);
    throw error;
  }
}

function parse(text: string, shown: string): Checkpoint {
  let value: Partial<Checkpoint> | null = null;
  try {
    value = JSON.parse(text) as Partial<Checkpoint>;
  } catch {
    // It is none.
  }
  if (value?.format !== "balloon-sim/checkpoint") {
    throw new InputError(
      `${shown}: is no checkpoint, or damaged (balloon-sim run --checkpoint FILE --at TIME makes one)`,
    );
  }
  return value as Checkpoint;
}

/** The SHA-256 of a trace's file. */
function sha256(trace: string): string {
  const hash = createHash("sha256");
  const fd = openSync(findTrace(trace), "r");
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    for (let length = readSync(fd, chunk); length > 0; length = readSync(fd, chunk))
      hash.update(chunk.subarray(0, length));
  } finally {
    closeSync(fd);
  }
  return hash.digest("hex");
}

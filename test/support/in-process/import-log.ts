import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { InputFile } from "../../../src/common/files/input-file.ts";
import { FORMATS } from "../../../src/sim/import/formats/index.ts";
import { Log } from "../../../src/sim/import/log.ts";
import type { LogFile } from "../../../src/sim/import/log-file.ts";
import type { ImportOptions } from "../../../src/sim/import/plan.ts";
import type { LogOptions } from "../../../src/sim/import/read-context.ts";
import { withTarget } from "../../../src/sim/import/target.ts";
import { LinesWriter } from "../../../src/sim/import/write.ts";

/** A log as a test has it: a text or bytes under a name. */
export interface NamedText {
  readonly name: string;
  readonly text: string | Uint8Array;
}

export type AllOptions = Omit<ImportOptions, "target"> & LogOptions & { readonly target?: string };

/** What came of an import: a trace in JSON lines for each machine, by its id, and the remarks. */
export interface Imported {
  readonly traces: ReadonlyMap<string, string>;
  readonly remarks: readonly string[];
}

/** Imports files as the command does, all machines that the options want. */
export async function importFiles(files: readonly LogFile[], options: AllOptions = {}): Promise<Imported> {
  const noPace = async (): Promise<void> => {};
  const log = await Log.survey(files, FORMATS, options, noPace);
  const texts = new Map<string, string>();
  const traces = log.plan(log.machines, withTarget(options), "0.0.0").map((trace) => {
    const { id } = trace.plan.survey.machine;
    texts.set(id, "");
    const add = (text: string): void => void texts.set(id, texts.get(id) + text);
    return { ...trace, writer: new LinesWriter(trace.header, trace.shape, add) };
  });
  await log.write(traces, noPace);
  return { traces: texts, remarks: log.report.lines() };
}

/** Puts texts into files of a directory. */
export function logFiles(directory: string, texts: readonly NamedText[]): InputFile[] {
  return texts.map(({ name, text }) => {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return new InputFile(path, name);
  });
}

/** Imports texts under their names. */
export async function importTexts(
  directory: string,
  texts: readonly NamedText[],
  options: AllOptions = {},
): Promise<Imported> {
  return importFiles(logFiles(directory, texts), options);
}

/** The lines of a trace in JSON lines, parsed: its header, then its rows. */
// biome-ignore lint/suspicious/noExplicitAny: what a test looks at is whatever it expects to be there
export const linesOf = (trace: string | undefined): any[] =>
  (trace ?? "")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

import { warn } from "../../../common/cli/output.ts";
import { RunError } from "../../../common/errors.ts";
import type { Writable } from "../../../common/files/output-file.ts";
import { policyNamed } from "../../../common/policy-named.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import { caveatOf } from "../../output/caveats.ts";
import type { CsvValue } from "../../output/csv.ts";
import { KillCount } from "../../output/damage.ts";
import { KILLS, objectivesOf, type SubjectKind } from "../../tune/objectives.ts";
import type { TunedParam } from "../../tune/tunable.ts";
import { createTable } from "../create-table.ts";
import { warnOfCaveats } from "../driver-caveats.ts";
import { type RecordColumn, type RecordTable, WORLD_COLUMN } from "../record-table.ts";
import { warnOfSome } from "../warn-of-some.ts";
import { withFile } from "../with-output.ts";

/** The layout of the rows of a sweep; plain data. */
export interface SweepLayout {
  /** What the runs are runs of; absent: traces. */
  readonly kind?: SubjectKind;
  /** Name of the driver; null: those of a host's VMs, whose constants are not varied. */
  readonly driver: string | null;
  /** The constants that are varied. */
  readonly parameters: readonly Pick<TunedParam, "name" | "unit" | "meaning" | "perUnit">[];
  /** Whether the rows have a column for the world. */
  readonly hasWorlds: boolean;
  readonly format: "csv" | "parquet";
  /** Remarks about the traces for the end, one sentence each, safe to print. */
  readonly remarks: readonly string[];
}

/** A row of a sweep: values of `sweepColumns`. */
export type SweepRow = readonly CsvValue[];

const text = (name: string, meaning: string): RecordColumn => ({ name, type: "text", unit: "", meaning });

const TRACE_COLUMNS = [
  text("trace", "File of the trace, or name of a bundled one, as given on the command line"),
  text("name", "Name in the trace"),
  text("driver", "Name of the guest's balloon driver"),
  text("what_if", "Changes to the trace; empty without changes"),
];
const HOST_COLUMNS = [
  text("host", "File of the host, or name of a bundled one, as given on the command line"),
  text("name", "Name in the host file"),
  text("driver", "Name of the balloon driver whose constants all VMs with it have; empty: each VM keeps its own"),
  text("policy", "Name of the host's policy"),
];

/** The columns of a sweep. */
export const sweepColumns = ({
  kind = "trace",
  parameters,
  hasWorlds,
}: Pick<SweepLayout, "kind" | "parameters" | "hasWorlds">): RecordColumn[] => [
  {
    name: "trial",
    type: "whole",
    unit: "",
    meaning: "Number of the combination; 0 has the reference rates",
  },
  ...parameters.map(({ name, unit, meaning, perUnit }): RecordColumn => {
    return { name, type: perUnit === undefined ? "whole" : "number", unit, meaning };
  }),
  ...(kind === "host" ? HOST_COLUMNS : TRACE_COLUMNS),
  text("seed", "Seed of all random numbers of the run"),
  ...(hasWorlds ? [WORLD_COLUMN] : []),
  ...objectivesOf(kind).map(({ name, unit, meaning }): RecordColumn => ({ name, type: "number", unit, meaning })),
  text("error", "Error message of a failed run; empty if the run succeeded"),
];

/**
 * Writes the table of a sweep to a file or to standard output. It is complete also if runs failed, whose rows have the error.
 * @param fill adds the rows
 * @throws {RunError} after that, if a run failed
 */
export async function writeSweep(
  layout: SweepLayout,
  output: string | undefined,
  fill: (table: SweepTable) => Promise<void>,
): Promise<void> {
  let failure: RunError | null = null;
  await withFile(output, async (to) => {
    const table = await SweepTable.create(layout, to);
    await fill(table);
    await table.end();
    failure = table.failure();
  });
  if (failure !== null) throw failure;
}

/** Writes the rows of a sweep, and reports the OOM kills, the remarks and the driver's caveat at the end. */
export class SweepTable {
  readonly #table: RecordTable;
  readonly #kills = new KillCount();
  readonly #caveat: string | null;
  readonly #remarks: readonly string[];
  /** Indices of the columns of the trace or host, of the OOM kills, and `error`. */
  readonly #trace: number;
  readonly #oomKills: number;
  readonly #error: number;
  #rows = 0;
  #failedRows = 0;
  #firstFailed: SweepRow | null = null;

  private constructor(layout: SweepLayout, table: RecordTable) {
    this.#table = table;
    this.#remarks = layout.remarks;
    this.#caveat = layout.driver === null ? null : caveatOf(policyNamed(layout.driver, "--driver"));
    const columns = sweepColumns(layout);
    this.#trace = 1 + layout.parameters.length;
    this.#error = columns.length - 1;
    this.#oomKills = columns.findIndex(({ name }) => name === KILLS[layout.kind ?? "trace"][0]);
  }

  static async create(layout: SweepLayout, to: Writable): Promise<SweepTable> {
    return new SweepTable(layout, await createTable(layout.format, sweepColumns(layout), to));
  }

  add(row: SweepRow): void {
    this.#table.add(row);
    this.#rows++;
    if (row[this.#error] === "") {
      this.#kills.note(String(row[this.#trace]), Number(row[this.#oomKills]));
      return;
    }
    this.#failedRows++;
    this.#firstFailed ??= row;
  }

  /** Writes the buffered rows if there are enough of them. */
  async pace(): Promise<void> {
    if (this.#table.isFull) await this.#table.flush();
  }

  /** The error of a sweep with failed runs; null: none failed. */
  failure(): RunError | null {
    const row = this.#firstFailed;
    if (row === null) return null;
    const where = `trial ${row[0]} on ${escapeUnsafe(String(row[this.#trace]))}`;
    const runs = `${this.#failedRows} of ${this.#rows} ${this.#rows === 1 ? "run" : "runs"} failed`;
    return new RunError(`${runs} (see the column error), the first one in ${where}: ${row[this.#error]}`);
  }

  async end(): Promise<void> {
    await this.#table.end();
    const line = this.#kills.line();
    if (line !== null) warn(`balloon-sim: ${line}`);
    warnOfSome(this.#remarks, "note");
    warnOfCaveats([this.#caveat]);
  }
}

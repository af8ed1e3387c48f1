import { warn } from "../../../common/cli/output.ts";
import type { Writable } from "../../../common/files/output-file.ts";
import { policyNamed } from "../../../common/policy-named.ts";
import type { ParamSpec } from "../../../engine/index.ts";
import { OBJECTIVES } from "../../measures/objectives.ts";
import { caveatOf } from "../../output/caveats.ts";
import type { CsvValue } from "../../output/csv.ts";
import { KillCount } from "../../output/damage.ts";
import { createTable } from "../create-table.ts";
import { warnOfCaveats } from "../driver-caveats.ts";
import { type RecordColumn, type RecordTable, WORLD_COLUMN } from "../record-table.ts";
import { warnOfSome } from "../warn-of-some.ts";

/** The layout of the rows of a sweep; plain data. */
export interface SweepLayout {
  /** Name of the driver. */
  readonly driver: string;
  /** The constants that are varied. */
  readonly parameters: readonly Pick<ParamSpec, "name" | "unit" | "meaning">[];
  /** Whether the rows have a column for the world. */
  readonly hasWorlds: boolean;
  readonly format: "csv" | "parquet";
  /** Remarks about the traces for the end, one sentence each, safe to print. */
  readonly remarks: readonly string[];
}

/** A row of a sweep: values of `sweepColumns`. */
export type SweepRow = readonly CsvValue[];

const text = (name: string, meaning: string): RecordColumn => ({ name, type: "text", unit: "", meaning });

/** The columns of a sweep. */
export const sweepColumns = ({
  parameters,
  hasWorlds,
}: Pick<SweepLayout, "parameters" | "hasWorlds">): RecordColumn[] => [
  {
    name: "trial",
    type: "whole",
    unit: "",
    meaning: "Number of the combination; 0 has the reference rates",
  },
  ...parameters.map(({ name, unit, meaning }): RecordColumn => ({ name, type: "whole", unit, meaning })),
  text("trace", "File of the trace, or name of a bundled one, as given on the command line"),
  text("name", "Name in the trace"),
  text("driver", "Name of the guest's balloon driver"),
  text("what_if", "Changes to the trace; empty without changes"),
  text("seed", "Seed of all random numbers of the run"),
  ...(hasWorlds ? [WORLD_COLUMN] : []),
  ...OBJECTIVES.map(({ name, unit, meaning }): RecordColumn => ({ name, type: "number", unit, meaning })),
  text("error", "Error message of a failed run; empty if the run succeeded"),
];

const OOM_KILLS = OBJECTIVES.findIndex(({ name }) => name === "oom_kills");

/** Writes the rows of a sweep, and reports the OOM kills, the remarks and the driver's caveat at the end. */
export class SweepTable {
  readonly #table: RecordTable;
  readonly #kills = new KillCount();
  readonly #caveat: string | null;
  readonly #remarks: readonly string[];
  /** Indices of the columns `trace`, `oom_kills` and `error`. */
  readonly #trace: number;
  readonly #oomKills: number;
  readonly #error: number;

  private constructor(layout: SweepLayout, table: RecordTable) {
    this.#table = table;
    this.#remarks = layout.remarks;
    this.#caveat = caveatOf(policyNamed(layout.driver, "--driver"));
    const columns = sweepColumns(layout);
    this.#trace = 1 + layout.parameters.length;
    this.#error = columns.length - 1;
    this.#oomKills = this.#error - OBJECTIVES.length + OOM_KILLS;
  }

  static async create(layout: SweepLayout, to: Writable): Promise<SweepTable> {
    return new SweepTable(layout, await createTable(layout.format, sweepColumns(layout), to));
  }

  add(row: SweepRow): void {
    this.#table.add(row);
    if (row[this.#error] === "") this.#kills.note(String(row[this.#trace]), Number(row[this.#oomKills]));
  }

  /** Writes the buffered rows if there are enough of them. */
  async pace(): Promise<void> {
    if (this.#table.isFull) await this.#table.flush();
  }

  async end(): Promise<void> {
    await this.#table.end();
    const line = this.#kills.line();
    if (line !== null) warn(`balloon-sim: ${line}`);
    warnOfSome(this.#remarks, "note");
    warnOfCaveats([this.#caveat]);
  }
}

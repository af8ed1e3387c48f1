import type { SweepLayout, SweepRow } from "../tune/sweep-table.ts";
import { writeSweep } from "../tune/sweep-table.ts";
import type { Assemble, PartRun } from "./assemble.ts";
import type { PartRecord } from "./part-format.ts";

/** Writes the table of a sweep from its runs. */
export const assembleSweep: Assemble = async ({ result }, { runs }, output) => {
  const layout = result as SweepLayout;
  if (layout.format === "parquet") {
    const { checkBinaryOutput } = await import("../parquet-table.ts");
    checkBinaryOutput(output);
  }
  await writeSweep(layout, output, async (table) => {
    for (const { record } of runs as Iterable<PartRun<PartRecord & { readonly row: SweepRow }>>) {
      table.add(record.row);
      await table.pace();
    }
  });
};

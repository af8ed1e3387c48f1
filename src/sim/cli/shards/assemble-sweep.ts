import type { SweepLayout, SweepRow } from "../tune/sweep-table.ts";
import { SweepTable } from "../tune/sweep-table.ts";
import { withFile } from "../with-output.ts";
import type { Assemble, PartRun } from "./assemble.ts";
import type { PartRecord } from "./part-format.ts";

/** Writes the table of a sweep from its runs. */
export const assembleSweep: Assemble = async ({ result }, { runs }, output) => {
  const layout = result as SweepLayout;
  if (layout.format === "parquet") {
    const { checkBinaryOutput } = await import("../parquet-table.ts");
    checkBinaryOutput(output);
  }
  await withFile(output, async (to) => {
    const table = await SweepTable.create(layout, to);
    for (const { record } of runs as Iterable<PartRun<PartRecord & { readonly row: SweepRow }>>) {
      table.add(record.row);
      await table.pace();
    }
    await table.end();
  });
};

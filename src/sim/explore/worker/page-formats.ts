/** The formats of logs that the page reads, as the command does: those of tools' own logs in lines. */

import { atop } from "../../import/formats/atop.ts";
import { dstat } from "../../import/formats/dstat.ts";
import { esxtop } from "../../import/formats/esxtop.ts";
import { free } from "../../import/formats/free.ts";
import { nmon } from "../../import/formats/nmon.ts";
import { pmrep } from "../../import/formats/pmrep.ts";
import { powercli } from "../../import/formats/powercli.ts";
import { recording } from "../../import/formats/recording.ts";
import { sadfTable } from "../../import/formats/sadf-table.ts";
import { sar } from "../../import/formats/sar.ts";
import { snapshots } from "../../import/formats/snapshots.ts";
import { vmstat } from "../../import/formats/vmstat.ts";
import type { Format } from "../../import/reader.ts";

/**
 * The page grows by the code of each reader. Answers of monitoring systems and data sets of many machines, which are made with
 * more care than a log is dropped, are left to the command.
 */
export const PAGE_FORMATS: readonly Format[] = [
  recording,
  snapshots,
  esxtop,
  powercli,
  sadfTable,
  sar,
  vmstat,
  free,
  dstat,
  nmon,
  pmrep,
  atop,
];

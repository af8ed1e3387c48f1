import type { Format } from "../reader.ts";
import { atop } from "./atop.ts";
import { dstat } from "./dstat.ts";
import { esxtop } from "./esxtop.ts";
import { free } from "./free.ts";
import { nmon } from "./nmon.ts";
import { pmrep } from "./pmrep.ts";
import { powercli } from "./powercli.ts";
import { recording } from "./recording.ts";
import { sadfTable } from "./sadf-table.ts";
import { sar } from "./sar.ts";
import { snapshots } from "./snapshots.ts";
import { vmstat } from "./vmstat.ts";

/**
 * Logs of users' own whose readers need nothing but bytes: the explorer's page reads them, too, and grows by the code of each. Answers
 * of monitoring systems and data sets of many machines are left to the command.
 */
export const LOG_FORMATS: readonly Format[] = [
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

import type { Format } from "../reader.ts";
import { alibaba } from "./alibaba.ts";
import { atop } from "./atop.ts";
import { bitbrains } from "./bitbrains.ts";
import { dstat } from "./dstat.ts";
import { esxtop } from "./esxtop.ts";
import { exposition } from "./exposition.ts";
import { free } from "./free.ts";
import { google } from "./google.ts";
import { govc } from "./govc.ts";
import { materna } from "./materna.ts";
import { nmon } from "./nmon.ts";
import { pmrep } from "./pmrep.ts";
import { powercli } from "./powercli.ts";
import { prometheus } from "./prometheus.ts";
import { recording } from "./recording.ts";
import { sadfJson } from "./sadf-json.ts";
import { sadfTable } from "./sadf-table.ts";
import { sar } from "./sar.ts";
import { snapshots } from "./snapshots.ts";
import { vmstat } from "./vmstat.ts";

/** All formats, in the order of `import --list`: first logs of users' own, then data sets. */
export const FORMATS: readonly Format[] = [
  recording,
  snapshots,
  esxtop,
  govc,
  powercli,
  sadfJson,
  sadfTable,
  sar,
  vmstat,
  free,
  dstat,
  nmon,
  pmrep,
  atop,
  prometheus,
  exposition,
  bitbrains,
  materna,
  alibaba,
  google,
];

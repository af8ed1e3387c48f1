import type { Format } from "../reader.ts";
import { alibaba } from "./alibaba.ts";
import { bitbrains } from "./bitbrains.ts";
import { exposition } from "./exposition.ts";
import { google } from "./google.ts";
import { govc } from "./govc.ts";
import { LOG_FORMATS } from "./logs.ts";
import { materna } from "./materna.ts";
import { prometheus } from "./prometheus.ts";
import { sadfJson } from "./sadf-json.ts";

/** All formats, in the order of `import --list`: first logs of users' own, then data sets. */
export const FORMATS: readonly Format[] = [
  ...LOG_FORMATS,
  govc,
  sadfJson,
  prometheus,
  exposition,
  bitbrains,
  materna,
  alibaba,
  google,
];

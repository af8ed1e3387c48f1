import type { Format, RefusedFormat } from "../reader.ts";
import { bitbrains } from "./bitbrains.ts";
import { esxtop } from "./esxtop.ts";
import { materna } from "./materna.ts";
import { vmstat } from "./vmstat.ts";

/** Every format that can be imported, in the order of `import --list`. */
export const FORMATS: readonly Format[] = [esxtop, bitbrains, materna, vmstat];

/** What is recognised only to say why it can't be imported. */
export const REFUSED: readonly RefusedFormat[] = [];

import type { Format, RefusedFormat } from "../reader.ts";
import { bitbrains } from "./bitbrains.ts";

/** Every format that can be imported, in the order of `import --list`. */
export const FORMATS: readonly Format[] = [bitbrains];

/** What is recognised only to say why it can't be imported. */
export const REFUSED: readonly RefusedFormat[] = [];

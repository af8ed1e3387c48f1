import { warn } from "../../common/cli/output.ts";

/** Prints the caveats of drivers (`caveatOf`) beside their figures, for formats that have no place for notes. */
export function warnOfCaveats(caveats: readonly (string | null)[]): void {
  for (const caveat of new Set(caveats)) if (caveat !== null) warn(`balloon-sim: note: ${caveat}`);
}

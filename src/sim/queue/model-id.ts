import { readFileSync } from "node:fs";
import { version } from "../../common/cli/command-line.ts";

/** Which model of a guest a program simulates. Two programs with the same id come to the same results, byte for byte. */
export interface ModelId {
  /** Version of the package. */
  readonly version: string;
  /** Hash over the modules that decide the results of runs (`scripts/model-id.js`): 16 hexadecimal digits. */
  readonly hash: string;
}

let known: ModelId | undefined;

/** The model of this program. */
export function modelId(): ModelId {
  known ??= { version: version(), hash: readHash() };
  return known;
}

export const isSameModel = (a: ModelId, b: ModelId): boolean => a.version === b.version && a.hash === b.hash;

/** The id for messages: `0.1.0 (f3b7b5b2e0df928f)`. */
export const modelText = ({ version, hash }: ModelId): string => `${version} (${hash})`;

/** The bundle lies as deep in the package as this module, and the source does. */
function readHash(): string {
  const file = new URL("../../../dist/model-id.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { id: string }).id;
}

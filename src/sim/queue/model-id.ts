import { readFileSync } from "node:fs";
import { version } from "../../common/cli/command-line.ts";

/** Identifies the model that a program simulates. Programs with the same id compute the same results, byte for byte. */
export interface ModelId {
  /** Version of the package. */
  readonly version: string;
  /** Hash of the modules that determine the results of runs (`scripts/model-id.js`): 16 hexadecimal digits. */
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

/** The relative path is the same for the source, the compiled module and the bundle. */
function readHash(): string {
  const file = new URL("../../../dist/model-id.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { id: string }).id;
}

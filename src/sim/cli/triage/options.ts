import type { TriageChoice } from "../../output/triage/triage.ts";

/** The options about many runs as the command line gives them. */
export interface TriageOptions {
  readonly sort?: string;
  readonly warn?: readonly string[];
}

/**
 * How many runs are ranked and checked; null: the command line says nothing of that. The code is loaded only if it does.
 * @throws {InputError} one line that names the option
 */
export async function triageOf({ sort, warn }: TriageOptions): Promise<TriageChoice | null> {
  if (sort === undefined && warn === undefined) return null;
  const { parseTriage } = await import("../../output/triage/triage.ts");
  return parseTriage(sort, warn);
}

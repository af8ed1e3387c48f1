import { timeOption } from "../../common/cli/option-values.ts";
import { InputError } from "../../common/errors.ts";
import { readTarget } from "../trace/target-text.ts";
import type { WhatIf } from "../trace/what-if.ts";

/** What the command line changes about traces. */
export interface WhatIfOptions {
  readonly target?: string;
  readonly since?: string;
  readonly until?: string;
}

/**
 * What `--target`, `--since` and `--until` say.
 * @throws {InputError}
 */
export function parseWhatIf({ target, since, until }: WhatIfOptions): WhatIf {
  const sinceUs = since === undefined ? 0 : timeOption("--since", since);
  const untilUs = until === undefined ? null : timeOption("--until", until);
  if (untilUs !== null && sinceUs > 0 && untilUs <= sinceUs) {
    throw new InputError(
      `--until ${until}: expected a time after --since ${since}; both count from the trace's beginning`,
    );
  }
  if (target?.startsWith("policy:")) {
    throw new InputError(`--target ${target}: a policy decides by what a log says: balloon-sim import takes it`);
  }
  return { target: target === undefined ? null : readTarget(target), sinceUs, untilUs };
}

import { statSync } from "node:fs";
import { print, warn } from "../../common/cli/output.ts";
import { InputError } from "../../common/errors.ts";
import { policyNamed } from "../../common/policy-named.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { checkPolicyFits } from "../run/policy-fits.ts";
import { STDIN } from "../trace/input.ts";
import { inspectTrace, targetRemarkOf } from "../trace/inspect.ts";
import { openTrace, validateTrace } from "../trace/open.ts";
import { profileOf } from "../trace/profile.ts";
import { Spool } from "./spool.ts";

/** What a second look at a well-formed trace finds: the names of its guest that a run would refuse, and a remark. */
function secondLook(path: string, shown: string): { problems: string[]; remark: string | null } {
  const source = openTrace(path, shown);
  try {
    const { guest } = source.trace;
    const profile = profileOf(guest);
    if (guest.driver !== null) checkPolicyFits(policyNamed(guest.driver, "$.guest.driver"), guest.profile, profile);
    return { problems: [], remark: targetRemarkOf(inspectTrace(source)) };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { problems: [`${escapeUnsafe(shown)}: ${error.message}`], remark: null };
  } finally {
    source.close();
  }
}

/** Whether the content of a path can be read only once. */
function isReadOnce(path: string): boolean {
  try {
    return path === STDIN || statSync(path).isFIFO();
  } catch {
    return false;
  }
}

/** Executes `balloon-sim validate`: true if all traces are valid. */
export async function validateTraces(traces: readonly string[]): Promise<boolean> {
  let good = true;
  const spool = new Spool();
  try {
    for (const trace of traces) {
      // A valid trace is read a second time.
      const kept = isReadOnce(trace) ? await spool.keep(trace) : null;
      const [path, shown] = [kept ?? trace, trace === STDIN ? "<stdin>" : trace];
      const malformed = validateTrace(path, shown);
      const { problems, remark } =
        malformed.length > 0 ? { problems: malformed, remark: null } : secondLook(path, shown);
      if (problems.length > 0) good = false;
      print(problems.length > 0 ? `${problems.join("\n")}\n` : `${escapeUnsafe(trace)}: ok\n`);
      if (remark !== null) warn(`${escapeUnsafe(trace)}: warning: $.host.target: ${remark}`);
    }
  } finally {
    spool.remove();
  }
  return good;
}

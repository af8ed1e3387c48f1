import { bareMemoryRemark } from "../../common/bare-size.ts";
import { print, warn } from "../../common/cli/output.ts";
import { InputError } from "../../common/errors.ts";
import { policyNamed } from "../../common/policy-named.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { remarkForAll } from "../host/ignored-rules.ts";
import { isHostFile, readHostText } from "../hosts/scenario/host-text.ts";
import { hostProblems } from "../hosts/scenario/read.ts";
import { checkPolicyFits } from "../run/policy-fits.ts";
import { STDIN } from "../trace/input.ts";
import { inspectTrace, targetRemarkOf } from "../trace/inspect.ts";
import { isReadOnce, openTrace, validateTrace } from "../trace/open.ts";
import { profileOf } from "../trace/profile.ts";
import { Spool } from "./spool.ts";

/** What a second look at a well-formed trace finds: the names of its guest that a run would refuse, and remarks. */
function secondLook(path: string, shown: string): { problems: string[]; remarks: string[] } {
  const source = openTrace(path, shown);
  try {
    const { guest, host } = source.trace;
    const profile = profileOf(guest);
    const named = guest.driver === null ? null : policyNamed(guest.driver, "$.guest.driver");
    if (named !== null) checkPolicyFits(named, guest.profile, profile);
    const target = targetRemarkOf(inspectTrace(source));
    const memory = target === null ? bareMemoryRemark(guest.memory) : null;
    const rules = named === null ? null : remarkForAll(named, [named.defaults], host);
    return {
      problems: [],
      remarks: [
        ...(memory === null ? [] : [`warning: $.guest.memory: ${memory}`]),
        ...(target === null ? [] : [`warning: $.host.target: ${target}`]),
        ...(rules === null ? [] : [`note: ${rules}`]),
      ],
    };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { problems: [`${escapeUnsafe(shown)}: ${error.message}`], remarks: [] };
  } finally {
    source.close();
  }
}

/** The problems of a trace or of a host file, and remarks. */
function lookAt(path: string, shown: string): { problems: string[]; remarks: string[] } {
  if (isHostFile(path)) return { problems: hostProblems(readHostText(path, shown)), remarks: [] };
  const malformed = validateTrace(path, shown);
  return malformed.length > 0 ? { problems: malformed, remarks: [] } : secondLook(path, shown);
}

/** Executes `balloon-sim validate`: true if all files are valid. */
export async function validateTraces(traces: readonly string[]): Promise<boolean> {
  let good = true;
  const spool = new Spool();
  try {
    for (const trace of traces) {
      // A valid trace is read a second time.
      const kept = isReadOnce(trace) ? await spool.keep(trace) : null;
      const { problems, remarks } = lookAt(kept ?? trace, trace === STDIN ? "<stdin>" : trace);
      if (problems.length > 0) good = false;
      print(problems.length > 0 ? `${problems.join("\n")}\n` : `${escapeUnsafe(trace)}: ok\n`);
      for (const remark of remarks) warn(`${escapeUnsafe(trace)}: ${remark}`);
    }
  } finally {
    spool.remove();
  }
  return good;
}

/** How a host file is told from other files, by its text. */
import { InputError } from "../../../common/errors.ts";
import { FORMAT, HOST_FORMAT } from "../../trace/document.ts";
import { otherFile } from "../../trace/other-files.ts";

/** Fields of the results of `host` and `capacity` in JSON, which have `vms` and no format, and of no host file. */
const RESULT_FIELD = /"configured_(?:pages|bytes)"\s*:/;

/** Whether a text begins like a host file: an object that says so, or that has `vms`, no other format and no field of a result. */
export function beginsLikeHost(text: string): boolean {
  if (!/^\s*\{/.test(text)) return false;
  const format = /"format"\s*:\s*"([^"]*)"/.exec(text)?.[1];
  return format === undefined ? /"vms"\s*:/.test(text) && !RESULT_FIELD.test(text) : format === HOST_FORMAT;
}

/** Whether a text begins like a trace, and not like a host file. */
const looksLikeTrace = (text: string): boolean =>
  !beginsLikeHost(text) && /^\s*\{/.test(text) && new RegExp(`"format"\\s*:\\s*"${FORMAT}"|"guest"\\s*:`).test(text);

/**
 * Refuses a file of another kind by what it is, instead of by what it lacks.
 * @param name its name, safe to print
 * @param expected what it should be
 * @throws {InputError}
 */
export function refuseOtherFiles(name: string, text: string, expected: string): void {
  const other = looksLikeTrace(text)
    ? { what: "a trace", hint: "balloon-sim run runs traces" }
    : otherFile(/\S.*/.exec(text)?.[0] ?? "");
  if (other !== null) throw new InputError(`${name}: is ${other.what}, expected ${expected} (${other.hint})`);
}

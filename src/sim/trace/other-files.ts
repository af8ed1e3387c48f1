/** Files of the program that are neither traces nor hosts, for messages. */

export interface OtherFile {
  /** What it is: `a study`. */
  readonly what: string;
  /** The commands that take it. */
  readonly hint: string;
}

/** By their beginnings. */
const OTHERS: readonly (OtherFile & { readonly begin: RegExp })[] = [
  { begin: /^\s*\{"format":"balloon-sim\/study"/, what: "a study", hint: "balloon-sim study show FILE describes it" },
  {
    begin: /^\s*\{"format":"balloon-sim\/checkpoint"/,
    what: "a checkpoint",
    hint: "balloon-sim run --resume FILE continues it",
  },
  {
    begin: /^\{"format":"balloon-sim\/recording".*"program":\{"name":"balloon-hw"/,
    what: "a recording of balloon-hw",
    hint: "balloon-sim fidelity FILE compares a simulation with it, balloon-sim import FILE -o TRACE makes a trace of it",
  },
  {
    begin: /^\{"format":"balloon-sim\/recording"/,
    what: "a recording",
    hint: "balloon-sim import FILE -o TRACE makes a trace of it",
  },
  {
    begin: /^# mem=/,
    what: "a recording of the kernel lab or the VM lab",
    hint: "balloon-sim fidelity FILE compares a simulation with it",
  },
];

/**
 * What a file is if it is neither a trace nor a host; null: as far as its first line shows, it may be one.
 * @param line its first line that is not blank
 */
export const otherFile = (line: string): OtherFile | null => OTHERS.find(({ begin }) => begin.test(line)) ?? null;

/** Arguments that need no quotes in a shell. */
const PLAIN = /^[\w@%+=:,./-]+$/;

/** Arguments as a line that a shell splits into the same arguments. */
export const shellLine = (args: readonly string[]): string =>
  args.map((arg) => (PLAIN.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`)).join(" ");

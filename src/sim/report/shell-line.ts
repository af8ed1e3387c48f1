/** What a shell takes as it is. */
const PLAIN = /^[\w@%+=:,./-]+$/;

/** Arguments as a line that a shell splits into the same arguments again. */
export const shellLine = (args: readonly string[]): string =>
  args.map((arg) => (PLAIN.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`)).join(" ");

/** The flags of Node that a thread can have, too: not those of a program that is given as text (`node -e`). */
export const threadFlags = (flags: readonly string[] = process.execArgv): string[] =>
  flags.filter((flag) => !/^--input-type(=|$)/.test(flag));

/** What `--rates` and `--set` mean, for the help of every command that takes them. */
export const RATES_OPTION = [
  "--rates <file>",
  "constants of the policy from a JSON file (see: balloon-sim rates --json)",
] as const;
export const SET_OPTION = [
  "--set <name=value>",
  "one constant of the policy, such as alloc-max=4096; repeatable",
] as const;

/** For options that may be given several times: collects them in order. */
export const collect = (value: string, before: string[] = []): string[] => [...before, value];

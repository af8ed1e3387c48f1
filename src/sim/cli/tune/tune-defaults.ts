/** What `tune` does where nothing is said: on the command line and in the library. */
export const TUNE_DEFAULTS = { sampler: "nsga2", ahead: 1, seed: "1", worlds: 1, judgeWorlds: 5 } as const;

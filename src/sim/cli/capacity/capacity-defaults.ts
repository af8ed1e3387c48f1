/** What `capacity` does where nothing is said: on the command line and in the library. */
export const CAPACITY_DEFAULTS = { over: "memory", worlds: 3 } as const;

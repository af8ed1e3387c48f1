import fc from "fast-check";

// The same cases each time, so that a failure is the change's fault; BALLOON_TEST_SEED=N (or "random") tries others.
const seed = process.env.BALLOON_TEST_SEED ?? "1";
fc.configureGlobal(seed === "random" ? {} : { seed: Number(seed) });

import { emulationMissing, emulationProgram } from "../processes/emulation.ts";

/** Compiles the programs of the emulation once before the tests, so that no test waits for a compiler. */
export default function setup(): void {
  if (emulationMissing() !== undefined) return;
  try {
    for (const name of ["strict-host", "test-guest"] as const) emulationProgram(name);
  } catch {
    // The tests that need them say what does not compile.
  }
}

import { describe, expect, it } from "vitest";
import { Command } from "../../../src/engine/index.ts";
import { scratchDirectory } from "../../support/processes/command.ts";
import { because, emulationMissing, HOSTS, runGuest } from "../../support/processes/emulation.ts";
import { LONG } from "../../support/setup/long.ts";

const missing = emulationMissing() ?? (LONG ? undefined : "measures time: npm run test:long");
const COMMANDS = 200_000;
/** A cycle at the full rate must end within the quarter of a second after which the driver's timer loses a second. */
const MOST_NS = 250_000_000 / 16_385;

describe.skipIf(missing !== undefined).each(HOSTS)(`the cost of the emulated host, %s${because(missing)}`, (host) => {
  it("is low enough for full rates", () => {
    const { answers } = runGuest(
      host,
      scratchDirectory(),
      ["target 0 1"],
      [`send ${Command.Start} 2`, `time ${COMMANDS}`],
    );
    const [wall, processor] = (answers[1] ?? "").split(" ").map(Number) as [number, number];
    process.stderr.write(`${host}: ${wall} ns a command, ${processor} ns of them processor time of the guest\n`);
    // The strict host works while its guest waits; what else runs on the machine makes either wait longer.
    expect(processor).toBeGreaterThan(0);
    expect(host === "in-process" ? processor : wall).toBeLessThan(host === "in-process" ? MOST_NS : 100_000);
  });
});

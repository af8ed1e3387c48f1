import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { bundledTraces } from "../../../src/sim/trace/bundled.ts";
import { callBalloonSim, inTurn } from "../../support/in-process/command.ts";

// The hashes that `npm run test:nodes` holds other versions of Node to.
test("all columns of the rows of the bundled traces have the hashes on record", async () => {
  const lines = await inTurn(bundledTraces(), async (trace) => {
    const { status, stdout } = await callBalloonSim(["run", trace, "--columns", "all"]);
    expect(status).toBe(0);
    return `${createHash("sha256").update(stdout).digest("hex")}  ${trace}\n`;
  });
  await expect(lines.join("")).toMatchFileSnapshot("hashes.txt");
});

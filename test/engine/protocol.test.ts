import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { Command, GUEST_ID_LINUX, PROTOCOL_VERSION, Status } from "../../src/engine/index.ts";

const SEED = fileURLToPath(new URL("../../../shared/seed/", import.meta.url));

describe("the protocol's numbers", () => {
  it("are those of the backdoor", () => {
    expect({ PROTOCOL_VERSION, GUEST_ID_LINUX }).toEqual({ PROTOCOL_VERSION: 2, GUEST_ID_LINUX: 1 });
    expect(Command).toEqual({ Start: 0, GetTarget: 1, Lock: 2, Unlock: 3, GuestId: 4 });
    expect(Status).toEqual({
      Success: 0,
      CommandInvalid: 1,
      PpnInvalid: 2,
      PpnLocked: 3,
      PpnUnlocked: 4,
      PpnPinned: 5,
      PpnNotNeeded: 6,
      Reset: 7,
      Busy: 8,
      Failure: 4294967295,
    });
  });

  it.skipIf(!existsSync(SEED))("are those of the driver's text, in its order (needs ../shared)", () => {
    const text = readdirSync(SEED)
      .map((file) => readFileSync(join(SEED, file), "utf8"))
      .join("\n");
    const numbers = (pattern: RegExp) => [...text.matchAll(pattern)].map((match) => Number(match[1]) >>> 0);
    expect(numbers(/^#define VMW_BALLOON_CMD_\w+ (\d+)$/gm)).toEqual(Object.values(Command));
    const statuses = numbers(/^#define VMW_BALLOON_(?:SUCCESS|FAILURE|ERROR_\w+) (-?\d+)$/gm);
    expect(statuses.sort((a, b) => a - b)).toEqual(Object.values(Status));
  });
});

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { Command, Status, SUCCESS_WITH_CAPABILITIES } from "../../src/engine/index.ts";

const NATIVE = fileURLToPath(new URL("../../native/", import.meta.url));
const SEED = fileURLToPath(new URL("../../lab/seed/vmw_balloon.c", import.meta.url));

/** The commands of the driver 1.2.1.2-k; the others are for batches and doorbells. */
const SINGLE = Object.fromEntries(Object.entries(Command).filter(([, number]) => number < Command.BatchedLock));

/** The members of an enumeration in C++, by their names without the `k` in front. */
function enumeration(file: string, name: string): Record<string, number> {
  const text = readFileSync(join(NATIVE, file), "utf8");
  const body = new RegExp(`enum (?:class )?${name} : uint32_t \\{([^}]*)\\}`).exec(text)?.[1] ?? "";
  return Object.fromEntries(
    [...body.matchAll(/\bk(\w+) = ([\dx']+)/g)].map(([, member, value]) => [
      member as string,
      Number(value?.replaceAll("'", "")),
    ]),
  );
}

describe("the numbers of the protocol", () => {
  // The copy of the engine that mutation testing works on is without its neighbours.
  describe.skipIf(!existsSync(NATIVE))("(needs ../../native)", () => {
    it("are those that the daemon sends", () => {
      // A command that no host has, with which the daemon tries the port.
      const { Trial, ...commands } = enumeration("host_port.h", "Command");
      expect(commands).toMatchObject(SINGLE);
      expect(Command).toMatchObject(commands);
      expect(Object.values(Command)).not.toContain(Trial);
    });

    it("are those that the emulated host answers", () => {
      // A number that the protocol skips.
      const { Unused, ...commands } = enumeration("emulation/protocol.h", "Command");
      expect(commands).toMatchObject(SINGLE);
      expect(Command).toMatchObject(commands);
      expect(Object.values(Command)).not.toContain(Unused);
      const statuses = enumeration("emulation/protocol.h", "Status");
      expect(Object.keys(statuses).length).toBeGreaterThan(4);
      expect({ ...Status, SuccessWithCapabilities: SUCCESS_WITH_CAPABILITIES }).toMatchObject(statuses);
    });
  });

  it.skipIf(!existsSync(SEED))("are those of the driver's text, in its order (needs lab/seed)", () => {
    const text = readFileSync(SEED, "utf8");
    const numbers = (pattern: RegExp) => [...text.matchAll(pattern)].map((match) => Number(match[1]) >>> 0);
    expect(numbers(/^#define VMW_BALLOON_CMD_\w+ (\d+)$/gm)).toEqual(Object.values(SINGLE));
    const statuses = numbers(/^#define VMW_BALLOON_(?:SUCCESS|FAILURE|ERROR_\w+) (-?\d+)$/gm);
    expect(statuses.sort((a, b) => a - b)).toEqual(Object.values(Status));
  });
});

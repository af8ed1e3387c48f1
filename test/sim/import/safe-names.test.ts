import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { safeNames } from "../../../src/sim/import/safe-names.ts";

describe("safeNames", () => {
  it.each<[string[], string[]]>([
    [
      ["web01", "db 1 (old)"],
      ["web01", "db_1_old_"],
    ],
    [
      ["a/b", "a\\b", "a:b"],
      ["a_b", "a_b-2", "a_b-3"],
    ],
    [
      ["..", "../../etc/passwd", ".hidden", "-rf"],
      ["vm", "_.._etc_passwd", "hidden", "rf"],
    ],
    [
      ["Web", "WEB", "web"],
      ["Web", "WEB-2", "web-3"],
    ],
    [
      ["a", "a-2", "a"],
      ["a", "a-2", "a-3"],
    ],
    [
      ["\u001b[2J", "数据库", "", "\n"],
      ["_2J", "_", "vm", "_-2"],
    ],
  ])("makes of %j", (names, safe) => {
    expect(safeNames(names, 64)).toEqual(safe);
  });

  it("cuts long names, and keeps them apart", () => {
    const names = safeNames(["x".repeat(200), "x".repeat(201), "x".repeat(300)], 64);
    expect(names.map(({ length }) => length)).toEqual([56, 58, 58]);
    expect(new Set(names).size).toBe(3);
  });

  it("makes names of VMs that are files in a directory, each of its own, of any names", () => {
    const part = fc.constantFrom("a", "A", "..", "/", "\\", ".", "-", "2", "\u0000", "'", '"', "\u202e", "é", " ");
    const anyName = fc.oneof(
      fc.string({ unit: "binary", maxLength: 90 }),
      fc.array(part).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(fc.array(anyName, { maxLength: 60 }), (names) => {
        const safe = safeNames(names, 64);
        expect(safe).toHaveLength(names.length);
        expect(new Set(safe.map((name) => name.toLowerCase())).size).toBe(names.length);
        for (const name of safe) expect(name).toMatch(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/);
      }),
    );
  });

  it("takes no longer for many equal names than for others", () => {
    const names = safeNames(Array(20_000).fill("vm"), 64);
    expect(names.at(-1)).toBe("vm-20000");
  });
});

import { linkSync, mkdirSync, realpathSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it, test } from "vitest";
import { destination, fileIdentity, realPathOf } from "../../../src/common/files/identity.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

let directory: string;

beforeEach(() => {
  directory = realpathSync(scratchDirectory());
  mkdirSync(join(directory, "real/inner"), { recursive: true });
  symlinkSync("real/inner", join(directory, "folder"));
  writeFileSync(join(directory, "real/inner/file"), "x");
  symlinkSync("../inner/file", join(directory, "real/inner/link"));
  symlinkSync("../missing", join(directory, "real/inner/dangling"));
  symlinkSync("loop2", join(directory, "loop1"));
  symlinkSync("loop1", join(directory, "loop2"));
});

describe("the real path", () => {
  it.each([
    ["a file", "real/inner/file", "real/inner/file"],
    ["a file in a linked folder", "folder/file", "real/inner/file"],
    ["a link", "folder/link", "real/inner/file"],
    ["a file that does not exist yet", "folder/new", "real/inner/new"],
    ["a link to a missing file", "folder/dangling", "real/missing"],
    ["a folder", "folder/", "real/inner"],
    ["a path that leaves a linked folder", "folder/../x", "real/x"],
  ])("of %s", (_, path, expected) => {
    // `join` would drop `folder/..`, which the system follows to `real`.
    expect(realPathOf(`${directory}/${path}`)).toBe(join(directory, expected));
  });

  it.each(["none/file", "real/inner/file/below", "loop1"])("of %s is not known", (path) => {
    expect(realPathOf(join(directory, path))).toBeNull();
  });

  it("differs for two hard links, whose file is one", () => {
    const [a, b] = [join(directory, "real/inner/file"), join(directory, "hard")];
    linkSync(a, b);
    expect([realPathOf(a) === realPathOf(b), fileIdentity(statSync(a)) === fileIdentity(statSync(b))]).toEqual([
      false,
      true,
    ]);
    expect(fileIdentity(statSync(directory))).not.toBe(fileIdentity(statSync(a)));
  });
});

test("the destination of a link is named as the link names it; a loop of links has none", () => {
  expect(destination(join(directory, "folder/dangling"))).toBe(join(directory, "real/missing"));
  expect(destination(join(directory, "folder/file"))).toBe(join(directory, "folder/file"));
  expect(() => destination(join(directory, "loop1"))).toThrow(expect.objectContaining({ code: "ELOOP" }));
});

import {
  chmodSync,
  closeSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { InputError } from "../../../src/common/errors.ts";
import { OutputFile, PendingFile } from "../../../src/common/files/output-file.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

/** An empty folder of its own for a test. */
const folder = () => scratchDirectory();

function add(file: PendingFile, text: string): void {
  const fd = file.open();
  writeSync(fd, text);
  closeSync(fd);
}

const mode = (path: string) => statSync(path).mode & 0o777;

describe("a pending file", () => {
  test("is opened any number of times, and appears when it is whole", () => {
    const directory = folder();
    const path = join(directory, "rows.csv");
    const file = new PendingFile(path, "-o");
    for (const text of ["a\n", "b\n"]) add(file, text);
    expect(readdirSync(directory)).toEqual([expect.stringMatching(/^\.rows\.csv\..*\.tmp$/)]);
    file.commit();
    file.discard();
    expect([readdirSync(directory), readFileSync(path, "utf8")]).toEqual([["rows.csv"], "a\nb\n"]);
  });

  test("leaves what was there where it is discarded", () => {
    const directory = folder();
    const path = join(directory, "rows.csv");
    writeFileSync(path, "old");
    const file = new PendingFile(path, "-o");
    add(file, "new");
    file.discard();
    file.discard();
    expect([readdirSync(directory), readFileSync(path, "utf8")]).toEqual([["rows.csv"], "old"]);
  });

  test.each([0o600, 0o444, 0o755])("has the permissions of what it replaces, and no others meanwhile: %o", (wanted) => {
    const directory = folder();
    const path = join(directory, "rows.csv");
    writeFileSync(path, "old");
    chmodSync(path, wanted);
    const file = new PendingFile(path, "-o");
    add(file, "new");
    const temporary = join(directory, readdirSync(directory).find((name) => name.endsWith(".tmp")) as string);
    expect(mode(temporary) & ~0o200).toBe(wanted & ~0o200);
    file.commit();
    expect([mode(path), readFileSync(path, "utf8")]).toEqual([wanted, "new"]);
  });

  test("replaces what a symbolic link leads to, which need not be there yet", () => {
    const directory = folder();
    mkdirSync(join(directory, "there"));
    symlinkSync("there/rows.csv", join(directory, "link"));
    const file = new PendingFile(join(directory, "link"), "-o");
    add(file, "new");
    expect(readdirSync(join(directory, "there"))).toHaveLength(1);
    file.commit();
    expect(readdirSync(directory).sort()).toEqual(["link", "there"]);
    expect(readFileSync(join(directory, "there/rows.csv"), "utf8")).toBe("new");
  });

  test.each([
    ["", '-o "": expected the name of a file'],
    [".", "-o .: is a directory, expected a file"],
    ["none/rows.csv", "-o none/rows.csv: can't be written: no such file or directory"],
  ])("is refused at once where it can't be written: %j", (path, message) => {
    expect(() => new PendingFile(path, "-o")).toThrow(new InputError(message));
    expect(() => new OutputFile(path, "-o")).toThrow(new InputError(message));
  });
});

test("a device is written to directly, and stays", () => {
  const file = new OutputFile("/dev/null", "-o");
  writeSync(file.fd, "text");
  file.commit();
  file.discard();
  expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
});

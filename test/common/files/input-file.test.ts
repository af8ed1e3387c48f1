import { appendFileSync, mkdtempSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sha256 } from "../../../src/common/files/hash.ts";
import { InputFile } from "../../../src/common/files/input-file.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

const directory = scratchDirectory();

function fileOf(content: string | Uint8Array): InputFile {
  const path = join(mkdtempSync(join(directory, "x-")), "x.log");
  writeFileSync(path, content);
  return new InputFile(path, "x.log", "a log file");
}

function textOf(file: InputFile): string {
  const source = file.open();
  try {
    const buffer = Buffer.alloc(100);
    return buffer.toString("utf8", 0, source.read(buffer, 0));
  } finally {
    source.close();
  }
}

describe("an input file", () => {
  it("has the content that it had when it was opened first", () => {
    const file = fileOf("a\nb\n");
    appendFileSync(file.path, "c\n");
    expect([textOf(file), file.head(), file.bytes]).toEqual(["a\nb\n", "a\nb\n", 4]);
  });

  it("is refused once it is shorter, or another file has its path", () => {
    const file = fileOf("a\nb\n");
    truncateSync(file.path, 2);
    expect(() => textOf(file)).toThrow("x.log: was cut short while it was being read");
    const other = fileOf("c\n");
    renameSync(other.path, file.path);
    expect(() => textOf(file)).toThrow("x.log: was replaced by another file while it was being read");
  });

  it("is refused where it is empty, missing or a directory", () => {
    expect(() => fileOf("")).toThrow("x.log: is empty, expected a log file");
    expect(() => new InputFile(directory, "x.log")).toThrow("x.log: is a directory, expected a text file");
    expect(() => new InputFile(join(directory, "none"), "x.log")).toThrow("x.log: no such file or directory");
  });

  it("in UTF-16 is read as UTF-8, and hashed as it is", () => {
    const bytes = Buffer.from("\ufeffcaf\u00e9\n", "utf16le");
    const file = fileOf(bytes);
    expect(textOf(file)).toBe("caf\u00e9\n");
    expect(file.sha256()).toBe(sha256(bytes));
    expect(fileOf("abc").sha256()).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });
});

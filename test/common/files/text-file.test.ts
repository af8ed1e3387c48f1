import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { InputError } from "../../../src/common/errors.ts";
import { readTextFile } from "../../../src/common/files/text-file.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

const directory = scratchDirectory();

test("a byte order mark is no part of a text", () => {
  const path = join(directory, "marked");
  writeFileSync(path, "\ufeff{}");
  expect(readTextFile(path, "x")).toBe("{}");
});

test("a file that can't be read is reported with the option that named it", () => {
  expect(() => readTextFile(join(directory, "none"), "--rates none")).toThrow(
    new InputError("--rates none: no such file or directory"),
  );
  expect(() => readTextFile(directory, "--rates .")).toThrow(
    new InputError("--rates .: is a directory, expected a file"),
  );
});

test("a file larger than the longest text is refused without reading it", () => {
  const path = join(directory, "sparse");
  writeFileSync(path, "");
  truncateSync(path, 3 * 2 ** 30);
  expect(() => readTextFile(path, "sparse")).toThrow(
    new InputError("sparse: is too large for the kind of file that is expected here"),
  );
});

test("a device is refused, because its text may never end, and so is a file that is not text", () => {
  expect(() => readTextFile("/dev/zero", "--rates /dev/zero")).toThrow(
    new InputError("--rates /dev/zero: is a device, expected a file"),
  );
  const path = join(directory, "latin1");
  writeFileSync(path, Buffer.from([0x63, 0x61, 0x66, 0xe9, 0x0a]));
  expect(() => readTextFile(path, "latin1")).toThrow(new InputError("latin1: is no text in UTF-8"));
});

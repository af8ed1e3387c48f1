import { appendFileSync, openSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { AppendFile, openToAppend } from "../../../src/common/files/append.ts";
import { scratchDirectory, shell } from "../../support/processes/command.ts";

const directory = scratchDirectory();
let count = 0;
const pathOf = (content: string): string => {
  const path = join(directory, `${count++}.jsonl`);
  writeFileSync(path, content);
  return path;
};
const open = (path: string): AppendFile => new AppendFile(openToAppend(path, path));

test("AppendFile writes lines to the end of a file, and creates the file if it is missing", () => {
  const path = join(directory, "new.jsonl");
  const file = open(path);
  file.append("{}\n");
  file.append('"é"\n');
  expect([file.isPlain, file.bytes, readFileSync(path, "utf8")]).toEqual([true, 8, '{}\n"é"\n']);
  // A line that another process has added is not overwritten.
  appendFileSync(path, "[]\n");
  file.append("7\n");
  expect(readFileSync(path, "utf8")).toBe('{}\n"é"\n[]\n7\n');
  file.close();
});

test.each([
  ["", "3\n"],
  ["1\n2", "1\n2\n3\n"],
  ["1\n2\n", "1\n2\n3\n"],
])("AppendFile ends a last line that was cut short before it writes the next one: %j", (before, after) => {
  const path = pathOf(before);
  const file = open(path);
  file.endCutLine();
  file.append("3\n");
  expect([readFileSync(path, "utf8"), file.bytes]).toEqual([after, after.length]);
  file.close();
});

test("AppendFile cuts the file at a given length and writes the next line there", () => {
  const path = pathOf("1\n2\n3");
  const file = open(path);
  expect([file.bytes, file.startsWith("1\n"), file.startsWith("2"), file.startsWith("1\n2\n3\n")]).toEqual([
    5,
    true,
    false,
    false,
  ]);
  file.cutTo(2);
  file.append("4\n");
  expect([readFileSync(path, "utf8"), file.bytes]).toEqual(["1\n4\n", 4]);
  file.close();
});

test("AppendFile takes back a line for which the disk has no room", () => {
  const path = join(directory, "full.jsonl");
  const script = `
    import { AppendFile, openToAppend } from "./dist/common/files/append.js";
    const file = new AppendFile(openToAppend(${JSON.stringify(path)}, "x"));
    file.append("first\\n");
    try { file.append("x".repeat(4000) + "\\n"); } catch (error) { console.log(error.code, file.bytes); }`;
  // The system refuses bytes of a file behind 1 KiB (2 blocks of 512 bytes).
  const command = `trap '' XFSZ; ulimit -f 2; node --input-type=module -e '${script}'`;
  expect(shell(command)).toEqual({ status: 0, stdout: "EFBIG 6\n", stderr: "" });
  expect(readFileSync(path, "utf8")).toBe("first\n");
});

test("AppendFile neither reads nor cuts a device, and reports a full device as a system error", () => {
  const file = open("/dev/null");
  file.endCutLine();
  file.cutTo(0);
  file.append("x\n");
  expect([file.isPlain, file.bytes, file.startsWith("x")]).toEqual([false, 2, false]);
  file.close();
  const full = new AppendFile({ fd: openSync("/dev/full", "a"), stat: statSync("/dev/full") });
  expect(() => full.append("x\n")).toThrow(expect.objectContaining({ code: "ENOSPC" }));
  full.close();
});

test("AppendFile says why a file can't be opened, behind the option that named it", () => {
  expect(() => openToAppend(directory, "--study x")).toThrow(
    "--study x: can't be written: is a directory, expected a file",
  );
});

import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type FilePort, MACHINE_FILES } from "../../../../src/hw/daemon/files/file-port.ts";
import { replaceFile } from "../../../../src/hw/daemon/files/replace-file.ts";
import { scratchDirectory } from "../../../support/processes/command.ts";

const OPTIONS = { mode: 0o644, isSynced: false };

/** A directory with the file that is replaced. */
function target(): { readonly directory: string; readonly path: string } {
  const directory = scratchDirectory();
  const path = join(directory, "file");
  writeFileSync(path, "old");
  return { directory, path };
}

describe("a file that is replaced", () => {
  test("has the new text and the given permissions, whatever the umask took from them, and leaves no other file", async () => {
    const { directory, path } = target();
    // What the umask 077 leaves of 644.
    const files: FilePort = { ...MACHINE_FILES, open: (name, flags) => MACHINE_FILES.open(name, flags, 0o600) };
    await replaceFile(files, path, "new", OPTIONS);
    expect([readFileSync(path, "utf8"), statSync(path).mode & 0o777]).toEqual(["new", 0o644]);
    expect(readdirSync(directory)).toEqual(["file"]);
  });

  test("is as it was where the new one can't take its place, and the temporary file is gone", async () => {
    const { directory, path } = target();
    const files: FilePort = { ...MACHINE_FILES, rename: () => Promise.reject(new Error("no")) };
    await expect(replaceFile(files, path, "new", OPTIONS)).rejects.toThrow("no");
    expect([readFileSync(path, "utf8"), readdirSync(directory)]).toEqual(["old", ["file"]]);
  });
});

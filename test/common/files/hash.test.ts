import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sha256, sha256OfChunks, sha256OfFile } from "../../../src/common/files/hash.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

// The first two of FIPS 180-4's examples, and 3 MiB and one byte of zeros as `sha256sum` counts them.
const OF_NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const OF_ZEROS = "5983281b51c767c831104f52c95e4075f27e6f4fa8dd0526e3929f79176a1217";

test("a text, its bytes and a file with these bytes have the same hash", () => {
  const path = join(scratchDirectory(), "abc");
  writeFileSync(path, "abc");
  expect([sha256("abc"), sha256(Buffer.from("abc")), sha256OfFile(path)]).toEqual([OF_ABC, OF_ABC, OF_ABC]);
  expect([sha256("é"), sha256("abc", "base64")]).toEqual([
    sha256(Buffer.from([0xc3, 0xa9])),
    Buffer.from(OF_ABC, "hex").toString("base64"),
  ]);
});

test("a chunk is hashed up to the length that was read, not with earlier content of the buffer", () => {
  const pieces = ["a", "bc", ""];
  expect(sha256OfChunks((chunk) => chunk.write(pieces.shift() as string))).toBe(OF_ABC);
  expect(sha256OfChunks(() => 0)).toBe(OF_NOTHING);
});

test("a file of several chunks is hashed whole, and a missing file is a system error", () => {
  const path = join(scratchDirectory(), "zeros");
  writeFileSync(path, "");
  truncateSync(path, 3 * 2 ** 20 + 1);
  expect(sha256OfFile(path)).toBe(OF_ZEROS);
  expect(() => sha256OfFile(`${path}.none`)).toThrow(expect.objectContaining({ code: "ENOENT" }));
});

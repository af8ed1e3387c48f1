import { describe, expect, test } from "vitest";
import { readAddress } from "../../../src/sim/explore/page/address.ts";
import { commandOf, fileOf } from "../../../src/sim/explore/page/files.ts";
import { encodeView, exactSize, ownKeyOf, plainState, type View } from "../../../src/sim/explore/page/state.ts";
import { NO_EDITS } from "../../../src/sim/explore/protocol.ts";

const FULL: View = {
  shown: {
    trace: "recorded/kernel-build",
    driver: "vmw-balloon",
    rates: { "alloc-max": 4096, "free-inc": 0 },
    edits: {
      guest: { memory: 1_048_577, swap: 0, swappiness: 10, lru: "mglru", thp: "always", cpus: 4 },
      scale: 1.25,
      pace: 0.5,
      target: {
        hold: "linear",
        points: [
          [0, 0],
          [10_500_000, 524_288],
        ],
      },
    },
  },
  pinned: { ...plainState("recorded/kernel-build"), rates: { "alloc-max": 1 } },
  at: 93.024002,
};

describe("the address of a view", () => {
  test("brings the view back, exactly", () => {
    expect(readAddress(`#${encodeView(FULL)}`)).toEqual({ view: FULL, refused: [] });
  });

  test("is short and readable where little is changed", () => {
    const shown = { ...plainState("spike"), rates: { "alloc-max": 8192 } };
    expect(encodeView({ shown, pinned: null, at: 60 })).toBe("trace=spike&set=alloc-max:8192&at=60");
  });

  test("has sizes without loss", () => {
    expect([0, 1, 256, 311_296, 262_144, 262_145].map(exactSize)).toEqual([
      "0",
      "4KiB",
      "1MiB",
      "1216MiB",
      "1GiB",
      "1048580KiB",
    ]);
  });

  test("names a trace, or shows nothing", () => {
    expect(readAddress("")).toEqual({ view: null, refused: [] });
    expect(readAddress("#at=60")).toEqual({ view: null, refused: ["all of it (expected trace=NAME)"] });
    expect(readAddress("#%%%")).toEqual({ view: null, refused: ["%%% (no such setting)"] });
  });

  test("leaves out what can't be read, and tells it", () => {
    const text =
      "#trace=spike&set=alloc-max:many,free-max:7&memory=lots&swappiness=-1&scale=0&pace=x&target=5:1GiB&at=soon";
    const { view, refused } = readAddress(text);
    expect(view).toEqual({ shown: { ...plainState("spike"), rates: { "free-max": 7 } }, pinned: null, at: null });
    expect(refused).toEqual([
      "set=alloc-max:many (expected NAME:WHOLE NUMBER)",
      "memory=lots (expected a size such as 2GiB, from 1MiB to 16TiB)",
      "swappiness=-1 (expected 0 to 200)",
      "scale=0 (expected a factor from 0.01 to 100)",
      "pace=x (expected a factor from 0.01 to 100)",
      "target=5:1GiB (expected SECONDS:SIZE,… with rising times, the first 0)",
      "at=soon (expected a time in seconds)",
    ]);
    expect(readAddress("#trace=spike&pin=trace%3Dspike%26cpus%3D0").refused).toEqual([
      "pinned cpus=0 (expected 1 to 1024)",
    ]);
  });
});

describe("the command that prints the rows", () => {
  test("names the trace's file", () => {
    expect(commandOf({ ...plainState("dir/spike.json"), rates: { "alloc-max": 1 } })).toBe(
      "balloon-sim run dir/spike.json --set alloc-max=1",
    );
  });

  test.each([
    ["an edited trace", { ...plainState("dir/spike.json"), edits: { ...NO_EDITS, pace: 2 } }],
    ["one of standard input", plainState("stdin")],
    ["the reader's own with the name of another", plainState(ownKeyOf("spike.json"))],
  ])("names the file that the page saves: %s", (_, state) => {
    const { name } = fileOf("trace", state);
    expect(commandOf(state)).toBe(`balloon-sim run ${name.includes(" ") ? `'${name}'` : name}`);
    expect(name).toMatch(/\.json$/);
  });
});

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { shareText } from "../../../src/sim/cli/why/share-text.ts";
import { effectText, legend, verdictLines } from "../../../src/sim/cli/why/verdicts.ts";
import type { Effect, Measure, Values } from "../../../src/sim/why/effect.ts";
import type { Tried } from "../../../src/sim/why/explain.ts";
import { ROOT } from "../../support/processes/command.ts";

/** Values of a figure in the time and in the run: the same in both, or another one there. */
const values = (window: readonly number[], run = window): Values => ({ window, run });

function tried(title: string, effect: Effect, more: Partial<Tried> = {}): Tried {
  const none = values([0, 0, 0]);
  const figures = { values: none, waits: none, kills: none, failure: null, balloon: null, full: null };
  return { remedy: title, title, isSuggested: false, effect, ...figures, ...more };
}

const verdicts = (measure: Measure, worlds: number, ...all: Tried[]): string[] =>
  verdictLines({ measure, waits: values([9, 10, 11]), kills: values([0, 0, 0]), tried: all }, worlds);

/** All effects, those of the document's sentence in its order. */
const EFFECTS: readonly Effect[] = ["prevents", "helps", "moves", "mixed", "kills", "worse", "none", "impossible"];

const wordList = (words: readonly string[]): string => `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;

describe("verdicts", () => {
  test("have the figures that they rest on where the table does not have them", () => {
    const waits = values([1, 1, 1], [20, 21, 25]);
    const kills = values([0, 0, 0], [2, 2, 3]);
    const mixed = tried("pace", "mixed", { waits });
    const killing = tried("memory (1GiB)", "kills", { kills });
    expect(verdicts("driver", 3, mixed, killing).slice(1)).toEqual([
      expect.stringMatching(
        /^Mixed \(.*\): pace, but workloads waited 21s \[20s \.\. 25s\] in the run instead of 10s \[9s \.\. 11s\]\.$/,
      ),
      "Makes the OOM killer kill more: memory (1GiB), with 2 [2 .. 3] kills in the run instead of 0.",
    ]);
    // These are in the table.
    expect(verdicts("waits", 3, mixed)[1]).toMatch(/: pace\.$/);
    expect(verdicts("kills", 3, killing)[1]).toBe("Makes the OOM killer kill more: memory (1GiB).");
  });

  test("say what remains at other times, without brackets after those of a title", () => {
    const helping = tried("a quarter more memory (1GiB)", "helps", { values: values([1, 1, 1], [4, 4, 4]) });
    expect(verdicts("waits", 5, helping)).toEqual([
      "Helps (significantly less): a quarter more memory (1GiB), but 3s remain at other times.",
    ]);
  });

  test("of one world speak of that alone", () => {
    const all = (["helps", "worse", "none", "impossible"] as const).map((effect) => tried(effect, effect));
    expect(verdicts("waits", 1, ...all)).toEqual([
      "Less in this world: helps.",
      "No difference in this world: none.",
      "More in this world: worse.",
      "Not possible here: impossible.",
    ]);
    expect(verdicts("waits", 1, tried("swap", "none"))[0]).toBe("Nothing of what was tried is better in this world.");
    expect(all.map(({ effect }) => effectText(effect, 1))).toEqual(["less", "more", "=", "impossible"]);
    expect(all.map(({ effect }) => effectText(effect, 2))).toEqual(["helps", "worse", "~", "impossible"]);
    // docs/why.md names each effect that has other words then, with them.
    const document = readFileSync(join(ROOT, "docs/why.md"), "utf8").replace(/\s+/g, " ");
    const said = /With `--worlds 1` nothing is significant: (.*?), and/.exec(document)?.[1]?.replace(/[*`]/g, "");
    const renamed = EFFECTS.filter((effect) => effectText(effect, 1) !== effectText(effect, 5));
    const listed = (worlds: number): string => wordList(renamed.map((effect) => effectText(effect, worlds)));
    expect(said).toBe(`${listed(5)} are then ${listed(1)}`);
    expect([legend(all, 1), legend(all, 4), legend(all, 5)]).toEqual([
      "= no difference. One world says nothing of others (docs/worlds.md).",
      "~ no significant difference (docs/worlds.md). Fewer than 5 worlds are only for a first look.",
      "~ no significant difference (docs/worlds.md).",
    ]);
  });
});

describe("the share of a cause", () => {
  const share = (effect: Effect, without: readonly number[], asItIs: readonly number[] = [100, 200, 400]) =>
    shareText({
      ...{ cause: "refused", measure: "deficit", asItIs: values(asItIs) },
      tried: [tried("no-refusals", effect, { values: values(without) })],
    });

  test("is that of each world, with the range", () => {
    expect(share("helps", [60, 100, 280])).toBe(
      "The refusals make 40% [30% .. 50%] of what the balloon lacked of the target at this time; 60% [50% .. 70%] remain without them.",
    );
    expect(share("prevents", [0, 0, 0])).toMatch(/ make 100% of .*; 0% remain without them\.$/);
    // A world in which nothing was lacking has no share.
    expect(share("moves", [50, 0, 200], [100, 0, 400])).toMatch(/ make 50% of /);
  });

  test.each<Effect>(["none", "worse", "mixed", "kills"])("is not told where the effect is %s", (effect) => {
    expect(share(effect, [60, 100, 280])).toBe(null);
  });

  test("is not told of other figures, and not where nothing was lacking", () => {
    expect(share("helps", [0, 0, 0], [0, 0, 0])).toBe(null);
    const one = tried("no-refusals", "helps");
    expect(shareText({ cause: "refused", measure: "waits", asItIs: values([1, 1, 1]), tried: [one] })).toBe(null);
    expect(shareText({ cause: "reset", measure: "deficit", asItIs: values([1, 1, 1]), tried: [one] })).toBe(null);
  });
});
